"""Hooks on Manager: the server process, every proxy call as a round trip, and what its objects contain."""

from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import held_before
from ipcviz.probe.core.places import emit_here, site
from ipcviz.probe.core.texts import error_text, text_of

_S = table.SEPARATOR.encode()
_CALL_WAITING = table.CALL_WAITING.order("manager")
_CHANGED = table.CONTENT_CHANGED.order("manager")
_CALL_RETURNED = table.CALL_RETURNED.order("manager")
_MASK = (1 << 63) - 1
_ids = {}
"""Addresses to what they are called; every call asks."""
_ids_get = _ids.get
_MOST_STARTS = 1_000
_READING = {
    dict: frozenset((
        "__contains__", "__getitem__", "__iter__", "__len__", "copy", "get", "items", "keys", "values",
    )),
    list: frozenset(("__contains__", "__getitem__", "__len__", "count", "index")),
}  # fmt: skip
"""What leaves an object of exactly these types as it was: there is nothing to tell."""


def patch_managers(module):
    """Everything in `multiprocessing.managers`."""
    _patch_start(module)
    _patch_call(module)
    _patch_server(module)


def manager_id(address):
    """What a manager is called in every process: its address, as a number."""
    known = _ids.get(address)
    if known is not None:
        return known
    number = 0xCBF29CE484222325
    for byte in str(address).encode("utf-8", "replace"):
        # FNV-1a: `hash` of a text differs from process to process.
        number = ((number ^ byte) * 0x100000001B3) & _MASK
    _ids[address] = number
    return number


def _patch_start(module):
    """`BaseManager.start`: which process serves."""
    manager = module.BaseManager
    start = manager.start

    def watched_start(self, initializer=None, initargs=()):
        result = start(self, initializer, initargs)
        server = getattr(getattr(self._process, "_popen", None), "_ipcviz_key", 0)
        if report.active and server:
            key, kind = manager_id(self._address), type(self).__name__
            report.event(table.MANAGER_STARTED, site=site(), manager=key, server=server, kind=kind)
        return result

    patches.apply((manager, "start", watched_start))


def _patch_call(module):
    """`BaseProxy._callmethod`: the request leaves, the answer comes; a proxy's `+=` is two of these."""
    proxy = module.BaseProxy
    call = proxy._callmethod
    starts = {}

    def _callmethod(self, methodname, args=(), kwds={}):  # noqa: B006
        if not report.active:
            return call(self, methodname, args, kwds)
        token = self._token
        key = _ids_get(token.address) or manager_id(token.address)
        what = _texts_of(args)
        asked = (token.typeid, token.id, methodname if type(methodname) is str else "?")
        start = starts.get(asked)
        if start is None:
            if len(starts) >= _MOST_STARTS:
                starts.clear()
            start = starts[asked] = b"".join([str(part).encode() + _S for part in asked])
        emit_here(_CALL_WAITING, key, text=start + what[:120])
        try:
            answer = call(self, methodname, args, kwds)
        except BaseException as error:
            emit_here(_CALL_RETURNED, key, text=report.clip(error_text(error), 200))
            raise
        emit_here(_CALL_RETURNED, key, text=text_of(answer), flags=1)
        return answer

    patches.apply((proxy, "_callmethod", held_before(_callmethod)))


def _texts_of(args):
    if type(args) is not tuple:
        # It may be an iterator, which must not be used up here.
        return b""
    if len(args) == 1:
        return text_of(args[0], 1)
    return b", ".join([text_of(arg, 1) for arg in args[:3]])


def _patch_server(module):
    """`Server.create` and `serve_client`: what the objects contain after each call."""
    server = module.Server
    create, serve = server.create, server.serve_client

    def watched_create(self, c, typeid, /, *args, **kwds):
        answer = create(self, c, typeid, *args, **kwds)
        if report.active:
            _tell_content(self, str(answer[0]), str(typeid))
        return answer

    def serve_client(self, conn):
        return serve(self, ToldConnection(self, conn) if report.active else conn)

    patches.apply((server, "create", watched_create), (server, "serve_client", serve_client))


class ToldConnection:
    """A server's connection to one client thread, with the object of each request told before its answer.

    `serve_client` uses `recv`, `send` and `close` only; its caller closes the connection itself.
    """

    def __init__(self, server, conn):
        self._server, self._conn, self._ident, self._method = server, conn, None, None
        self.close = conn.close

    def recv(self):
        request = self._conn.recv()
        self._ident = None
        if type(request) is tuple and len(request) > 1:
            self._ident, self._method = request[:2]
        return request

    def send(self, message):
        if self._ident is not None and report.active:
            # Before the answer: the client can ask again as soon as it has it.
            _tell_content(self._server, str(self._ident), "", self._method)
        return send_answer(self._conn, message)

    def __getattr__(self, name):
        return getattr(self._conn, name)


def send_answer(conn, message):
    """Send what a call has come to; a short-cut may stand in the place of this."""
    return conn.send(message)


def _tell_content(server, ident, typeid, method=""):
    try:
        thing = server.id_to_obj[ident][0]
        if method in _READING.get(type(thing), ()):
            return
    except (KeyError, TypeError):
        return
    text = _S.join((typeid.encode(), ident.encode(), _content(thing)))
    report.emit_sized(
        report.plain_head(_CHANGED), manager_id(server.address), ZERO, ZERO, monotonic_ns(), text
    )


def _content(thing):
    kind = type(thing)
    if kind.__module__ == "multiprocessing.managers" and kind.__name__ in ("Namespace", "Value"):
        inside = {name: value for name, value in vars(thing).items() if not name.startswith("_")}
        return text_of(inside or getattr(thing, "_value", None))
    if kind.__module__ in ("queue", "collections"):
        items = getattr(thing, "queue", None)
        if items is not None:
            return b"queue " + text_of(list(items)[:8])
    return text_of(thing)

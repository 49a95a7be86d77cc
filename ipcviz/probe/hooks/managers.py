"""Hooks on Manager: the server process, every proxy call as a round trip, and what its objects contain."""

import sys
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import emit_here, site
from ipcviz.probe.core.texts import text_of
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.hooks import pipes
from ipcviz.probe.hooks.processes import look_alike, name_of

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

    look_alike(watched_start, start)
    patches.replace(manager, "start", watched_start)


def _patch_call(module):
    """`BaseProxy._callmethod`: the request leaves, the answer comes; a proxy's `+=` is two of these."""
    proxy = module.BaseProxy
    call, connect = proxy._callmethod, proxy._connect
    starts = {}

    def _callmethod(self, methodname, args=(), kwds={}):  # noqa: B006
        if not report.active:
            return call(self, methodname, args, kwds)
        report.wait_while_held()
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
            emit_here(_CALL_RETURNED, key, text=report.clip(name_of(error), 200))
            raise
        emit_here(_CALL_RETURNED, key, text=text_of(answer), flags=1)
        return answer

    def _connect(self):
        connect(self)
        connection = self._tls.connection
        # Not over TCP: there a first failing write takes the error away from the library's own.
        local = type(self._token.address) is str
        if report.active and local and type(connection) is _connection_type():
            connection._ipcviz = pipes.CALLS

    look_alike(_connect, connect)
    patches.replace(proxy, "_connect", _connect)
    look_alike(_callmethod, call)
    patches.replace(proxy, "_callmethod", _callmethod)


def _connection_type():
    return sys.modules["multiprocessing.connection"].Connection


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
    pickler = plain.pickler_of(sys.modules["multiprocessing.connection"])

    def watched_create(self, c, typeid, /, *args, **kwds):
        answer = create(self, c, typeid, *args, **kwds)
        if report.active:
            _tell_content(self, str(answer[0]), str(typeid))
        return answer

    def serve_client(self, conn):
        if not report.active:
            return serve(self, conn)
        return serve(self, _Told(self, conn, pickler))

    for name, function, old in (("create", watched_create, create), ("serve_client", serve_client, serve)):
        look_alike(function, old)
        patches.replace(server, name, function)


class _Told:
    """A server's connection to one client thread, with the object of each request told after its answer.

    `serve_client` uses `recv`, `send` and `close` only; its caller closes the connection itself.
    """

    def __init__(self, server, conn, pickler):
        self._server, self._conn, self._ident, self._method = server, conn, None, None
        self._pickler = pickler
        self._plain = type(conn) is _connection_type()
        self.close = conn.close

    def recv(self):
        request = self._conn.recv()
        try:
            self._ident, self._method = request[:2]
        except (TypeError, ValueError):
            self._ident = None
        return request

    def send(self, message):
        if self._ident is not None and report.active:
            # Before the answer: the client can ask again as soon as it has it.
            _tell_content(self._server, str(self._ident), "", self._method)
            if self._plain and type(message) is tuple and plain.are_atoms(message):
                # The client waits for it, so there is room.
                dumps = self._pickler()
                if dumps is not None and plain.write_whole(self._conn, dumps(message)):
                    return None
        return self._conn.send(message)

    def __getattr__(self, name):
        return getattr(self._conn, name)


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

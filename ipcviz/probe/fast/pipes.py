"""Short-cuts of `Connection.send`: an atom that need not wait goes straight into the pipe."""

from time import monotonic_ns

from ipcviz.log.slots import INLINE, NONE
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import HOLD_WORD
from ipcviz.probe.core.places import NoFrame, _getframe, head_here
from ipcviz.probe.core.texts import QUICK
from ipcviz.probe.fast.connections import CONNECTION
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.messages import AT_ONCE, ATOMS, are_atoms, pickler_of, write_whole
from ipcviz.probe.hooks.connections import SENT_ROW
from ipcviz.probe.hooks.port import HEADER, Port

_SENDER, _SENDING = books.C_SENDER, books.C_SENDING
CALLS = object()
"""What a proxy's connection to its manager is tagged with: one request is under way on it at most."""


def shorten_pipe(module):
    """`send` of an atom on an end of a Pipe, and of a proxy's request to its manager.

    Safe because it is the same bytes, and whatever may wait or raise goes to the hook.
    """
    if not is_known(*CONNECTION):
        return
    owner = module._ConnectionBase
    send, pickler = owner.send, pickler_of(module)

    def short_send(self, obj):
        port = self._ipcviz
        if type(port) is Port:
            if port.of_pipe and type(obj) in ATOMS and report.active and send_atom(self, port, obj, pickler):
                return None
        elif port is CALLS and report.active and send_request(self, obj, pickler):
            return None
        return send(self, obj)

    patches.apply((owner, "send", short_send))


def send_atom(connection, port, obj, pickler):
    """Send it where this thread only has ever sent and need not wait; false where nothing was done."""
    words, row = port.words, port.row
    local = report.per_thread
    me = local.identity
    if words[row + _SENDER] != me or not me or words[HOLD_WORD] or not connection._writable:
        return False
    kind = type(obj)
    text = QUICK[kind](obj)
    # A long one has a long text, but for bytes, which would be pickled twice.
    if len(text) > INLINE or (kind is bytes and len(obj) >= AT_ONCE):
        return False
    dumps = pickler()
    if dumps is None:
        return False
    buf = dumps(obj)
    size = len(buf) + HEADER
    # The order of these is that of `port`: first say so, then look again.
    before = words[row + _SENDING]
    words[row + _SENDING] = me
    try:
        time = monotonic_ns()
        if words[row + _SENDER] != me or not port.has_room(size) or not write_whole(connection, buf):
            return False
        number = port.count_sent(size)
    finally:
        words[row + _SENDING] = before
    # 2: this, the hook; then the program.
    try:
        frame = _getframe(2)
    except ValueError:
        frame = NoFrame
    head = local.send_heads.get((id(frame.f_code), frame.f_lasti))
    if head is None:
        head = head_here(local.send_heads, 3, SENT_ROW)
    report.emit(head + len(text), port.key, number, NONE, time, text)
    return True


def send_request(connection, request, pickler):
    """Send the request of a proxy whose arguments are atoms; false where it must go the library's way.

    It does not wait: who calls has read the answer to everything it has sent before.
    """
    if type(request) is not tuple or len(request) != 4:
        return False
    ident, method, args, kwds = request
    simple = type(args) is tuple and type(kwds) is dict and not kwds
    if not simple or not are_atoms(args) or not are_atoms((ident, method)):
        return False
    dumps = pickler()
    return dumps is not None and write_whole(connection, dumps(request))

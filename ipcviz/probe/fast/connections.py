"""Short-cuts of `Connection`: a whole message in or out in two system calls, where neither waits."""

from _io import BytesIO
from select import POLLIN, poll
from time import monotonic_ns

from ipcviz.log.slots import ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import HOLD_WORD
from ipcviz.probe.core.places import NoFrame, _getframe, head_here
from ipcviz.probe.fast.known import FUNCTIONS, is_known
from ipcviz.probe.fast.messages import read_whole, write_whole
from ipcviz.probe.hooks.connections import TAKEN_ROW, tell_sent, tell_taken
from ipcviz.probe.hooks.port import HEADER, Port

_RECEIVED, _RECEIVER, _RECEIVING = books.C_RECEIVED, books.C_RECEIVER, books.C_RECEIVING
CONNECTION = tuple(
    f"{module}:{function}"
    for module in ("multiprocessing.connection", "selectors")
    for function in FUNCTIONS[module]
)
"""What all of these go around, or a part of it."""


def shorten_connection(module):
    """`Connection._send_bytes`, `send_bytes`, `_recv_bytes`, `recv_bytes` and `_poll` for what need not wait.

    Safe because the bytes are those of the original, and whatever may wait or raise goes to the hook.
    """
    if not is_known(*CONNECTION):
        return
    connection = module.Connection
    send, send_whole = connection._send_bytes, connection.send_bytes
    receive, receive_whole, wait = connection._recv_bytes, connection.recv_bytes, connection._poll

    def _send_bytes(self, buf):
        port = self._ipcviz
        if not (type(port) is Port and not port.of_pipe and report.active and send_at_once(self, port, buf)):
            send(self, buf)

    def send_bytes(self, buf, offset=0, size=None):
        # What `SimpleQueue.put` calls: a buffer that goes at once need not be looked at twice.
        port = self._ipcviz
        whole = type(buf) is memoryview and buf.itemsize == 1 and not offset and size is None
        watched = type(port) is Port and not port.of_pipe and report.active and self._writable
        if not (whole and watched and send_at_once(self, port, buf)):
            send_whole(self, buf, offset, size)

    def _recv_bytes(self, maxsize=None):
        port = self._ipcviz
        if type(port) is Port and maxsize is None and report.active:
            data = take_from_pipe(self, port) if port.of_pipe else take_at_once(self, port)
            if data is not None:
                # Written, so that its position is behind the message, as `recv_bytes_into` needs it.
                buf = BytesIO()
                buf.write(data)
                return buf
        return receive(self, maxsize)

    def recv_bytes(self, maxlength=None):
        # What `SimpleQueue.get` calls.
        port = self._ipcviz
        if type(port) is Port and maxlength is None and not port.of_pipe and report.active and self._readable:
            data = take_at_once(self, port)
            if data is not None:
                return data
        return receive_whole(self, maxlength)

    def _poll(self, timeout):
        if timeout == 0 and report.active:
            port = self._ipcviz
            if type(port) is not Port:
                # A Pool's doorbell is asked so all the time.
                return _is_ready(self, wait)
            if not port.of_pipe:
                found = _is_ready(self, wait)
                if not port.asked:
                    port.polled = found
                return found
        return wait(self, timeout)

    patches.apply(
        (connection, "_send_bytes", _send_bytes),
        (connection, "send_bytes", send_bytes),
        (connection, "_recv_bytes", _recv_bytes),
        (connection, "recv_bytes", recv_bytes),
        (connection, "_poll", _poll),
    )


def send_at_once(connection, port, buf):
    """Send what need not wait into a queue's pipe; false where nothing was done."""
    size = len(buf) + HEADER
    if not port.has_room(size):
        return False
    # Before the write: nobody can have taken the message earlier than this.
    time = monotonic_ns()
    if not write_whole(connection, buf):
        return False
    tell_sent(port, port.count_sent(size), time)
    return True


def take_at_once(connection, port):
    """The next message of a queue where it is known to be there; None where nothing was done."""
    if not port.has_message():
        return None
    data = read_whole(connection)
    if data is not None:
        tell_taken(port, port.count_received(len(data) + HEADER))
    return data


def take_from_pipe(connection, port):
    """The same for an end of a Pipe on which this thread only has ever received."""
    words, row = port.words, port.row
    local = report.per_thread
    me = local.identity
    if words[row + _RECEIVER] != me or not me or words[HOLD_WORD] or not port.has_message():
        return None
    # The order of these is that of `port`: first say so, then look again.
    before = words[row + _RECEIVING]
    words[row + _RECEIVING] = me
    try:
        if words[row + _RECEIVER] != me:
            return None
        data = read_whole(connection)
        if data is None:
            return None
        time = monotonic_ns()
        number = port.count_received(len(data) + HEADER)
    finally:
        words[row + _RECEIVING] = before
    # 3: this, the hook, `recv`; then the program.
    try:
        frame = _getframe(3)
    except ValueError:
        frame = NoFrame
    head = local.taken_heads.get((id(frame.f_code), frame.f_lasti))
    if head is None:
        head = head_here(local.taken_heads, 4, TAKEN_ROW)
    report.emit(head, port.key, number, ZERO, time)
    return data


def _is_ready(connection, ask):
    """`Connection._poll(0)`: what `connection.wait` asks the kernel, without a selector."""
    handle = connection._handle
    if type(handle) is not int:
        return ask(connection, 0)
    waiter = poll()
    # Whatever comes back counts as ready, a hang-up too (`_PollLikeSelector.select` in Lib/selectors.py).
    waiter.register(handle, POLLIN)
    return bool(waiter.poll(0))

"""Hooks where a message goes into and out of a pipe, for everything that sends and receives.

At the lowest place that is the library's: there the order is exact (see `port`), and Queue, SimpleQueue,
Pipe, Pool and executor all come by.
"""

from select import POLLIN, POLLOUT, poll
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import NONE, ZERO, head_word
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import emit_here, site
from ipcviz.probe.core.report import emit
from ipcviz.probe.core.texts import error_text, text_of
from ipcviz.probe.hooks.port import HEADER, port_of

SENT_ROW = table.ITEM_SENT.order("channel", "number", "ordinal")
TAKEN_ROW = table.ITEM_TAKEN.order("channel", "number")
_WAITING_ROW = table.DATA_WAITING.order("channel", "timeout")


def patch_connection(module):
    """`Connection._send_bytes`, `_recv_bytes` and `_poll`: number the message, tell a wait from a passage.

    On the class, since a closure on the instance would make a cycle and delay EOF. Safe because each calls
    the original, once, with the same arguments; connections of no channel we know pass straight through.
    """
    patches.replace(module._ConnectionBase, "_ipcviz", None)
    _patch_sending(module.Connection)
    _patch_receiving(module.Connection)
    _patch_polling(module.Connection)


# --- sending ------------------------------------------------------------------------------------


def _patch_sending(connection):
    send = connection._send_bytes

    def _send_bytes(self, buf):
        port = port_of(self)
        if port is None or not report.active:
            send(self, buf)
        elif port.of_pipe:
            _send_on_pipe(port, send, self, buf)
        else:
            _send_of_queue(port, send, self, buf)

    patches.apply((connection, "_send_bytes", _send_bytes))


def _send_of_queue(port, send, connection, buf):
    size = len(buf) + HEADER
    fd = connection._handle
    waits = not (port.has_room(size) or is_writable(fd, size))
    if waits:
        report.event(table.SEND_WAITING, channel=port.key, size=size)
    # Before the write: nobody can have taken the message earlier than this.
    time = monotonic_ns()
    send(connection, buf)
    if waits:
        time = monotonic_ns()
    tell_sent(port, port.count_sent(size), time)


def tell_sent(port, number, time):
    """Say that a message went into the pipe of a queue."""
    local = report.per_thread
    if port.buffered:
        head = port.sent_head
        if not head:
            # Only this channel's one feeder thread sends.
            head = port.sent_head = head_word(SENT_ROW, report.thread_number())
        ordinal = port.next_sent
        port.next_sent = ordinal + 1
        emit(head, port.key, number, ordinal or ZERO, time)
    elif port.inside:
        head = local.inside_sent_head
        if not head:
            head = local.inside_sent_head = head_word(SENT_ROW, report.thread_number())
        emit(head, port.key, number, NONE, time)
    else:
        emit_here(SENT_ROW, port.key, number, NONE, local.text, time)


def _send_on_pipe(port, send, connection, buf):
    size = len(buf) + HEADER
    text = report.per_thread.text
    if not text:
        text = text_of(bytes(buf[:17]) if len(buf) > 17 else bytes(buf))
    try:
        fd = connection._handle
        waits = not (port.has_room(size) or is_writable(fd, size))
        if waits:
            report.event(table.SEND_WAITING, site=site(), channel=port.key, size=size)
        with port.sending(fd):
            if not waits and not (port.has_room(size) or is_writable(fd, size)):
                # Others have sent meanwhile.
                waits = True
                report.event(table.SEND_WAITING, site=site(), channel=port.key, size=size)
            time = monotonic_ns()
            send(connection, buf)
            number = port.count_sent(size)
    except BaseException as error:
        told = report.clip(error_text(error), 100)
        report.event(table.PUT_FAILED, site=site(), channel=port.key, error=told, text=text)
        raise
    if waits:
        time = monotonic_ns()
    emit_here(SENT_ROW, port.key, number, NONE, text, time)


def is_writable(fd, size):
    """Whether a write of `size` bytes goes through at once, as the kernel says; it promises one page."""
    if size > books.PAGE:
        return False
    waiter = poll()
    waiter.register(fd, POLLOUT)
    try:
        return bool(waiter.poll(0))
    except OSError:
        return True


def is_readable(fd):
    """Whether a read does not wait, as the kernel says."""
    waiter = poll()
    waiter.register(fd, POLLIN)
    try:
        return bool(waiter.poll(0))
    except OSError:
        return True


# --- receiving ----------------------------------------------------------------------------------


def _patch_receiving(connection):
    receive = connection._recv_bytes

    def _recv_bytes(self, maxsize=None):
        port = port_of(self)
        if port is None or not report.active:
            return receive(self, maxsize)
        if port.of_pipe:
            return _receive_from_pipe(port, receive, self, maxsize)
        if not port.polled and not port.has_message():
            # The writer counts after writing: this may be a very short wait, but never a missed one.
            tell_waiting(port)
        port.polled = False
        buf = receive(self, maxsize)
        if buf is not None:
            tell_taken(port, port.count_received(buf.tell() + HEADER))
        return buf

    patches.apply((connection, "_recv_bytes", _recv_bytes))


def tell_waiting(port):
    """Say that a reader of a queue waits for data, as long as it takes."""
    if not port.inside:
        emit_here(_WAITING_ROW, port.key, NONE)
        return
    local = report.per_thread
    head = local.inside_waiting_head
    if not head:
        head = local.inside_waiting_head = head_word(_WAITING_ROW, report.thread_number())
    emit(head, port.key, NONE, ZERO, monotonic_ns())


def tell_taken(port, number):
    """Say that a message of a queue was taken."""
    time = monotonic_ns()
    if not port.inside:
        emit_here(TAKEN_ROW, port.key, number, time=time)
        return
    local = report.per_thread
    head = local.inside_taken_head
    if not head:
        head = local.inside_taken_head = head_word(TAKEN_ROW, report.thread_number())
    emit(head, port.key, number, ZERO, time)


def _receive_from_pipe(port, receive, connection, maxsize):
    report.wait_while_held()
    waits = not port.polled and not port.has_message()
    if waits:
        emit_here(_WAITING_ROW, port.key, NONE)
    port.polled = False
    try:
        with port.receiving(connection._handle):
            if not waits and not port.has_message() and not is_readable(connection._handle):
                # Others have taken it meanwhile.
                emit_here(_WAITING_ROW, port.key, NONE)
            buf = receive(connection, maxsize)
            time = monotonic_ns()
            number = port.count_received(buf.tell() + HEADER if buf is not None else 0)
    except BaseException as error:
        told = report.clip(error_text(error), 100)
        report.event(table.GET_FAILED, site=site(), channel=port.key, error=told)
        raise
    if buf is None:
        # Longer than `maxlength`: the message stays unread and the end is of no more use for reading.
        told = b"OSError: bad message length"
        report.event(table.GET_FAILED, site=site(), channel=port.key, error=told)
    else:
        emit_here(TAKEN_ROW, port.key, number, time=time)
    return buf


# --- asking -------------------------------------------------------------------------------------


def _patch_polling(connection):
    wait = connection._poll

    def _poll(self, timeout):
        port = port_of(self)
        if port is None or not report.active:
            return wait(self, timeout)
        if port.of_pipe:
            return _poll_pipe(port, wait, self, timeout)
        if port.asked:
            return wait(self, timeout)
        if timeout and timeout > 0 and not port.has_message():
            limit = report.nanoseconds(timeout)
            report.event(table.DATA_WAITING, site=site(), channel=port.key, timeout=limit)
        port.polled = found = wait(self, timeout)
        return found

    patches.apply((connection, "_poll", _poll))


def _poll_pipe(port, wait, connection, timeout):
    """True at EOF too."""
    place = site()
    if (timeout is None or timeout > 0) and not port.has_message():
        limit = report.nanoseconds(timeout)
        report.event(table.DATA_WAITING, site=place, channel=port.key, timeout=limit)
    port.polled = found = wait(connection, timeout)
    report.event(table.CHANNEL_ASKED, site=place, channel=port.key, answer=int(found), method="poll")
    return found

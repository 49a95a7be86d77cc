"""Hooks where a message goes into and out of a pipe: under the channel's own locks, so the order is exact."""

import os
from _io import BytesIO
from select import POLLOUT, poll
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import NONE, ZERO, head_word
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import NoFrame, _getframe, emit_here, head_here, site
from ipcviz.probe.core.report import emit
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.hooks.processes import look_alike

_SENT_ROW = table.ITEM_SENT.order("channel", "number", "ordinal")
_TAKEN_ROW = table.ITEM_TAKEN.order("channel", "number")
_WAITING_ROW = table.DATA_WAITING.order("channel", "timeout")
_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
SURELY_ROOM = 30_000
"""With fewer bytes than this in the pipe a write does not wait: the smallest pipe we know of holds 64 KiB,
of which page rounding wastes less than half."""
simple_get = None
"""The code of the hook on `SimpleQueue.get`, once there is one: its caller asks for the message."""
HEADER = 4
"""Bytes that `Connection` puts before each message."""


class Watch:
    """What the hooks know of one channel in one process. Never refers to the channel: no cycles."""

    __slots__ = (
        "asked", "buffered", "inside", "key", "known_sent", "next_ordinal", "next_sent", "polled",
        "room_until", "row", "sent_head",
    )  # fmt: skip

    def __init__(self, inode, buffered):
        self.key = inode
        self.buffered = buffered
        """Items wait in a buffer for the feeder (Queue), or are sent by `put` itself (SimpleQueue)."""
        self.row = report.ledger().channel(inode)
        """Word index of its counters in the ledger; 0 when the table is full."""
        self.inside = bool(self.row) and report.ledger().words[self.row + books.C_KIND] == books.K_INSIDE
        """It is a part of something larger: what it carries has neither a place in the program nor a text."""
        self.next_ordinal = 0
        """How many items this process has put into its buffer."""
        self.next_sent = 0
        """How many of them the feeder has sent or lost."""
        self.known_sent = 0
        """At least so many messages were sent; looked up again when as many are received."""
        self.room_until = 0
        """So many bytes can surely be sent without a wait; looked up again when that is not enough."""
        self.sent_head = 0
        self.polled = False
        """`poll` has just said that there is data; the read that follows does not wait."""
        self.asked = False
        """The poll under way belongs to `empty()`, not to a `get`."""


def watch_for(connection, buffered):
    """The watch for the pipe behind a connection; None where it is closed."""
    try:
        return Watch(os.fstat(connection._handle).st_ino, buffered)
    except (OSError, TypeError):
        return None


def patch_connection(module):
    """`Connection._send_bytes`, `_recv_bytes`, `_poll`: number the message, tell a wait from a passage.

    On the class, since a closure on the instance would make a cycle and delay EOF. Safe because a message
    that need not wait goes as the original would write it, any other by the original itself; connections
    nobody tagged pass straight through.
    """
    _patch_sending(module.Connection)
    _patch_receiving(module.Connection)
    _patch_polling(module.Connection)


def _patch_sending(connection):
    from ipcviz.probe.hooks import pipes

    send, send_whole = connection._send_bytes, connection.send_bytes
    words = report.ledger().words
    write_whole = plain.write_whole

    def send_at_once(self, watch, buf):
        """Send what need not wait; false where nothing was done."""
        row = watch.row
        if not row:
            return False
        sent = words[row + _BYTES_SENT] + len(buf) + HEADER
        if sent > watch.room_until:
            watch.room_until = words[row + _BYTES_RECEIVED] + SURELY_ROOM
            if sent > watch.room_until:
                return False
        # Before the write: nobody can have taken the message earlier than this.
        time = monotonic_ns()
        if not write_whole(self, buf):
            return False
        words[row + _BYTES_SENT] = sent
        number = words[row + _SENT] + 1
        words[row + _SENT] = number
        tell_sent(watch, number, time)
        return True

    def _send_bytes(self, buf):
        watch = self._ipcviz
        if watch is None and report.active:
            watch = pipes.discover(self)
        if type(watch) is not Watch or not report.active:
            if watch and report.active:
                pipes.write_message(watch, send, self, buf)
            else:
                send(self, buf)
            return
        if send_at_once(self, watch, buf):
            return
        size = len(buf) + HEADER
        if not has_room(self._handle, size):
            report.event(table.SEND_WAITING, channel=watch.key, size=size)
            send(self, buf)
            time = monotonic_ns()
        else:
            time = monotonic_ns()
            send(self, buf)
        number = 0
        row = watch.row
        if row:
            words[row + _BYTES_SENT] += size
            number = words[row + _SENT] + 1
            words[row + _SENT] = number
        tell_sent(watch, number, time)

    def send_bytes(self, buf, offset=0, size=None):
        # What `SimpleQueue.put` calls: a buffer that goes at once need not be looked at twice.
        watch = self._ipcviz
        whole = type(buf) is memoryview and buf.itemsize == 1 and not offset and size is None
        watched = type(watch) is Watch and report.active and self._writable
        if not (whole and watched and send_at_once(self, watch, buf)):
            send_whole(self, buf, offset, size)

    patches.replace(connection, "_ipcviz", None)
    patches.replace(connection, "_send_bytes", _send_bytes)
    look_alike(send_bytes, send_whole)
    patches.replace(connection, "send_bytes", send_bytes)


def tell_sent(watch, number, time):
    """Say that a message went into the pipe of a queue."""
    local = report.per_thread
    if watch.buffered:
        head = watch.sent_head
        if not head:
            # Only this channel's one feeder thread sends.
            head = watch.sent_head = head_word(_SENT_ROW, report.thread_number())
        ordinal = watch.next_sent
        watch.next_sent = ordinal + 1
        emit(head, watch.key, number or ZERO, ordinal or ZERO, time)
    elif watch.inside:
        head = local.inside_sent_head
        if not head:
            head = local.inside_sent_head = head_word(_SENT_ROW, report.thread_number())
        emit(head, watch.key, number or ZERO, NONE, time)
    else:
        emit_here(_SENT_ROW, watch.key, number or ZERO, NONE, local.text, time)


def _patch_receiving(connection):
    from ipcviz.probe.hooks import pipes

    recv, recv_whole = connection._recv_bytes, connection.recv_bytes
    words = report.ledger().words
    read_whole = plain.read_whole

    def take_at_once(self, watch):
        """The next message where it is known to be there; None where nothing was done."""
        row = watch.row
        received = words[row + _RECEIVED]
        if watch.known_sent <= received:
            watch.known_sent = words[row + _SENT]
        if watch.known_sent <= received or not row:
            return None
        # A writer counts a message when all of it is in the pipe: this does not wait.
        data = read_whole(self)
        if data is not None:
            _tell_taken(watch, len(data))
        return data

    def _recv_bytes(self, maxsize=None):
        watch = self._ipcviz
        if watch is None and report.active:
            watch = pipes.discover(self)
        if type(watch) is not Watch or not report.active:
            if watch and report.active:
                return pipes.read_message(watch, recv, self, maxsize)
            return recv(self, maxsize)
        data = take_at_once(self, watch) if maxsize is None else None
        if data is not None:
            # Written, so that its position is behind the message, as `recv_bytes_into` needs it.
            buf = BytesIO()
            buf.write(data)
            return buf
        if watch.known_sent <= words[watch.row + _RECEIVED] and not watch.polled:
            # The writer counts after writing: this may be a very short wait, but never a missed one.
            _tell_waiting(watch)
        watch.polled = False
        buf = recv(self, maxsize)
        if buf is not None:
            _tell_taken(watch, buf.tell())
        return buf

    def _tell_taken(watch, size):
        time = monotonic_ns()
        watch.polled = False
        row = watch.row
        received = 0
        if row:
            received = words[row + _RECEIVED] + 1
            words[row + _RECEIVED] = received
            words[row + _BYTES_RECEIVED] += size + HEADER
        if watch.inside:
            local = report.per_thread
            head = local.inside_taken_head
            if not head:
                head = local.inside_taken_head = head_word(_TAKEN_ROW, report.thread_number())
            emit(head, watch.key, received or ZERO, ZERO, time)
            return
        # 4: this, take_at_once, recv_bytes, SimpleQueue.get, its hook; then the program.
        try:
            frame = _getframe(4)
        except ValueError:
            frame = NoFrame
        if frame.f_code is simple_get:
            frame = frame.f_back or NoFrame
            heads = report.per_thread.taken_heads
            head = heads.get((id(frame.f_code), frame.f_lasti))
            if head is None:
                head = head_here(heads, 6, _TAKEN_ROW)
            emit(head, watch.key, received or ZERO, ZERO, time)
        else:
            emit_here(_TAKEN_ROW, watch.key, received or ZERO, time=time)

    def recv_bytes(self, maxlength=None):
        # What `SimpleQueue.get` calls.
        watch = self._ipcviz
        if type(watch) is Watch and maxlength is None and self._readable and report.active:
            data = take_at_once(self, watch)
            if data is not None:
                return data
        return recv_whole(self, maxlength)

    patches.replace(connection, "_recv_bytes", _recv_bytes)
    look_alike(recv_bytes, recv_whole)
    patches.replace(connection, "recv_bytes", recv_bytes)


def _tell_waiting(watch):
    if not watch.inside:
        emit_here(_WAITING_ROW, watch.key, NONE)
        return
    local = report.per_thread
    head = local.inside_waiting_head
    if not head:
        head = local.inside_waiting_head = head_word(_WAITING_ROW, report.thread_number())
    emit(head, watch.key, NONE, ZERO, monotonic_ns())


def _patch_polling(connection):
    from ipcviz.probe.hooks import pipes

    wait, is_ready = connection._poll, plain.is_ready
    words = report.ledger().words

    def _poll(self, timeout):
        watch = self._ipcviz
        if watch is None and report.active:
            watch = pipes.discover(self)
        if type(watch) is not Watch or not report.active:
            if watch and report.active:
                return pipes.poll_messages(watch, wait, self, timeout)
            # A Pool's doorbell is asked so all the time.
            return is_ready(self, wait) if timeout == 0 else wait(self, timeout)
        if timeout == 0:
            found = is_ready(self, wait)
            if not watch.asked:
                watch.polled = found
            return found
        if watch.asked:
            return wait(self, timeout)
        row = watch.row
        if timeout and timeout > 0 and words[row + _SENT] <= words[row + _RECEIVED]:
            limit = report.nanoseconds(timeout)
            report.event(table.DATA_WAITING, site=site(), channel=watch.key, timeout=limit)
        found = wait(self, timeout)
        watch.polled = found
        return found

    patches.replace(connection, "_poll", _poll)


def has_room(fd, size):
    """Whether a write of `size` bytes goes through at once; `poll` promises one page."""
    if size > books.PAGE:
        return False
    waiter = poll()
    waiter.register(fd, POLLOUT)
    try:
        return bool(waiter.poll(0))
    except OSError:
        return True

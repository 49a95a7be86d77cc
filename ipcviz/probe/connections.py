"""Hooks where a message goes into and out of a pipe: under the channel's own locks, so the order is exact."""

import os
from select import POLLOUT, poll
from time import monotonic_ns

from ipcviz.probe import ledger as books
from ipcviz.probe import patches, report, wire
from ipcviz.probe.sites import _getframe, head_here, site

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
SURELY_ROOM = 30_000
"""With fewer bytes than this in the pipe a write does not wait: the smallest pipe we know of holds 64 KiB,
of which page rounding wastes less than half."""
_TAKEN = wire.ITEM_TAKEN
_WAITING = wire.DATA_WAITING
_SHORT = wire.SHORT_TEXT
_SENT_SIZE = wire.HEAD + _SHORT
HEADER = 4
"""Bytes that `Connection` puts before each message."""


class Watch:
    """What the hooks know of one channel in one process. Never refers to the channel: no cycles."""

    __slots__ = (
        "asked", "buffered", "key", "known_sent", "next_ordinal", "next_sent", "polled", "room_until", "row",
        "sent_head",
    )  # fmt: skip

    def __init__(self, inode, buffered):
        self.key = inode
        self.buffered = buffered
        """Items wait in a buffer for the feeder (Queue), or are sent by `put` itself (SimpleQueue)."""
        self.row = report.ledger().channel(inode)
        """Word index of its counters in the ledger; 0 when the table is full."""
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

    On the class, since a closure on the instance would make a cycle and delay EOF. Safe because each
    calls the original once with the same arguments; connections nobody tagged pass straight through.
    """
    from ipcviz.probe import pipes

    connection = module.Connection
    send, recv, wait = connection._send_bytes, connection._recv_bytes, connection._poll
    words = report.ledger().words
    write, emit, emit_text = report.report, report.emit, report.emit_text

    def _send_bytes(self, buf):
        watch = self._ipcviz
        if type(watch) is not Watch or not report.active:
            end = pipes.discover(self) if watch is None and report.active else watch
            if end and report.active:
                pipes.write_message(end, send, self, buf)
            else:
                send(self, buf)
            return
        row = watch.row
        size = len(buf) + HEADER
        sent = words[row + _BYTES_SENT] + size
        if sent > watch.room_until:
            watch.room_until = words[row + _BYTES_RECEIVED] + SURELY_ROOM
        if sent > watch.room_until and not has_room(self._handle, size):
            write(wire.SEND_WAITING, watch.key, 0, size)
            send(self, buf)
            time = monotonic_ns()
        else:
            # Before the write: nobody can have taken the message earlier than this.
            time = monotonic_ns()
            send(self, buf)
        number = 0
        if row:
            words[row + _BYTES_SENT] = sent
            number = words[row + _SENT] + 1
            words[row + _SENT] = number
        if watch.buffered:
            head = watch.sent_head
            if not head:
                # Only this channel's one feeder thread sends.
                head = watch.sent_head = wire.head_word(wire.ITEM_SENT, report.thread_number(), 0)
            ordinal = watch.next_sent
            watch.next_sent = ordinal + 1
            emit(head, watch.key, number, ordinal, time)
        else:
            local = report.per_thread
            text = local.text
            if len(text) <= _SHORT:
                # 5: head_here, this, send_bytes, put, its wrapper; then the program.
                head = head_here(local.send_heads, 5, wire.ITEM_SENT, _SENT_SIZE)
                emit_text(head, watch.key, number, -1, time, text)
            else:
                write(wire.ITEM_SENT, watch.key, number, -1, text, site(4), time)

    def _recv_bytes(self, maxsize=None):
        watch = self._ipcviz
        if type(watch) is not Watch or not report.active:
            end = pipes.discover(self) if watch is None and report.active else watch
            if end and report.active:
                return pipes.read_message(end, recv, self, maxsize)
            return recv(self, maxsize)
        row = watch.row
        received = words[row + _RECEIVED]
        if watch.polled:
            watch.polled = False
        elif watch.known_sent <= received:
            watch.known_sent = words[row + _SENT]
            if watch.known_sent <= received:
                # The writer counts after writing: this may be a very short wait, but never a missed one.
                depth = 6 if watch.buffered else 5
                head = head_here(report.per_thread.waiting_heads, depth, _WAITING, wire.HEAD)
                emit(head, watch.key, 0, -1, monotonic_ns())
        buf = recv(self, maxsize)
        time = monotonic_ns()
        if row:
            received += 1
            words[row + _RECEIVED] = received
            words[row + _BYTES_RECEIVED] += buf.tell() + HEADER
        else:
            received = 0
        # 4: this, recv_bytes, get, its wrapper; a Queue has `quick` in between. Then the program.
        depth = 5 if watch.buffered else 4
        frame = _getframe(depth)
        head = report.per_thread.taken_heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(report.per_thread.taken_heads, depth + 1, _TAKEN, wire.HEAD)
        emit(head, watch.key, received, 0, time)
        return buf

    def _poll(self, timeout):
        watch = self._ipcviz
        if type(watch) is not Watch or not report.active:
            end = pipes.discover(self) if watch is None and report.active else watch
            if end and report.active:
                return pipes.poll_messages(end, wait, self, timeout)
            return wait(self, timeout)
        if watch.asked:
            return wait(self, timeout)
        row = watch.row
        if timeout and timeout > 0 and words[row + _SENT] <= words[row + _RECEIVED]:
            write(wire.DATA_WAITING, watch.key, 0, int(timeout * 1e9), b"", site(4))
        found = wait(self, timeout)
        watch.polled = found
        return found

    patches.replace(connection, "_ipcviz", None)
    for name, value in (("_send_bytes", _send_bytes), ("_recv_bytes", _recv_bytes), ("_poll", _poll)):
        patches.replace(connection, name, value)


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


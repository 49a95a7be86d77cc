"""Hooks where a message goes into and out of a pipe: under the channel's own locks, so the order is exact."""

import os
from select import POLLOUT, poll
from time import monotonic_ns

from ipcviz.probe import ledger as books
from ipcviz.probe import patches, report, wire
from ipcviz.probe.sites import site

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_SURELY_ROOM = 30_000
"""With fewer bytes than this in the pipe a write does not wait: the smallest pipe we know of holds 64 KiB,
of which page rounding wastes less than half."""
_HEADER = 4
"""Bytes that `Connection` puts before each message."""


class Watch:
    """What the hooks know of one channel in one process. Never refers to the channel: no cycles."""

    __slots__ = ("asked", "key", "kind", "next_ordinal", "next_sent", "polled", "row", "text")

    def __init__(self, inode, kind):
        self.key = inode
        self.kind = kind
        self.row = report.ledger().channel(inode)
        """Word index of its counters in the ledger; 0 when the table is full."""
        self.next_ordinal = 0
        """How many items this process has put into its buffer."""
        self.next_sent = 0
        """How many of them the feeder has taken out."""
        self.polled = False
        """`poll` has just said that there is data; the read that follows does not wait."""
        self.asked = False
        """The poll under way belongs to `empty()`, not to a `get`."""
        self.text = b""


def watch_for(connection, kind):
    """The watch for the pipe behind a connection; None where it is closed."""
    try:
        return Watch(os.fstat(connection._handle).st_ino, kind)
    except (OSError, TypeError):
        return None


def install():
    """Have everything in this file patched when its module is loaded."""
    patches.when_imported("multiprocessing.connection", patch_connection)


def patch_connection(module):
    """`Connection._send_bytes`, `_recv_bytes`, `_poll`: number the message, tell a wait from a passage.

    On the class, since a closure on the instance would make a cycle and delay EOF. Safe because each
    calls the original once with the same arguments; connections nobody tagged pass straight through.
    """
    connection = module.Connection
    send, recv, wait = connection._send_bytes, connection._recv_bytes, connection._poll
    words = report.ledger().words
    write = report.report

    def _send_bytes(self, buf):
        watch = self._ipcviz
        if watch is None or not report.active:
            return send(self, buf)
        row = watch.row
        size = len(buf) + _HEADER
        used = words[row + _BYTES_SENT] - words[row + _BYTES_RECEIVED]
        if used + size > _SURELY_ROOM and not _has_room(self._handle, size):
            write(wire.SEND_WAITING, watch.key, 0, size)
            send(self, buf)
            time = 0
        else:
            # Before the write: nobody can have taken the message earlier than this.
            time = monotonic_ns()
            send(self, buf)
        number = 0
        if row:
            number = words[row + _SENT] + 1
            words[row + _SENT] = number
            words[row + _BYTES_SENT] += size
        if watch.kind == "SimpleQueue":
            write(wire.ITEM_SENT, watch.key, number, -1, _text.taken(), site(4), time)
        else:
            write(wire.ITEM_SENT, watch.key, number, watch.next_sent - 1, b"", 0, time)
        return None

    def _recv_bytes(self, maxsize=None):
        watch = self._ipcviz
        if watch is None or not report.active:
            return recv(self, maxsize)
        row = watch.row
        if watch.polled:
            watch.polled = False
        elif words[row + _SENT] <= words[row + _RECEIVED]:
            # The writer counts after writing, so this may be a very short wait, but never a missed one.
            write(wire.DATA_WAITING, watch.key, 0, -1, b"", site(4))
        buf = recv(self, maxsize)
        number = 0
        if row:
            number = words[row + _RECEIVED] + 1
            words[row + _RECEIVED] = number
            words[row + _BYTES_RECEIVED] += buf.tell() + _HEADER
        write(wire.ITEM_TAKEN, watch.key, number, 0, b"", site(4))
        return buf

    def _poll(self, timeout):
        watch = self._ipcviz
        if watch is None or watch.asked or not report.active:
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


def _has_room(fd, size):
    """Whether a write of `size` bytes goes through at once; `poll` promises one page."""
    if size > books.PAGE:
        return False
    waiter = poll()
    waiter.register(fd, POLLOUT)
    try:
        return bool(waiter.poll(0))
    except OSError:
        return True


class _Text:
    """The text of the item that a thread is putting into a channel without a buffer."""

    def __init__(self):
        self._of = report._local()

    def set(self, text):
        self._of.text = text

    def taken(self):
        try:
            return self._of.text
        except AttributeError:
            return b""


_text = _Text()
set_text = _text.set

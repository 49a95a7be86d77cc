"""Hooks on Pipe: its two ends, what goes from one to the other, and the exceptions of reading and writing."""

import os
from time import monotonic_ns

from ipcviz.probe import connections, patches, report, wire
from ipcviz.probe import ledger as books
from ipcviz.probe.locks import made_by_library
from ipcviz.probe.processes import look_alike, name_of
from ipcviz.probe.sites import _getframe, head_here, site
from ipcviz.probe.texts import text_of

_SENT_SIZE = wire.HEAD + wire.SHORT_TEXT
_PIPE = 1
"""`ledger.C_KIND` of a pipe's end."""
FOREIGN = False
"""What a connection is tagged with that is no end of a Pipe the program made."""


class End:
    """What the hooks know of one end of a Pipe in one process. Never refers to the connection."""

    __slots__ = ("key", "peer", "polled", "role", "row")

    def __init__(self, inode, row, role):
        self.key = inode
        self.row = row
        """Word index of the counters of what this end sends, and of what it has received."""
        peer = report.ledger().words[row + books.C_ALIAS]
        self.peer = report.ledger().channel(peer) if peer else row
        """Where the other end counts; the same row for a one-way pipe."""
        self.role = role
        """0 reads, 1 writes, 2 both."""
        self.polled = False


def discover(connection):
    """The end behind a connection that nobody has tagged here: it arrived in a child."""
    role = 2 if connection._readable and connection._writable else int(connection._writable)
    try:
        inode = os.fstat(connection._handle).st_ino
    except (OSError, TypeError):
        return None
    row = report.ledger().find(inode)
    is_pipe = row and report.ledger().words[row + books.C_KIND] == _PIPE
    connection._ipcviz = End(inode, row, role) if is_pipe else FOREIGN
    return connection._ipcviz


def patch_pipe(module):
    """`Pipe`, and what is told of its ends: `send`, `close`, `fileno`, `recv_bytes_into`."""
    pipe = module.Pipe

    def watched_pipe(duplex=True):
        first, second = pipe(duplex)
        if report.active and not made_by_library(2):
            _tell_made(first, second, duplex)
        return first, second

    look_alike(watched_pipe, pipe)
    patches.replace(module, "Pipe", watched_pipe)
    _wrap_send(module._ConnectionBase)
    _wrap_close(module.Connection)
    _wrap_fileno(module._ConnectionBase)
    _wrap_recv_into(module._ConnectionBase)


def _tell_made(first, second, duplex):
    ledger = report.ledger()
    inodes = [os.fstat(end._handle).st_ino for end in (first, second)]
    for inode, other in (inodes, inodes[::-1]):
        row = ledger.channel(inode)
        if not row:
            return
        ledger.words[row + books.C_KIND] = _PIPE
        ledger.words[row + books.C_ALIAS] = other if duplex else 0
    for end in (first, second):
        discover(end)
    report.report(wire.CHANNEL_MADE, inodes[0], 0, inodes[1] if duplex else 0, b"Pipe" + b"\x1f", site(3))


def _wrap_send(owner):
    """`send`: the text of the object rides along; the message itself is told where it is written."""
    send = owner.send

    def watched_send(self, obj):
        end = self._ipcviz
        if end is None and report.active:
            end = discover(self)
        if not end or type(end) is not End or not report.active:
            return send(self, obj)
        report.wait_while_held()
        report.per_thread.text = text_of(obj)
        try:
            return send(self, obj)
        finally:
            report.per_thread.text = b""

    look_alike(watched_send, send)
    patches.replace(owner, "send", watched_send)


def write_message(end, send, connection, buf):
    """`Connection._send_bytes` on an end of a Pipe."""
    words, row = report.ledger().words, end.row
    size = len(buf) + connections.HEADER
    sent = words[row + books.C_BYTES_SENT]
    text = report.per_thread.text
    # Beyond this function stand its caller, the hook; `send` and its wrapper, or `send_bytes`; the program.
    depth = 5 if text else 4
    text = text or text_of(bytes(buf[:17]) if len(buf) > 17 else bytes(buf))
    used = sent + size - words[end.peer + books.C_BYTES_RECEIVED]
    waits = used > connections.SURELY_ROOM and not connections.has_room(connection._handle, size)
    time = monotonic_ns()
    try:
        if waits:
            report.report(wire.SEND_WAITING, end.key, 0, size, b"", site(4))
        send(connection, buf)
    except BaseException as error:
        told = report.clip(name_of(error), 100) + b"\x1f" + text
        report.report(wire.PUT_FAILED, end.key, 0, 0, told, site(4))
        raise
    words[row + books.C_BYTES_SENT] = sent + size
    number = words[row + books.C_SENT] + 1
    words[row + books.C_SENT] = number
    if waits:
        time = monotonic_ns()
    if len(text) <= wire.SHORT_TEXT:
        head = head_here(report.per_thread.send_heads, depth, wire.ITEM_SENT, _SENT_SIZE)
        report.emit_text(head, end.key, number, -1, time, text)
    else:
        report.report(wire.ITEM_SENT, end.key, number, -1, text, site(4), time)


def read_message(end, recv, connection, maxsize):
    """`Connection._recv_bytes` on an end of a Pipe."""
    words, row, peer = report.ledger().words, end.row, end.peer
    if words[books.W_HOLD]:
        report.wait_while_held()
    if end.polled:
        end.polled = False
    elif words[peer + books.C_SENT] <= words[row + books.C_RECEIVED]:
        head = head_here(report.per_thread.waiting_heads, 4, wire.DATA_WAITING, wire.HEAD)
        report.emit(head, end.key, 0, -1, monotonic_ns())
    try:
        buf = recv(connection, maxsize)
    except BaseException as error:
        report.report(wire.GET_FAILED, end.key, text=report.clip(name_of(error), 100), site=site(4))
        raise
    time = monotonic_ns()
    number = words[row + books.C_RECEIVED] + 1
    words[row + books.C_RECEIVED] = number
    if buf is None:
        # Longer than `maxlength`: the message stays unread and the end is of no more use for reading.
        report.report(wire.GET_FAILED, end.key, text=b"OSError: bad message length", site=site(4))
    else:
        words[row + books.C_BYTES_RECEIVED] += buf.tell() + connections.HEADER
        head = head_here(report.per_thread.taken_heads, 4, wire.ITEM_TAKEN, wire.HEAD)
        report.emit(head, end.key, number, 0, time)
    return buf


def poll_messages(end, wait, connection, timeout):
    """`Connection._poll` on an end of a Pipe; true at EOF too."""
    words = report.ledger().words
    place = site(4)
    empty = words[end.peer + books.C_SENT] <= words[end.row + books.C_RECEIVED]
    if empty and (timeout is None or timeout > 0):
        limit = -1 if timeout is None else int(timeout * 1e9)
        report.report(wire.DATA_WAITING, end.key, 0, limit, b"", place)
    end.polled = found = wait(connection, timeout)
    report.report(wire.CHANNEL_ASKED, end.key, 0, int(bool(found)), b"poll", place)
    return found


def _wrap_close(owner):
    """`_close`, which `close` and the end of the object call: one copy of this end is gone."""
    close = owner._close

    def _close(self, *args, **kwargs):
        end = self._ipcviz
        if end is None and report.active:
            end = discover(self)
        result = close(self, *args, **kwargs)
        if type(end) is End and report.active:
            report.report(wire.CHANNEL_CLOSED, end.key, end.role, site=site())
        return result

    look_alike(_close, close)
    patches.replace(owner, "_close", _close)


def _wrap_fileno(owner):
    fileno = owner.fileno

    def watched_fileno(self):
        answer = fileno(self)
        end = self._ipcviz
        if type(end) is End and report.active and _asked_by_program():
            report.report(wire.CHANNEL_ASKED, end.key, 0, answer, b"fileno", site())
        return answer

    look_alike(watched_fileno, fileno)
    patches.replace(owner, "fileno", watched_fileno)


def _asked_by_program():
    """`connection.wait` and selectors ask for descriptors all the time; that is nobody's question."""
    from ipcviz.probe.sites import is_own

    return is_own(_getframe(2))


def _wrap_recv_into(owner):
    """`recv_bytes_into`: `BufferTooShort` carries the whole message, which is taken all the same."""
    recv_into = owner.recv_bytes_into

    def watched_recv_into(self, buf, offset=0):
        try:
            return recv_into(self, buf, offset)
        except Exception as error:
            end = self._ipcviz
            if type(end) is End and report.active and type(error).__name__ == "BufferTooShort":
                report.report(wire.GET_FAILED, end.key, text=b"BufferTooShort", site=site())
            raise

    look_alike(watched_recv_into, recv_into)
    patches.replace(owner, "recv_bytes_into", watched_recv_into)

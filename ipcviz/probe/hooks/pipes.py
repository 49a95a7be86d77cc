"""Hooks on Pipe: its two ends, what goes from one to the other, and the exceptions of reading and writing."""

import os
from _io import BytesIO
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import INLINE, NONE, ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import NoFrame, _getframe, emit_here, frame_at, head_here, is_own, site
from ipcviz.probe.core.report import emit
from ipcviz.probe.core.texts import QUICK, text_of
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.hooks import connections
from ipcviz.probe.hooks.locks import made_by_library
from ipcviz.probe.hooks.processes import look_alike, name_of

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_HOLD = books.W_HOLD
_SENT_ROW = table.ITEM_SENT.order("channel", "number", "ordinal")
_TAKEN_ROW = table.ITEM_TAKEN.order("channel", "number")
_WAITING_ROW = table.DATA_WAITING.order("channel", "timeout")
_HEADER, _SURELY_ROOM = connections.HEADER, connections.SURELY_ROOM
_write_whole, _read_whole = plain.write_whole, plain.read_whole
FOREIGN = False
"""What a connection is tagged with that is no end of a Pipe the program made."""
CALLS = ()
"""The same for a proxy's connection to its manager: as false, and with one request under way at most."""


class End:
    """What the hooks know of one end of a Pipe in one process. Never refers to the connection."""

    __slots__ = ("key", "peer", "polled", "role", "row", "words")

    def __init__(self, inode, row, role):
        self.key = inode
        self.words = report.ledger().words
        self.row = row
        """Word index of the counters of what this end sends, and of what it has received."""
        peer = self.words[row + books.C_ALIAS]
        self.peer = report.ledger().channel(peer) if peer else row
        """Where the other end counts; the same row for a one-way pipe."""
        self.role = role
        """0 reads, 1 writes, 2 both."""
        self.polled = False


def discover(connection):
    """The end behind a connection that nobody has tagged here: it arrived in a child.

    Or the queue's watch, where a queue with a `__setstate__` of its own has brought it (loky's have).
    """
    role = 2 if connection._readable and connection._writable else int(connection._writable)
    try:
        inode = os.fstat(connection._handle).st_ino
    except (OSError, TypeError):
        return None
    row = report.ledger().find(inode)
    kind = report.ledger().words[row + books.C_KIND] if row else 0
    if kind == books.K_PIPE:
        found = End(inode, row, role)
    elif kind in (books.K_INSIDE, books.K_QUEUE):
        found = connections.Watch(inode, False)
    else:
        found = FOREIGN
    connection._ipcviz = found
    return found


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
    _wrap_send(module)
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
        ledger.words[row + books.C_KIND] = books.K_PIPE
        ledger.words[row + books.C_ALIAS] = other if duplex else 0
    for end in (first, second):
        discover(end)
    report.event(
        table.CHANNEL_MADE, site=site(3), channel=inodes[0], maxsize=0, other=inodes[1] if duplex else 0,
        kind="Pipe", inside="",
    )  # fmt: skip


def _wrap_send(module):
    """`send`: the text of the object rides along; the message itself is told where it is written.

    An atom that need not wait goes straight into the pipe. Safe because it is the same bytes.
    """
    owner = module._ConnectionBase
    send, pickler = owner.send, plain.pickler_of(module)
    send_request = request_sender(pickler)
    quick_texts, atoms = QUICK.get, plain.ATOMS

    def watched_send(self, obj):
        end = self._ipcviz
        if end is None and report.active:
            end = discover(self)
        if type(end) is not End or not report.active:
            if end is CALLS and send_request(self, obj):
                return None
            return send(self, obj)
        words = end.words
        if words[_HOLD]:
            report.wait_while_held()
        kind = type(obj)
        text_of_kind = quick_texts(kind)
        text = text_of_kind(obj) if text_of_kind is not None else text_of(obj)
        local = report.per_thread
        if kind in atoms and len(text) <= INLINE and self._writable:
            # A long one has a long text, but for bytes, which would be pickled twice.
            dumps = pickler() if kind is not bytes or len(obj) < plain.AT_ONCE else None
            if dumps is not None:
                buf = dumps(obj)
                row = end.row
                sent = words[row + _BYTES_SENT] + len(buf) + _HEADER
                time = monotonic_ns()
                if sent - words[end.peer + _BYTES_RECEIVED] <= _SURELY_ROOM and _write_whole(self, buf):
                    words[row + _BYTES_SENT] = sent
                    number = words[row + _SENT] + 1
                    words[row + _SENT] = number
                    try:
                        frame = _getframe(1)
                    except ValueError:
                        frame = NoFrame
                    head = local.send_heads.get((id(frame.f_code), frame.f_lasti))
                    if head is None:
                        head = head_here(local.send_heads, 2, _SENT_ROW)
                    emit(head + len(text), end.key, number, NONE, time, text)
                    return None
        local.text = text
        try:
            return send(self, obj)
        finally:
            local.text = b""

    look_alike(watched_send, send)
    patches.replace(owner, "send", watched_send)


def request_sender(pickler):
    """Send the request of a proxy whose arguments are atoms; false where it must go the library's way.

    It does not wait: who calls has read the answer to everything it has sent before.
    """

    def send_request(connection, request):
        if type(request) is not tuple or len(request) != 4:
            return False
        ident, method, args, kwds = request
        simple = type(args) is tuple and type(kwds) is dict and not kwds
        if not simple or not plain.are_atoms(args) or not plain.are_atoms((ident, method)):
            return False
        dumps = pickler()
        return dumps is not None and _write_whole(connection, dumps(request))

    return send_request


def write_message(end, send, connection, buf):
    """`Connection._send_bytes` on an end of a Pipe."""
    words, row = end.words, end.row
    size = len(buf) + _HEADER
    sent = words[row + _BYTES_SENT]
    local = report.per_thread
    text = local.text
    if not text:
        text = text_of(bytes(buf[:17]) if len(buf) > 17 else bytes(buf))
    room = sent + size - words[end.peer + _BYTES_RECEIVED] <= _SURELY_ROOM
    waits = not room and not connections.has_room(connection._handle, size)
    time = monotonic_ns()
    if not room or not _write_whole(connection, buf):
        try:
            if waits:
                report.event(table.SEND_WAITING, site=site(), channel=end.key, size=size)
            send(connection, buf)
        except BaseException as error:
            told = report.clip(name_of(error), 100)
            report.event(table.PUT_FAILED, site=site(), channel=end.key, error=told, text=text)
            raise
    words[row + _BYTES_SENT] = sent + size
    number = words[row + _SENT] + 1
    words[row + _SENT] = number
    if waits:
        time = monotonic_ns()
    if len(text) <= INLINE:
        # Beyond this function stand the hook; `send` or `send_bytes`, and its wrapper; the program.
        try:
            frame = _getframe(4)
        except ValueError:
            frame = NoFrame
        head = local.send_heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(local.send_heads, 5, _SENT_ROW)
        emit(head + len(text), end.key, number, NONE, time, text)
    else:
        emit_here(_SENT_ROW, end.key, number, NONE, text, time)


def read_message(end, recv, connection, maxsize):
    """`Connection._recv_bytes` on an end of a Pipe."""
    words, row, peer = end.words, end.row, end.peer
    if words[_HOLD]:
        report.wait_while_held()
    local = report.per_thread
    number = words[row + _RECEIVED] + 1
    data = None
    if words[peer + _SENT] >= number:
        if maxsize is None:
            # It was counted after it had been written: this does not wait.
            data = _read_whole(connection)
    elif not end.polled:
        head = head_here(local.waiting_heads, 4, _WAITING_ROW)
        emit(head, end.key, NONE, ZERO, monotonic_ns())
    end.polled = False
    if data is None:
        try:
            buf = recv(connection, maxsize)
        except BaseException as error:
            told = report.clip(name_of(error), 100)
            report.event(table.GET_FAILED, site=site(), channel=end.key, error=told)
            raise
        # Counted again: another process may hold a copy of this end.
        number = words[row + _RECEIVED] + 1
        if buf is None:
            # Longer than `maxlength`: the message stays unread and the end is of no more use for reading.
            words[row + _RECEIVED] = number
            told = b"OSError: bad message length"
            report.event(table.GET_FAILED, site=site(), channel=end.key, error=told)
            return buf
    else:
        # Written, so that its position is behind the message, as `recv_bytes_into` needs it.
        buf = BytesIO()
        buf.write(data)
    time = monotonic_ns()
    words[row + _RECEIVED] = number
    words[row + _BYTES_RECEIVED] += buf.tell() + _HEADER
    # Beyond this function stand the hook and `recv`; then the program.
    try:
        frame = _getframe(3)
    except ValueError:
        frame = NoFrame
    head = local.taken_heads.get((id(frame.f_code), frame.f_lasti))
    if head is None:
        head = head_here(local.taken_heads, 4, _TAKEN_ROW)
    emit(head, end.key, number, ZERO, time)
    return buf


def poll_messages(end, wait, connection, timeout):
    """`Connection._poll` on an end of a Pipe; true at EOF too."""
    words = report.ledger().words
    place = site(4)
    empty = words[end.peer + books.C_SENT] <= words[end.row + books.C_RECEIVED]
    if empty and (timeout is None or timeout > 0):
        limit = report.nanoseconds(timeout)
        report.event(table.DATA_WAITING, site=place, channel=end.key, timeout=limit)
    end.polled = found = wait(connection, timeout)
    report.event(table.CHANNEL_ASKED, site=place, channel=end.key, answer=int(bool(found)), method="poll")
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
            report.event(table.CHANNEL_CLOSED, site=site(), channel=end.key, role=end.role)
        return result

    look_alike(_close, close)
    patches.replace(owner, "_close", _close)


def _wrap_fileno(owner):
    fileno = owner.fileno

    def watched_fileno(self):
        end = self._ipcviz
        if type(end) is not End:
            # What the original does, which `wait` asks of a Pool's connections all the time.
            handle = self._handle
            return handle if handle is not None else fileno(self)
        answer = fileno(self)
        if report.active and is_own(frame_at(1)):
            # `connection.wait` and selectors ask too; that is nobody's question.
            report.event(table.CHANNEL_ASKED, site=site(), channel=end.key, answer=answer, method="fileno")
        return answer

    look_alike(watched_fileno, fileno)
    patches.replace(owner, "fileno", watched_fileno)


def _wrap_recv_into(owner):
    """`recv_bytes_into`: `BufferTooShort` carries the whole message, which is taken all the same."""
    recv_into = owner.recv_bytes_into

    def watched_recv_into(self, buf, offset=0):
        try:
            return recv_into(self, buf, offset)
        except Exception as error:
            end = self._ipcviz
            if type(end) is End and report.active and type(error).__name__ == "BufferTooShort":
                report.event(table.GET_FAILED, site=site(), channel=end.key, error="BufferTooShort")
            raise

    look_alike(watched_recv_into, recv_into)
    patches.replace(owner, "recv_bytes_into", watched_recv_into)

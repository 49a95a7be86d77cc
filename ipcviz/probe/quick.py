"""The short way into and out of a Queue's pipe, for what need not wait: fewer steps than bare, and a record.

A message that may have to wait, is long, or meets an error goes the library's own way, so that waits and
tracebacks look as they always do.
"""

import os
from struct import Struct
from time import monotonic_ns

from ipcviz.probe import connections, report, wire
from ipcviz.probe import ledger as books
from ipcviz.probe.sites import _getframe, head_here

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_SIZE = Struct("!i")
_HEADER = _SIZE.size
_AT_ONCE = 4_096
"""Up to this size a write to a pipe with room for it is one piece (PIPE_BUF)."""


def sender(writer, watch):
    """What takes the place of `queue._send_bytes`, which only the feeder thread calls."""
    slow = writer.send_bytes
    if not watch.row:
        return slow
    words, row, key = report.ledger().words, watch.row, watch.key
    write, pack, emit, room = os.write, _SIZE.pack, report.emit, connections.SURELY_ROOM

    def send_bytes(buf):
        size = len(buf) + _HEADER
        sent = words[row + _BYTES_SENT] + size
        if sent > watch.room_until:
            watch.room_until = words[row + _BYTES_RECEIVED] + room
        handle = writer._handle
        if size > _AT_ONCE or sent > watch.room_until or handle is None or not report.active:
            slow(buf)
            return
        message = pack(size - _HEADER) + buf
        # Before the write: nobody can have taken the message earlier than this.
        time = monotonic_ns()
        try:
            written = write(handle, message)
        except OSError:
            written = 0
        if written != size:
            if not written:
                # Nothing went: let the library meet the error itself.
                slow(buf)
                return
            writer._send(message[written:])
        words[row + _BYTES_SENT] = sent
        number = words[row + _SENT] + 1
        words[row + _SENT] = number
        head = watch.sent_head
        if not head:
            # Only this channel's one feeder thread sends.
            head = watch.sent_head = wire.head_word(wire.ITEM_SENT, report.thread_number(), 0)
        ordinal = watch.next_sent
        watch.next_sent = ordinal + 1
        emit(head, key, number, ordinal, time)

    return send_bytes


def receiver(reader, watch):
    """What takes the place of `queue._recv_bytes`, which `get` calls with the read lock."""
    slow = reader.recv_bytes
    if not watch.row:
        return slow
    words, row, key = report.ledger().words, watch.row, watch.key
    read, unpack, emit, kind, size_of = os.read, _SIZE.unpack, report.emit, wire.ITEM_TAKEN, wire.HEAD

    def recv_bytes():
        received = words[row + _RECEIVED]
        if watch.known_sent <= received:
            watch.known_sent = words[row + _SENT]
        handle = reader._handle
        if watch.known_sent <= received or handle is None or not report.active:
            return slow()
        # A writer counts a message when all of it is in the pipe: none of these reads waits.
        header = read(handle, _HEADER)
        if len(header) < _HEADER:
            if not header:
                return slow()
            header += reader._recv(_HEADER - len(header)).getvalue()
        (size,) = unpack(header)
        if size < 0:
            size = int.from_bytes(reader._recv(8).getvalue(), "big")
        data = read(handle, size) if size else b""
        if len(data) < size:
            data += reader._recv(size - len(data)).getvalue()
        time = monotonic_ns()
        watch.polled = False
        received += 1
        words[row + _RECEIVED] = received
        words[row + _BYTES_RECEIVED] += size + _HEADER
        # 3: this, get, its wrapper; then the program.
        frame = _getframe(3)
        heads = report.per_thread.taken_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 4, kind, size_of)
        emit(head, key, received, 0, time)
        return data

    return recv_bytes

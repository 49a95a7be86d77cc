"""The short way into and out of a Queue's pipe, for what need not wait: fewer steps than bare, and a record.

A message that may have to wait, is long, or meets an error goes the library's own way, so that waits and
tracebacks look as they always do.
"""

from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import NONE, ZERO, head_word
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import report
from ipcviz.probe.core.places import NoFrame, _getframe, head_here
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.hooks import connections

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_HEADER = connections.HEADER
_SENT_ROW = table.ITEM_SENT.order("channel", "number", "ordinal")
_TAKEN_ROW = table.ITEM_TAKEN.order("channel", "number")


def sender(writer, watch):
    """What takes the place of `queue._send_bytes`, which only the feeder thread calls."""
    slow = writer.send_bytes
    if not watch.row:
        return slow
    words, row, key = report.ledger().words, watch.row, watch.key
    write_whole, emit, room = plain.write_whole, report.emit, connections.SURELY_ROOM

    def send_bytes(buf):
        sent = words[row + _BYTES_SENT] + len(buf) + _HEADER
        if sent > watch.room_until:
            watch.room_until = words[row + _BYTES_RECEIVED] + room
        if sent > watch.room_until or not report.active:
            slow(buf)
            return
        # Before the write: nobody can have taken the message earlier than this.
        time = monotonic_ns()
        if not write_whole(writer, buf):
            slow(buf)
            return
        words[row + _BYTES_SENT] = sent
        number = words[row + _SENT] + 1
        words[row + _SENT] = number
        head = watch.sent_head
        if not head:
            # Only this channel's one feeder thread sends.
            head = watch.sent_head = head_word(_SENT_ROW, report.thread_number())
        ordinal = watch.next_sent
        watch.next_sent = ordinal + 1
        emit(head, key, number, ordinal or ZERO, time)

    return send_bytes


def send_whole(queue, watch, buf):
    """What `SimpleQueue.put` does with a pickled object that need not wait; its number and time.

    None where nothing was done and it must go the library's way.
    """
    lock = queue._wlock
    row = watch.row
    if not row or lock is None or not lock._semlock.acquire(False):
        return None
    try:
        words = report.ledger().words
        sent = words[row + _BYTES_SENT] + len(buf) + _HEADER
        if sent > watch.room_until:
            watch.room_until = words[row + _BYTES_RECEIVED] + connections.SURELY_ROOM
        time = monotonic_ns()
        if sent > watch.room_until or not plain.write_whole(queue._writer, buf):
            return None
        words[row + _BYTES_SENT] = sent
        number = words[row + _SENT] + 1
        words[row + _SENT] = number
        return number, time
    finally:
        lock._semlock.release()


def send_atom(queue, watch, buf, text):
    """`SimpleQueue.put` of a pickled atom whose text is short; false where it must go the library's way."""
    sent = send_whole(queue, watch, buf)
    if sent is None:
        return False
    # 2: this, the hook on put; then the program.
    try:
        frame = _getframe(2)
    except ValueError:
        frame = NoFrame
    heads = report.per_thread.send_heads
    head = heads.get((id(frame.f_code), frame.f_lasti))
    if head is None:
        head = head_here(heads, 3, _SENT_ROW)
    number, time = sent
    report.emit(head + len(text), watch.key, number, NONE, time, text)
    return True


def receiver(reader, watch):
    """What takes the place of `queue._recv_bytes`, which `get` calls with the read lock."""
    slow = reader.recv_bytes
    if not watch.row:
        return slow
    words, row, key = report.ledger().words, watch.row, watch.key
    read_whole, emit, kind = plain.read_whole, report.emit, _TAKEN_ROW

    def recv_bytes():
        received = words[row + _RECEIVED]
        if watch.known_sent <= received:
            watch.known_sent = words[row + _SENT]
        if watch.known_sent <= received or not report.active:
            return slow()
        # A writer counts a message when all of it is in the pipe: this does not wait.
        data = read_whole(reader)
        if data is None:
            return slow()
        time = monotonic_ns()
        watch.polled = False
        received += 1
        words[row + _RECEIVED] = received
        words[row + _BYTES_RECEIVED] += len(data) + _HEADER
        if watch.inside:
            emit(report.plain_head(kind), key, received, ZERO, time)
            return data
        # 3: this, get, its wrapper; then the program.
        try:
            frame = _getframe(3)
        except ValueError:
            frame = NoFrame
        heads = report.per_thread.taken_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 4, kind)
        emit(head, key, received, ZERO, time)
        return data

    return recv_bytes

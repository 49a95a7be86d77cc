"""Short-cuts of Queue and SimpleQueue, for what need not wait.

A message that may have to wait, is long, or meets an error goes the library's own way, so that waits and
tracebacks look as they always do.
"""

from _collections import deque  # type: ignore[import-not-found]
from time import monotonic_ns

from ipcviz.log.slots import INLINE, NONE, ZERO, head_word
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import HOLD_WORD
from ipcviz.probe.core.places import NoFrame, _getframe, emit_here, head_here
from ipcviz.probe.core.report import emit
from ipcviz.probe.core.texts import QUICK, text_of
from ipcviz.probe.fast.connections import CONNECTION
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.messages import AT_ONCE, ATOMS, pickler_of, read_whole, write_whole
from ipcviz.probe.hooks.connections import SENT_ROW, TAKEN_ROW
from ipcviz.probe.hooks.port import HEADER, SURELY_ROOM, Port
from ipcviz.probe.hooks.queues import PUT_ROW, ItemBuffer, tell_get_failed

_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_append = deque.append
_texts = QUICK.get
_per_thread = report.per_thread
_LOCKS = tuple(
    f"multiprocessing.synchronize:SemLock.{name}" for name in ("__enter__", "__exit__", "_make_methods")
)


def shorten_queues(module):
    """`put` of two of them, what a Queue sends and receives with, and `SimpleQueue.get`."""
    library = "multiprocessing.queues:"
    if is_known(library + "Queue.put", *_LOCKS):
        _shorten_put(module.Queue)
    if is_known(*CONNECTION, library + "Queue._feed", library + "Queue.get", library + "Queue._reset"):
        _shorten_ends(module.Queue)
    if is_known(*CONNECTION, *_LOCKS, library + "SimpleQueue.put"):
        _shorten_simple_put(module)
    if is_known(*CONNECTION, library + "SimpleQueue.get"):
        _shorten_simple_get(module.SimpleQueue)


def _shorten_put(owner):
    """`Queue.put` where it need not wait: the same steps in one function, which halves what watching costs.

    Anything out of the ordinary (closed, held, full, a subclass's buffer) goes the way around it. Safe
    because the steps and their order are those of the original.
    """
    slow_put = owner.put
    words = report.ledger().words

    def put(self, obj, block=True, timeout=None):
        buffer = self._buffer
        if (
            type(buffer) is not ItemBuffer
            or words[HOLD_WORD]
            or self._closed
            or not report.active
            or not self._sem._semlock.acquire(False)
        ):
            slow_put(self, obj, block, timeout)
            return
        with self._notempty:
            if self._thread is None:
                self._start_thread()
                # It empties the buffer first.
            append_item(buffer, obj)
            self._notempty.notify()

    patches.apply((owner, "put", put))


def append_item(buffer, obj):
    """What `ItemBuffer.append` does with an item, called by a `put` that the program has called."""
    port = buffer.port
    ordinal = port.next_ordinal
    port.next_ordinal = ordinal + 1
    if port.inside:
        report.emit(report.plain_head(PUT_ROW), port.key, ordinal or ZERO, ZERO, monotonic_ns())
        _append(buffer, obj)
        return
    text_of_kind = _texts(type(obj))
    text = text_of_kind(obj) if text_of_kind is not None else text_of(obj)
    if len(text) <= INLINE:
        # 2: this, `put`; then the program.
        try:
            frame = _getframe(2)
        except ValueError:
            frame = NoFrame
        heads = _per_thread.put_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 3, PUT_ROW)
        emit(head + len(text), port.key, ordinal or ZERO, ZERO, monotonic_ns(), text)
    else:
        emit_here(PUT_ROW, port.key, ordinal or ZERO, text=text)
    _append(buffer, obj)


# --- what a Queue sends and receives with ---------------------------------------------------------


def _shorten_ends(owner):
    """`_send_bytes` and `_recv_bytes` of a queue, which `_reset` binds."""
    reset = owner._reset

    def _reset(self, after_fork=False):
        reset(self, after_fork)
        if type(self._buffer) is ItemBuffer:
            port = self._buffer.port
            self._send_bytes = _sender(self._writer, port)
            self._recv_bytes = receiver(self._reader, port)

    patches.apply((owner, "_reset", _reset))


def _sender(writer, port):
    """What only the feeder thread calls: `send_at_once`, with what a `Port` counts written out."""
    slow = writer.send_bytes
    if not port.counted:
        return slow
    words, row, key = port.words, port.row, port.key
    all_sent, bytes_sent, bytes_received = row + _SENT, row + _BYTES_SENT, row + _BYTES_RECEIVED

    def send_bytes(buf):
        sent = words[bytes_sent] + len(buf) + HEADER
        if sent > port.room_until:
            port.room_until = words[bytes_received] + SURELY_ROOM
        if sent > port.room_until or not report.active:
            slow(buf)
            return
        # Before the write: nobody can have taken the message earlier than this.
        time = monotonic_ns()
        if not write_whole(writer, buf):
            slow(buf)
            return
        words[bytes_sent] = sent
        number = words[all_sent] + 1
        words[all_sent] = number
        head = port.sent_head
        if not head:
            head = port.sent_head = head_word(SENT_ROW, report.thread_number())
        ordinal = port.next_sent
        port.next_sent = ordinal + 1
        emit(head, key, number, ordinal or ZERO, time)

    return send_bytes


def receiver(reader, port):
    """What `get` calls with the read lock; what a `Port` counts is written out."""
    slow = reader.recv_bytes
    if not port.counted:
        return slow
    words, row, key = port.words, port.row, port.key
    all_received, all_sent, bytes_received = row + _RECEIVED, row + _SENT, row + _BYTES_RECEIVED

    def recv_bytes():
        number = words[all_received]
        if port.known_sent <= number:
            port.known_sent = words[all_sent]
        if port.known_sent <= number or not report.active:
            return slow()
        # A sender counts a message when all of it has been written: this does not wait.
        data = read_whole(reader)
        if data is None:
            return slow()
        time = monotonic_ns()
        port.polled = False
        number += 1
        words[all_received] = number
        words[bytes_received] += len(data) + HEADER
        if port.inside:
            emit(report.plain_head(TAKEN_ROW), key, number, ZERO, time)
            return data
        # 3: this, get, its hook; then the program.
        try:
            frame = _getframe(3)
        except ValueError:
            frame = NoFrame
        heads = report.per_thread.taken_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 4, TAKEN_ROW)
        emit(head, key, number, ZERO, time)
        return data

    return recv_bytes


# --- SimpleQueue ----------------------------------------------------------------------------------


def _shorten_simple_put(module):
    """`SimpleQueue.put` of an atom with a short text. Safe because it is the same bytes."""
    queue = module.SimpleQueue
    slow_put, pickler = queue.put, pickler_of(module)
    words = report.ledger().words

    def put(self, obj):
        port = self._writer._ipcviz
        kind = type(obj)
        if (
            type(port) is Port
            and kind in ATOMS
            and not port.inside
            and report.active
            and not words[HOLD_WORD]
        ):
            text = QUICK[kind](obj)
            # A long one has a long text, but for bytes, which would be pickled twice.
            if len(text) <= INLINE and (kind is not bytes or len(obj) < AT_ONCE):
                dumps = pickler()
                if dumps is not None and _send_atom(self, port, dumps(obj), text):
                    return
        slow_put(self, obj)

    patches.apply((queue, "put", put))


def _shorten_simple_get(queue):
    """`SimpleQueue.get`: the library's own code runs, with fewer questions before it."""
    slow_get = queue.get
    library_get, words = patches.library_own(slow_get), report.ledger().words

    def get(self):
        if type(self._reader._ipcviz) is not Port or not report.active or words[HOLD_WORD]:
            return slow_get(self)
        try:
            return library_get(self)
        except BaseException as error:
            tell_get_failed(self, error)
            raise

    patches.apply((queue, "get", get))


def send_whole(queue, port, buf):
    """What `SimpleQueue.put` does with a pickled object that need not wait; its number and time.

    None where nothing was done and it must go the library's way.
    """
    lock = queue._wlock
    size = len(buf) + HEADER
    if lock is None or not port.has_room(size) or not lock._semlock.acquire(False):
        return None
    try:
        time = monotonic_ns()
        if not port.has_room(size) or not write_whole(queue._writer, buf):
            return None
        return port.count_sent(size), time
    finally:
        lock._semlock.release()


def _send_atom(queue, port, buf, text):
    sent = send_whole(queue, port, buf)
    if sent is None:
        return False
    # 2: this, the hook on put; then the program.
    try:
        frame = _getframe(2)
    except ValueError:
        frame = NoFrame
    heads = _per_thread.send_heads
    head = heads.get((id(frame.f_code), frame.f_lasti))
    if head is None:
        head = head_here(heads, 3, SENT_ROW)
    number, time = sent
    emit(head + len(text), port.key, number, NONE, time, text)
    return True

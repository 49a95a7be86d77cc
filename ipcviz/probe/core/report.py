"""One call that every hook makes: write down what happened, where the session can read it.

A record goes into this process's region of the ledger at once; when the region is full it goes down
the report Pipe as one message of at most PIPE_BUF bytes. So nothing is ever held back in private
memory, no thread is needed, and sixty events (or five hundred turns of a lock) cost one system call.

No lock is taken for a record. CPython hands over the GIL, and runs signal handlers, only after calls
and at backward jumps (`CHECK_EVAL_BREAKER` in Python/ceval.c, 3.10 and later); between reading the end
of the tail and the one C call that fills the record there is neither, so no other thread and no
handler can come between. Lines that rely on it say so.
"""

import os
import struct
import sys
from _thread import RLock, _local, get_ident
from select import POLLOUT, poll
from time import monotonic, monotonic_ns, sleep

from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import wire

BACKLOG_LIMIT = 256
"""Messages (of about 4 kB) that wait in the process while the Pipe is full; more are dropped and counted."""
PATIENCE = 0.5
"""Seconds a process waits in all for a reader that takes nothing; one that takes something earns it back."""

active = False
"""Whether this process reports at all."""
key = 0
"""This process's key in the log."""

_HOLD_POLL = 0.005
_HEAD = wire.HEAD
_SHORT = wire.SHORT_TEXT
_WITH_TEXT = _HEAD + _SHORT
_pack_words = wire.WORDS.pack_into
_pack_words_text = wire.WORDS_TEXT.pack_into
_MIDDLE = wire.MIDDLE_TEXT
_WITH_MIDDLE = _HEAD + _MIDDLE
_pack_words_middle = wire.WORDS_MIDDLE.pack_into
_pack_words_alone = wire.WORDS.pack
_BARE = wire.BARE.size
_LEAST = wire.TURN.size
_pack_bare = wire.BARE.pack_into
_EXCESS, _TEXT_EXCESS, _MIDDLE_EXCESS = _HEAD - _LEAST, _WITH_TEXT - _LEAST, _WITH_MIDDLE - _LEAST
_BARE_EXCESS = _BARE - _LEAST
_EMPTY = bytes(books.REGION_ROOM)
_head_word = wire.head_word

_ledger = None
_map = None
_words = None
_fd = -1
_fd_identity = None
tail = [0, 0, 0, 0]
"""Byte offset behind the last event, bytes of all events in excess of a turn's each, byte offset of the
region's end (0 where nothing is reported), word index of the published end. One list, so that it can be
reset in a forked child. The excess stands for the number of events: the shortest, turns, need not count.

The offset is another object after each event, so a hook that holds on to the one it stored knows by `is`
whether anything was written since."""
_sent_bytes = 0
"""Of the records that have left the region."""
_start = 0
"""Byte offset of the region's first record."""
_room = slice(0)
"""Where the region's records go."""
_head = 0
"""Word index of the region's head."""
_guard = RLock()
_backlog = []
_draining = False
_patience = PATIENCE


class _PerThread(_local):
    """What each thread keeps for itself. There is one such object for ever: hot paths hold on to it."""

    def __init__(self):
        """Also called for the one thread of a forked child, which begins anew."""
        self.number = -1
        """Its number in this process; -1 before it has spoken."""
        self.put_heads = {}
        """(id of the code, instruction) of a call of `put` to the head word of its record."""
        self.taken_heads = {}
        self.send_heads = {}
        self.waiting_heads = {}
        self.plain_heads = {}
        """Kind to the head word of a record without a place."""
        self.placed_heads = {}
        """(kind, id of the code, instruction) to the head word of a record of that place."""
        self.inside_sent_head = 0
        """The same for channels inside something larger."""
        self.inside_taken_head = 0
        self.inside_waiting_head = 0
        self.pool = 0
        """The pool for which processes are being started, or tasks worked on, in this thread."""
        self.method = b""
        """The pool method that is carried out by way of another one."""
        self.made = None
        self.text = b""
        """The text of the item on its way into a channel without a buffer."""


per_thread = _PerThread()
lock_heads = _local()
"""`lock_heads.of` is the head words of this thread's records on locks, which carry no place: acquired and
released. Missing before the thread's first. An object of its own because a plain `_local` takes half the
time of one of a subclass (`local_getattro` in Modules/_threadmodule.c)."""
_threads = 0
_sites = {}


def open_book(path, fd):
    """Reach the ledger at `path` and the report Pipe `fd`; `become` begins to report.

    Raises:
        OSError, ValueError: the ledger cannot be mapped; then nothing is reported.
    """
    global _ledger, _map, _words, _fd, _fd_identity
    _ledger = books.Ledger(path)
    _map = _ledger.map
    _words = _ledger.words
    _fd = _lift(fd)
    _fd_identity = _identity(_fd)


def become(process_key):
    """Report as another process from now on: at the start, and in a forked child.

    A forked child inherits its parent's half-filled numbers; all of them are its parent's.
    """
    global key, active, _guard, _draining, _start, _room, _head, _threads, _patience, _sent_bytes
    key = process_key
    _guard = RLock()
    _draining = False
    _backlog.clear()
    _patience = PATIENCE
    per_thread.__init__()
    lock_heads.__dict__.clear()
    _threads = _sent_bytes = 0
    _sites.clear()
    region = _ledger.region(process_key)
    _head = region // 8
    _start = region + books.REGION_HEAD
    _room = slice(_start, _start + books.REGION_ROOM)
    active = bool(process_key)
    tail[:] = (_start, 0, _start + books.REGION_ROOM if active else 0, _head + books.R_END)
    _words[_head + books.R_END] = _start
    _words[_head + books.R_PID] = os.getpid()


def new_key():
    """A key for a process that is about to be started; 0 when there are none left."""
    return _ledger.new_process() if _ledger is not None else 0


def descriptor():
    """The report Pipe's descriptor, or -1 where it was lost."""
    return _fd if _still_ours() else -1


def ledger():
    """The ledger this process writes into."""
    return _ledger


def stop():
    """Report nothing any more in this process."""
    global active
    active = False
    tail[2] = 0


def emit(head, obj, number, extra, time):
    """Write down one event without a text; `head` comes from `wire.head_word`."""
    at = tail[0]
    stop = at + _HEAD
    if stop > tail[2]:
        _make_room_and(emit, (head, obj, number, extra, time))
        return
    # No other thread and no signal handler from reading tail[0] to the end of the next call.
    tail[0] = stop
    tail[1] += _EXCESS
    _pack_words(_map, at, head, time, obj, number, extra)
    # Whatever lies before tail[0] is whole, also if others wrote in between.
    _words[tail[3]] = tail[0]


def emit_text(head, obj, number, extra, time, text):
    """The same with a text of at most `wire.SHORT_TEXT` bytes."""
    at = tail[0]
    stop = at + _WITH_TEXT
    if stop > tail[2]:
        _make_room_and(emit_text, (head, obj, number, extra, time, text))
        return
    tail[0] = stop
    tail[1] += _TEXT_EXCESS
    _pack_words_text(_map, at, head, time, obj, number, extra, text)
    _words[tail[3]] = tail[0]


def emit_middle(head, obj, number, extra, time, text):
    """The same with a text of at most `wire.MIDDLE_TEXT` bytes."""
    at = tail[0]
    stop = at + _WITH_MIDDLE
    if stop > tail[2]:
        _make_room_and(emit_middle, (head, obj, number, extra, time, text))
        return
    tail[0] = stop
    tail[1] += _MIDDLE_EXCESS
    _pack_words_middle(_map, at, head, time, obj, number, extra, text)
    _words[tail[3]] = tail[0]


def emit_bare(head, obj, time):
    """The shortest record there is, see `wire.BARE`; what `tail[0]` is until something else is written."""
    at = tail[0]
    stop = at + _BARE
    if stop > tail[2]:
        return _make_room_and(emit_bare, (head, obj, time))
    tail[0] = stop
    tail[1] += _BARE_EXCESS
    _pack_bare(_map, at, head, time, obj)
    _words[tail[3]] = tail[0]
    return stop


def heads_of_locks():
    """Make this thread's `lock_heads.of`."""
    thread = thread_number()
    heads = lock_heads.of = tuple(
        _head_word(kind, thread, 0, _BARE) for kind in (wire.LOCK_ACQUIRED, wire.LOCK_RELEASED)
    )
    return heads


def tell(kind, obj, number=0, extra=0, text=b"", time=0):
    """Write down an event of the library's own doing, which has no place in the program's code."""
    if not active:
        return
    heads = per_thread.plain_heads
    head = heads.get(kind)
    if head is None:
        head = heads[kind] = _head_word(kind, thread_number(), 0)
    if text:
        emit_sized(head, obj, number, extra, time or monotonic_ns(), text)
    else:
        emit(head, obj, number, extra, time or monotonic_ns())


def emit_sized(head, obj, number, extra, time, text):
    """Write down an event with a text of any length; `head` is that of one without a text."""
    size = len(text)
    if size <= _SHORT:
        # What `emit_text` does, without the call.
        at = tail[0]
        stop = at + _WITH_TEXT
        if stop > tail[2]:
            _make_room_and(emit_sized, (head, obj, number, extra, time, text))
            return
        tail[0] = stop
        tail[1] += _TEXT_EXCESS
        _pack_words_text(_map, at, head + _SHORT, time, obj, number, extra, text)
        _words[tail[3]] = tail[0]
    elif size <= _MIDDLE:
        emit_middle(head + _MIDDLE, obj, number, extra, time, text)
    else:
        # Whole words: what follows may be turns.
        size += -size % 8
        _emit_raw(_pack_words_alone(head + size, time, obj, number, extra) + text, f"{_HEAD + size}s")


def _emit_raw(record, shape):
    """The same with a record of any length, `shape` being its `struct` format, which may pad it."""
    pack = struct.pack_into
    size = struct.calcsize(shape)
    at = tail[0]
    stop = at + size
    if stop > tail[2]:
        _make_room_and(_emit_raw, (record, shape))
        return
    tail[0] = stop
    tail[1] += size - _LEAST
    pack(shape, _map, at, record)
    _words[tail[3]] = tail[0]


def report(kind, obj=0, number=0, extra=0, text=b"", site=0, time=0):
    """Write down one event of the calling thread, of now or of `time` (ns) a moment ago."""
    if not active:
        return
    head = _head_word(kind, thread_number(), site)
    if text:
        emit_sized(head, obj, number, extra, time or monotonic_ns(), text)
    else:
        emit(head, obj, number, extra, time or monotonic_ns())


def _make_room_and(emit_again, arguments):
    """The tail is full: send it down the Pipe, then write the record into the empty one.

    Returns what that returns, or 0 where nothing is reported.
    """
    if not active:
        return 0
    with _guard:
        # Unless another thread has just made room; the longest record fits into half a region.
        if tail[0] - _start > books.REGION_ROOM // 2:
            if _backlog:
                # Before the tail is taken: draining says that nothing is on its way.
                _drain_backlog()
            frame = _take_tail()
            if len(_backlog) < BACKLOG_LIMIT:
                _backlog.append(frame)
            _drain_backlog()
            if _backlog:
                _wait_for_reader()
    return emit_again(*arguments)


def _take_tail():
    """Copy the tail into a message and begin an empty one. Called with `_guard` held."""
    global _sent_bytes
    words, head, start = _words, _head, _start
    base = words[head + books.R_BASE]
    while True:
        end = tail[0]
        # A finalizer that this allocation runs may report something: then once more.
        data = _map[start:end]
        if tail[0] == end:
            break
    # No other thread and no signal handler from here ...
    # Odd while head and tail do not belong together.
    words[head + books.R_GENERATION] += 1
    words[head + books.R_QUEUED] += 1
    _sent_bytes += end - start
    words[head + books.R_BASE] = (_sent_bytes - tail[1]) // _LEAST
    tail[0] = start
    words[head + books.R_END] = start
    _map[_room] = _EMPTY
    words[head + books.R_GENERATION] += 1
    # ... to here.
    return wire.FRAME.pack(wire.FRAME.size - 4 + len(data), key, 0, base) + data


def _drain_backlog():
    """Send what waits, oldest first, as far as the Pipe takes it. Called with `_guard` held."""
    global _draining, _patience
    if _draining:
        # A signal handler in the middle of sending: the messages must not overtake each other.
        return
    _draining = True
    try:
        while _backlog and _send(_backlog[0]):
            del _backlog[0]
            _patience = PATIENCE
        _words[_head + books.R_QUEUED] = len(_backlog)
    finally:
        _draining = False


def _send(frame):
    """Try once; whether it went. A lost descriptor swallows it: the gap in the numbers tells."""
    if not _still_ours():
        return True
    try:
        os.write(_fd, frame)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _wait_for_reader():
    """The Pipe is full: keep step with a slow reader, but give one that takes nothing at all up for good.

    So messages wait in here, where a SIGKILL would take them along, only when nobody reads.
    """
    global _patience
    if _draining:
        return
    while _backlog and _patience > 0 and _still_ours():
        begun = monotonic()
        waiter = poll()
        waiter.register(_fd, POLLOUT)
        try:
            waiter.poll(_patience * 1000)
        except OSError:
            break
        _patience -= monotonic() - begun
        _drain_backlog()


def finish():
    """At the end of a process: give a slow reader a moment to take what waits here."""
    deadline = monotonic() + PATIENCE
    while _backlog and monotonic() < deadline:
        with _guard:
            _drain_backlog()
        if _backlog:
            sleep(0.005)


def thread_number():
    """The calling thread's number in this process, at most 255; it introduces itself the first time."""
    number = per_thread.number
    return number if number >= 0 else _introduce()


def _introduce():
    global _threads
    number = per_thread.number = min(_threads, 255)
    _threads += 1
    # Not `import threading`: a program that never needs it is not made to load it.
    threading = sys.modules.get("threading")
    thread = threading._active.get(get_ident()) if threading is not None else None
    name = thread.name if thread is not None else "MainThread" if number == 0 else "thread"
    report(wire.THREAD_NAMED, text=clip(name, 80))
    return number


def clip(text, limit):
    """UTF-8 of `text`, at most `limit` bytes, cut between characters."""
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        data = data[:limit].decode("utf-8", "ignore").encode()
    return data


def site_number(code, line):
    """The number under which this process speaks of a place in the program's code."""
    # `sites.is_own` has seen it and keeps it: no other code gets this id.
    place = (id(code), line)
    number = _sites.get(place)
    if number is None:
        number = _sites[place] = len(_sites) + 1
        text = clip(code.co_filename, 1_200) + b"\x1f" + clip(code.co_name, 200)
        report(wire.SITE_NAMED, number, line, 0, text)
    return number


def held_ns():
    """How long the session has held the program so far, in ns."""
    return _words[books.W_HELD] if _words is not None else 0


def wait_while_held():
    """Stand still before the next operation while the session holds the program."""
    while active and _words[books.W_HOLD]:
        sleep(_HOLD_POLL)


def _still_ours():
    """Whether the number still means the report Pipe: the program may have closed all descriptors."""
    return _fd >= 0 and _identity(_fd) == _fd_identity


def _identity(fd):
    try:
        stat = os.fstat(fd)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _lift(fd):
    """Move the descriptor up and out of the way of the program's own, closed on exec."""
    import fcntl

    for lowest in (books.HIGH, 60, 20):
        try:
            high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(fd)
        return high
    os.set_inheritable(fd, False)
    return fd


def complain():
    """For whoever develops the probe: say on standard error what went wrong inside a hook."""
    if os.environ.get("IPCVIZ_DEBUG"):
        sys.excepthook(*sys.exc_info())

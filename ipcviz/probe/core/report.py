"""One call that every hook makes: write down what happened, where the session can read it.

A record is placed in two C calls. `reserve()` is `itertools.count(…).__next__`: it hands out the next slot of
the chunk and counts on before anything else can happen, since it is C that gives the interpreter to nobody
(`count_next` in Modules/itertoolsmodule.c, with the GIL held). So no two records ever get the same slot, be
they of several threads, of a signal handler in the middle of a hook, or of a trace function that runs at
every line: whatever comes between the two calls gets other slots. The second call, `pack_into`, fills the
slot; it asks nobody either, and ends with the seal that tells the reader that the slot is whole.

When the chunk is full, `reserve` goes on to hand out offsets behind its end. Whoever gets one has the next
chunk made and reserves again there; nobody writes behind the end. `_out` holds what belongs together, the
counter and the end of its chunk, in one object, which is read once: a thread that has read it before another
one changed it writes into the old chunk, or finds it full.

In a forked child all of this is new before its first line runs. A hook that forked in the middle (a signal
handler may) goes on in the child with the slot its parent has reserved, and writes the same bytes into it.

A slot that was reserved and never written is left by a thread that a signal handler's exception has taken out
of a hook; the session passes over it after a while and counts a loss. There is no other.

Every record carries a text of at most `slots.INLINE` bytes, or takes further slots, reserved by one call too.
"""

import os
import sys
from _thread import _local, allocate_lock, get_ident
from itertools import count, islice
from time import monotonic_ns, sleep

from ipcviz.log import slots, table
from ipcviz.log.slots import INLINE, SEAL, SIZE, ZERO, clip, head_word
from ipcviz.probe.core import ledger as books

active = False
"""Whether this process reports at all."""
key = 0
"""This process's key in the log."""
lost = 0
"""Records of this process for which there was no room on the disk."""

_HOLD_POLL = 0.005
_pack = slots.SLOT.pack_into
_ledger = None
_map = None
_words = None
_fd = -1
_fd_identity = None
_NOWHERE = (count(0, SIZE).__next__, 0, count(0, SIZE))
_out = _NOWHERE
"""What hands out slots of the present chunk, the end of that chunk in the file, and the counter itself."""
_turn = 0
"""How many chunks this process has had."""
_making = allocate_lock()
"""Held by the thread that has a chunk made."""
_deferred = []
"""What a signal handler reported in the middle of that: it is written right afterwards."""


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
        self.done_heads = {}
        self.read_heads = {}
        self.written_heads = {}
        self.plain_heads = {}
        """Row number to the head word of a record without a place."""
        self.placed_heads = {}
        """(row number, id of the code, instruction) to the head word of a record of that place."""
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
        self.identity = 0
        """A number that no other thread of the program has; 0 before it was asked for."""
        self.word_locks = None
        """The locks on words of the ledger, see `core.wordlock`."""


per_thread = _PerThread()
lock_heads = _local()
"""`lock_heads.of` is the head words of this thread's records on locks, which carry no place: acquired and
released. Missing before the thread's first. An object of its own because a plain `_local` takes half the
time of one of a subclass (`local_getattro` in Modules/_threadmodule.c)."""
_next_thread = count().__next__
_next_place = count(1).__next__
_places = {}


def open_book(path, fd):
    """Reach the ledger at `path` and the report Pipe `fd`; `become` begins to report.

    Raises:
        OSError, ValueError: the ledger cannot be mapped; then nothing is reported.
    """
    global _ledger, _map, _words, _fd, _fd_identity
    _ledger = books.Ledger(path)
    _map = _ledger.map
    _words = _ledger.words
    _fd = lift(fd)
    _fd_identity = identity_of(_fd)


def become(process_key):
    """Report as another process from now on: at the start, and in a forked child."""
    global key, active, lost, _out, _turn, _making, _next_thread, _next_place
    key = process_key
    _making = allocate_lock()
    _deferred.clear()
    per_thread.__init__()
    lock_heads.__dict__.clear()
    _places.clear()
    _out, _turn, lost = _NOWHERE, 0, 0
    _next_thread, _next_place = count().__next__, count(1).__next__
    active = bool(process_key)
    if active:
        _words[_ledger.process(key) + books.P_PID] = os.getpid()


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


# --- writing ------------------------------------------------------------------------------------


def emit(head, a, b, c, time, text=b""):
    """Write down one event: a head word with the length of the text added, three words, time (ns), text.

    No word may be 0: `slots.ZERO` stands for it. The text has at most `slots.INLINE` bytes.
    """
    reserve, end, _ = _out
    at = reserve()
    if at < end:
        _pack(_map, at, head, time, a, b, c, text, SEAL)
    else:
        _write_elsewhere(end, (head, a, b, c, time, text))


def emit_sized(head, a, b, c, time, text):
    """The same with a text of any length; `head` is that of one without a text."""
    size = len(text)
    if size <= INLINE:
        emit(head + size, a, b, c, time, text)
    else:
        _emit_long(head, a, b, c, time, text)


def _emit_long(head, a, b, c, time, text):
    out = _out
    if not _place_long(out, head, a, b, c, time, text):
        _write_elsewhere(out[1], (head, a, b, c, time, text))


def _place_long(out, head, a, b, c, time, text):
    """Write it into that chunk; false where the chunk is full."""
    _, end, counter = out
    whole = slots.slots_for(text)
    # One call of C, like `reserve`: it takes so many numbers in a row, and returns the last.
    last = next(islice(counter, whole - 1, None))
    first = last - (whole - 1) * SIZE
    if last < end:
        head, part, rest = slots.parts_of(head, text)
        for n, more in enumerate(rest, 1):
            at = first + n * SIZE
            _map[at : at + SIZE] = slots.more_slot(more)
        _pack(_map, first, head, time, a, b, c, part, SEAL)
        return True
    for at in range(first, min(end, last), SIZE):
        _pack(_map, at, _NOTHING, time, ZERO, ZERO, ZERO, b"", SEAL)
    return False


_NOTHING = head_word(slots.NOTHING)


def _write_elsewhere(end, record):
    """The chunk that ends there is full: have the next one made, then write the record in it."""
    if not active:
        return
    if books.is_under_way(_INSIDE):
        # A signal handler in the middle of what follows: it must not wait for the lock.
        _deferred.append(record)
        return
    # Whatever a handler raises, it raises before this or when all is done.
    mask = books.block_signals()
    try:
        while True:
            with _making:
                if _out[1] == end:
                    _next_chunk()
            end = _place(record)
            if end:
                # Other threads have filled that one meanwhile.
                continue
            try:
                record = _deferred.pop(0)
            except IndexError:
                # Nothing is left, or another thread was quicker.
                break
    except BaseException:
        # Raised by a handler all the same: another thread has received the signal.
        _count_loss()
        raise
    finally:
        books.unblock_signals(mask)


_INSIDE = (_write_elsewhere.__code__,)


def _place(record):
    """Write it into the present chunk, or count it as lost; the chunk's end where it is full, else 0."""
    out = _out
    if out is _NOWHERE:
        _count_loss()
        return 0
    reserve, end, _ = out
    if len(record[-1]) > INLINE:
        return 0 if _place_long(out, *record) else end
    at = reserve()
    if at < end:
        head, a, b, c, time, text = record
        _pack(_map, at, head, time, a, b, c, text, SEAL)
        return 0
    return end


def _count_loss():
    global lost
    lost += 1
    _words[_ledger.process(key) + books.P_LOST] = lost


def _next_chunk():
    """Publish an empty chunk; where there is no room on the disk, it is tried again with every record."""
    global _out, _turn
    # First: where an exception takes this function away from here, the next chunk gets another number.
    _turn += 1
    at = _ledger.new_chunk(key, _turn)
    if not at:
        _out = _NOWHERE
        return
    counter = count(at, SIZE)
    _out = (counter.__next__, at + books.CHUNK, counter)
    _ring()


def _ring():
    """Tell the session, by way of the report Pipe, that a chunk is full; it comes anyway, but later."""
    if _turn > 1 and _still_ours():
        try:
            os.write(_fd, key.to_bytes(4, "little"))
        except OSError:
            # Nobody listens, or the Pipe is full of rings.
            pass


# --- what hooks call ----------------------------------------------------------------------------


def event(row, /, *, site=0, time=0, **fields):
    """Write down one event of the calling thread by name: `event(table.JOINED, child=7)`.

    Args:
        row: of the table.
        site: number of the place in the program's code; 0 for none.
        time: ns of the monotonic clock; 0 for now.
        fields: those of the row; times in ns.
    """
    if not active:
        return
    a, b, c, flags, text = row.pack(fields)
    head = head_word(row.number, thread_number(), site, flags)
    emit_sized(head, a, b, c, time or monotonic_ns(), text)


def heads_of_locks():
    """Make this thread's `lock_heads.of`."""
    thread = thread_number()
    heads = lock_heads.of = (
        head_word(table.LOCK_ACQUIRED.number, thread),
        head_word(table.LOCK_RELEASED.number, thread),
    )
    return heads


def plain_head(number):
    """The head word of a record of this row and thread, without a place."""
    heads = per_thread.plain_heads
    head = heads.get(number)
    if head is None:
        head = heads[number] = head_word(number, thread_number())
    return head


def finish():
    """At the end of a process: write what a signal handler has left."""
    while _deferred:
        try:
            record = _deferred.pop(0)
        except IndexError:
            return
        end = _place(record)
        if end:
            _write_elsewhere(end, record)


def thread_number():
    """The calling thread's number in this process; it introduces itself the first time."""
    number = per_thread.number
    return number if number >= 0 else _introduce()


def _introduce():
    number = per_thread.number = min(_next_thread(), slots.THREADS - 1)
    # Not `import threading`: a program that never needs it is not made to load it.
    threading = sys.modules.get("threading")
    thread = threading._active.get(get_ident()) if threading is not None else None
    name = thread.name if thread is not None else "MainThread" if number == 0 else "thread"
    event(table.THREAD_NAMED, name=clip(name, 80) if isinstance(name, str) else b"thread")
    return number


def site_number(code, line):
    """The number under which this process speaks of a place in the program's code; 0 when there are none."""
    # `places.is_own` has seen it and keeps it: no other code gets this id.
    place = (id(code), line)
    number = _places.get(place)
    if number is None:
        number = _places[place] = _next_place()
        if number >= slots.PLACES:
            _places[place] = 0
            return 0
        event(
            table.SITE_NAMED, number=number, line=line,
            file=clip(code.co_filename, 1_200), function=clip(code.co_name, 200),
        )  # fmt: skip
    return number


def thread_identity():
    """A number above 2^23 that no other thread of any process has."""
    identity = per_thread.identity = key << 23 | thread_number() + 1
    return identity


def held_ns():
    """How long the session has held the program so far, in ns."""
    return _words[books.W_HELD] if _words is not None else 0


def wait_while_held():
    """Stand still before the next operation while the session holds the program."""
    while active and _words[books.W_HOLD]:
        sleep(_HOLD_POLL)


def _still_ours():
    """Whether the number still means the report Pipe: the program may have closed all descriptors."""
    return _fd >= 0 and identity_of(_fd) == _fd_identity


def identity_of(fd):
    """Which file a descriptor means; None where it is closed."""
    try:
        stat = os.fstat(fd)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def lift(fd):
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


def nanoseconds(timeout):
    """A timeout in seconds as it is written down; one that is no plain number is taken for none."""
    if type(timeout) is int or type(timeout) is float:
        try:
            return min(int(max(timeout, 0) * 1e9), slots.LARGEST)
        except (OverflowError, ValueError):
            pass
    return slots.NONE


def complain():
    """For whoever develops the probe: say on standard error what went wrong inside a hook."""
    if os.environ.get("IPCVIZ_DEBUG"):
        sys.excepthook(*sys.exc_info())

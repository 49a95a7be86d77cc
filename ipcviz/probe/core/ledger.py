"""The ledger: one shared file in which processes number messages, and write down what they report.

    header      magic, hold flag, ns held so far, next process key, what could not be kept, …
    processes   a row per process key: pid, …
    chunks      a row per chunk: whose it is, and which of that process's it is
    index       open-addressing table: identity of a channel or lock to its row
    rows        a row per channel or lock, in order of appearance: messages and bytes sent, received
    records     chunks of slots (`ipcviz.log.slots`)

Everything a process reports is written here at once, so that nothing waits in private memory: the session
takes it out while the process computes for a minute, and after it was killed. A chunk belongs to one process
at a time. It is full of zero bytes when it is handed out; each slot is written once; the session alone takes
the records out, makes it zero again and hands it back, so that a program that is read quickly needs a few
chunks only, however long it runs. A session that does not read costs room on the disk and nothing else.

Memory model. Who writes what, and why no lock is needed for it:
    * a slot: the one thread that reserved it (`report.emit`);
    * the counters of a channel: whoever holds that channel's own lock, which is what makes the nth message
      sent and the nth message taken the same message;
    * a process's row: that process;
    * the owner of a chunk: the session sets it to 0; a process sets it from 0, with the file's lock held.
Process keys, chunks and rows are handed out under the file's lock (`flock`), which the kernel takes from a
process that dies. Room on the disk is set aside before anything is handed out (`posix_fallocate`), so that
writing into the mapping cannot fail.
"""

import mmap
import os
import sys
from _signal import SIG_BLOCK, SIG_SETMASK, pthread_sigmask, valid_signals  # type: ignore[import-not-found]

MAGIC = 0x6970637669_7A0003
PAGE = 4_096
HIGH = 200
"""Descriptors of the probe live at or above this number, out of the way of the program's own."""

W_MAGIC, W_HOLD, W_HELD, W_NEXT, W_UNWATCHED, W_ROWS, W_UNCOUNTED, W_CHUNKS, W_CURSOR, W_REFUSED = range(10)
"""Words of the header: …, next process key, processes that got none, channels and locks seen, those that got
no row, chunks that have ever been handed out, where to look for a free one, why the program's interpreter
cannot be watched (`R_…`; 0 where it can)."""
R_FREE_THREADED, R_TOO_OLD, R_OTHER = 1, 2, 3
"""It is a free-threaded build; older than 3.10; no CPython. Written by `probe/start`."""

PROCESSES = 1 << 20
PROCESSES_AT = PAGE
PROCESS_WORDS = 8
P_PID, P_LOST = range(2)
"""Words of a process's row: its pid, and the records for which there was no room on the disk."""

CHUNK = 1 << 16
"""Bytes of a chunk: 1,024 slots."""
CHUNKS_AT = PROCESSES_AT + PROCESSES * PROCESS_WORDS * 8
CHUNK_WORDS = 2
H_OWNER, H_TURN = range(2)
"""Words of a chunk's row: process key, 0 while it is free; the how-manieth chunk of that process, from 1."""

CHANNELS = 1 << 21
"""Channels and locks that can be told apart in one run."""
CHANNEL_WORDS = 16
C_ID, C_SENT, C_BYTES_SENT, C_ALIAS, C_KIND, C_SENDER, C_SENDING = range(7)
C_RECEIVED, C_BYTES_RECEIVED, C_RECEIVER, C_RECEIVING = range(8, 12)
"""Words of a channel's row. Writers own the two of sending, readers the two of receiving, each in a cache
line of its own. A watched semaphore has a row too: under its id, with the id of the object it stands for
as alias. An end of a Pipe has the other end's inode there, and a kind; also which thread has sent on it, as
long as it was one only, and which is at it, and the same for receiving (`hooks.port`)."""
K_PIPE, K_INSIDE, K_QUEUE = 1, 2, 3
"""What `C_KIND` says: an end of a Pipe that the program made; a queue inside something larger, or not."""

_SLOTS_OF_INDEX = CHANNELS * 2
_LARGEST = (1 << 20, 1 << 18, 1 << 14, 1 << 12)
"""How many chunks there may be at once, 64 GiB and less: the first that this system lets us map."""


_open, _close, _dup, _fallocate = os.open, os.close, os.dup, os.posix_fallocate
"""As they are before the program can put something of its own in their place."""


class Layout:
    """Where things are in a ledger with so many chunks."""

    def __init__(self, chunks: int) -> None:
        self.chunks = chunks
        self.index_at = CHUNKS_AT + chunks * CHUNK_WORDS * 8
        self.rows_at = self.index_at + _SLOTS_OF_INDEX * 8
        self.records_at = self.rows_at + (CHANNELS + 1) * CHANNEL_WORDS * 8
        self.size = self.records_at + chunks * CHUNK


class Ledger:
    """One mapping of the shared file."""

    def __init__(self, path: str) -> None:
        self.path = path
        fd = _open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            size = os.fstat(fd).st_size
            self.map = _map_high(fd, size)
        finally:
            _close(fd)
        self.words = memoryview(self.map).cast("Q")
        self.flags = memoryview(self.map).cast("?")
        """A read in half the time of a word's."""
        if self.words[W_MAGIC] != MAGIC:
            raise ValueError("not an ipcviz ledger")
        per_chunk = CHUNK_WORDS * 8 + CHUNK
        self.layout = Layout((size - Layout(0).size) // per_chunk)

    def new_process(self):
        """Take the next process key; 0 when there is none left, which is counted."""
        with self._exclusive() as fd:
            if fd is None:
                return 0
            key = self.words[W_NEXT]
            if key >= PROCESSES or not _set_aside(fd, PROCESSES_AT + key * PROCESS_WORDS * 8):
                self.words[W_UNWATCHED] += 1
                return 0
            self.words[W_NEXT] = key + 1
            return key

    def process(self, key):
        """The word index of a process's row."""
        return PROCESSES_AT // 8 + key * PROCESS_WORDS

    def new_chunk(self, key, turn):
        """The byte offset of an empty chunk for a process; 0 when the disk is full."""
        words, layout = self.words, self.layout
        with self._exclusive() as fd:
            if fd is None:
                return 0
            number = self._free_chunk()
            if number == words[W_CHUNKS]:
                at = layout.records_at + number * CHUNK
                if number >= layout.chunks or not (
                    _set_aside(fd, CHUNKS_AT + number * CHUNK_WORDS * 8) and _set_aside(fd, at, CHUNK)
                ):
                    return 0
                words[W_CHUNKS] = number + 1
            row = CHUNKS_AT // 8 + number * CHUNK_WORDS
            words[row + H_TURN] = turn
            words[row + H_OWNER] = key
        return layout.records_at + number * CHUNK

    def _free_chunk(self):
        """The number of a chunk that nobody has; a new one where none is found quickly."""
        words = self.words
        used, at = words[W_CHUNKS], words[W_CURSOR]
        for _ in range(min(used, 64)):
            at = at + 1 if at + 1 < used else 0
            if not words[CHUNKS_AT // 8 + at * CHUNK_WORDS + H_OWNER]:
                words[W_CURSOR] = at
                return at
        words[W_CURSOR] = at
        return used

    def channel(self, identity):
        """The word index of a channel's or lock's row, made where there is none; 0 when there is no room."""
        found = self.find(identity)
        if found is None:
            with self._exclusive() as fd:
                if fd is None:
                    return 0
                found = self.find(identity)
                if found is None:
                    found = self._insert(fd, identity)
        return found

    def find(self, identity):
        """The word index of a row, None where there is none."""
        words, layout = self.words, self.layout
        index, rows = layout.index_at // 8, layout.rows_at // 8
        at = identity % _SLOTS_OF_INDEX
        while True:
            number = words[index + at]
            if number == 0:
                return None
            row = rows + number * CHANNEL_WORDS
            if words[row] == identity:
                return row
            at = at + 1 if at + 1 < _SLOTS_OF_INDEX else 0

    def _insert(self, fd, identity):
        words, layout = self.words, self.layout
        number = words[W_ROWS] + 1
        row = layout.rows_at + number * CHANNEL_WORDS * 8
        at = identity % _SLOTS_OF_INDEX
        while words[layout.index_at // 8 + at]:
            at = at + 1 if at + 1 < _SLOTS_OF_INDEX else 0
        if number > CHANNELS or not (_set_aside(fd, layout.index_at + at * 8) and _set_aside(fd, row)):
            words[W_UNCOUNTED] += 1
            return 0
        words[W_ROWS] = number
        words[row // 8] = identity
        # Last: whoever finds the number finds the row.
        words[layout.index_at // 8 + at] = number
        return row // 8

    def _exclusive(self):
        return _Exclusive(self.path)


def create(path: str) -> None:
    """Make the file; it is sparse, only what is used takes room.

    Raises:
        OSError: it cannot be made, or mapped, here.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        for chunks in _LARGEST:
            try:
                os.ftruncate(fd, Layout(chunks).size)
                mmap.mmap(fd, Layout(chunks).size).close()
                break
            except (OSError, ValueError, OverflowError):
                if chunks == _LARGEST[-1]:
                    raise
        os.posix_fallocate(fd, 0, PAGE)
        os.pwrite(fd, MAGIC.to_bytes(8, "little"), W_MAGIC * 8)
        os.pwrite(fd, (1).to_bytes(8, "little"), W_NEXT * 8)
    except BaseException:
        os.unlink(path)
        raise
    finally:
        os.close(fd)


def _set_aside(fd, at, size=PAGE):
    """See that there is room on the disk for the bytes from `at` on, in whole pages."""
    try:
        _fallocate(fd, at - at % PAGE, size)
    except OSError as error:
        # Not at the top: a program may not have loaded it.

        # A file system that does not know how to do it is trusted to have room.
        return error.errno in _UNKNOWN_HOW
    return True


_UNKNOWN_HOW = (22, 95)
"""EINVAL and EOPNOTSUPP; the module `errno` would be one that the program sees and has not asked for."""


def _map_high(fd, size):
    """Map the file so that the duplicate descriptor which `mmap` keeps gets a high number.

    A program that prints `fileno()` must print the same number watched or not; `mmap` duplicates to the
    lowest free number (Modules/mmapmodule.c), so the low ones are taken for the moment.
    """
    fillers = []
    try:
        while True:
            filler = _dup(fd)
            fillers.append(filler)
            if filler >= HIGH:
                break
    except OSError:
        # Few descriptors are allowed here: give one back and take what there is.
        if fillers:
            _close(fillers.pop())
    try:
        return mmap.mmap(fd, size)
    finally:
        for filler in fillers:
            _close(filler)


class _Exclusive:
    """Only one process at a time; released by the kernel when its holder dies.

    A fresh open file description each time: `flock` then excludes threads of one process too. It gives a
    descriptor of the file, or None where this thread holds the lock already, in a frame that a signal
    handler has interrupted, or where the file cannot be opened.
    """

    def __init__(self, path):
        self._path = path
        self._fd = None
        self._mask = None

    def __enter__(self):
        import fcntl

        # From 2 on: this and its caller.
        if is_under_way(_EXCLUSIVE, 3):
            return None
        self._mask = block_signals()
        try:
            self._fd = _open(self._path, os.O_RDWR | os.O_CLOEXEC)
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except OSError:
            self.__exit__()
            return None
        return self._fd

    def __exit__(self, *_):
        self.__del__()
        mask, self._mask = self._mask, None
        if mask is not None:
            unblock_signals(mask)

    def __del__(self):
        """Also where an exception has come between `__enter__` and the block."""
        import fcntl

        fd, self._fd = self._fd, None
        if fd is not None:
            # Unlock by name: a child forked by another thread just now has a copy of the descriptor.
            fcntl.flock(fd, fcntl.LOCK_UN)
            _close(fd)


_EXCLUSIVE = (Ledger.new_process.__code__, Ledger.new_chunk.__code__, Ledger.channel.__code__)


def is_under_way(codes, depth=2):
    """Whether one of these functions is among the calls that have led here, from so many calls above on.

    Asked of the stack and not of a flag: an exception may take any function away, but leaves no frame.
    """
    try:
        frame = sys._getframe(depth)
    except ValueError:
        return False
    while frame is not None:
        if frame.f_code in codes:
            return True
        frame = frame.f_back
    return False


_DEFERRABLE = valid_signals() - {4, 5, 6, 7, 8, 9, 11, 19, 31}
"""All signals but those that a fault raises, and those that cannot be blocked."""


def block_signals():
    """Keep this thread from running signal handlers for a moment; gives what `unblock_signals` needs.

    What is pending already is handled here, and may raise here.
    """
    return pthread_sigmask(SIG_BLOCK, _DEFERRABLE)


def unblock_signals(mask):
    """As it was before; handlers that have been kept waiting run now, and may raise."""
    pthread_sigmask(SIG_SETMASK, mask)

"""The ledger: a small shared file in which processes number messages and keep what they have not sent yet.

Everything a process reports is first written here, so that nothing waits in private memory: the
session reads a process's unsent tail while it computes for a minute, and after it was killed. The
counters of a channel are only touched under the channel's own locks, which makes the nth message
sent and the nth message taken the same message without adding a byte to it.

Layout in 8-byte words, then regions of one page each:
    header     magic, hold flag, ns held so far, next process key, processes that got no key
    channels   open-addressing table: inode; messages sent, received; bytes sent, received
    regions    one per process key: events sent before this tail, end of the tail, generation, pid, …
"""

import mmap
import os

from ipcviz.probe.core import wire

MAGIC = 0x6970637669_7A0001
PAGE = 4_096
HEADER_WORDS = PAGE // 8
W_MAGIC, W_HOLD, W_HELD, W_NEXT, W_UNWATCHED = range(5)

CHANNEL_SLOTS = 1 << 16
CHANNEL_WORDS = 16
C_INODE, C_SENT, C_BYTES_SENT, C_ALIAS, C_KIND = range(5)
C_RECEIVED, C_BYTES_RECEIVED = 8, 9
"""Words of a channel's row. Writers own the two of sending, readers the two of receiving, each in a cache
line of its own. A watched semaphore has a row too: under its id, with the id of the object it stands for
as alias. An end of a Pipe has the other end's inode there, and a kind."""
K_PIPE, K_INSIDE, K_QUEUE = 1, 2, 3
"""What `C_KIND` says: an end of a Pipe that the program made; a queue inside something larger, or not."""
CHANNELS_AT = HEADER_WORDS

REGIONS = 1 << 14
REGIONS_AT = PAGE + CHANNEL_SLOTS * CHANNEL_WORDS * 8
R_BASE, R_END, R_GENERATION, R_PID, R_QUEUED = range(5)
"""Words of a region's head: number of events before the tail, where the tail ends in the file (a byte
offset), how often the tail was emptied, pid, events that wait in the process because the Pipe was full.
Behind the tail's end all is zero, but for the turns (`wire.TURN`) of a lock, if its record is the tail's
last."""
REGION_HEAD = 64
REGION_ROOM = min(PAGE - REGION_HEAD, wire.FRAME_LIMIT - wire.FRAME.size)
SIZE = REGIONS_AT + REGIONS * PAGE

HIGH = 200
"""Descriptors of the probe live at or above this number, out of the way of the program's own."""


class Ledger:
    """One mapping of the shared file."""

    def __init__(self, path):
        self.path = path
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self.map = _map_high(fd)
        finally:
            os.close(fd)
        self.words = memoryview(self.map).cast("Q")
        self.doubles, self.flags = (memoryview(self.map).cast(shape) for shape in "d?")
        if self.words[W_MAGIC] != MAGIC:
            raise ValueError("not an ipcviz ledger")

    def new_process(self):
        """Take the next process key; 0 when there is no region left, which is counted."""
        with _Exclusive(self.path):
            key = self.words[W_NEXT]
            if key >= REGIONS:
                self.words[W_UNWATCHED] += 1
                return 0
            self.words[W_NEXT] = key + 1
            return key

    def channel(self, inode):
        """The word index of this channel's counters; 0 when the table is full."""
        found = self.find(inode)
        if found is None:
            with _Exclusive(self.path):
                found = self.find(inode)
                if found is None:
                    found = self._insert(inode)
        return found

    def find(self, inode):
        """The word index of a row, None where there is none yet, 0 when the table is full without it."""
        words = self.words
        at = inode % CHANNEL_SLOTS
        for _ in range(CHANNEL_SLOTS):
            index = CHANNELS_AT + at * CHANNEL_WORDS
            there = words[index]
            if there == inode:
                return index
            if there == 0:
                return None
            at = (at + 1) % CHANNEL_SLOTS
        return 0

    def _insert(self, inode):
        words = self.words
        at = inode % CHANNEL_SLOTS
        for _ in range(CHANNEL_SLOTS):
            index = CHANNELS_AT + at * CHANNEL_WORDS
            if words[index] == 0:
                words[index] = inode
                return index
            at = (at + 1) % CHANNEL_SLOTS
        return 0

    def region(self, key):
        """The byte offset of a process's region."""
        return REGIONS_AT + key * PAGE


def create(path):
    """Make the file; it is sparse, only what is used takes memory."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        os.ftruncate(fd, SIZE)
        os.pwrite(fd, MAGIC.to_bytes(8, "little"), W_MAGIC * 8)
        os.pwrite(fd, (1).to_bytes(8, "little"), W_NEXT * 8)
    finally:
        os.close(fd)


def _map_high(fd):
    """Map the file so that the duplicate descriptor which `mmap` keeps gets a high number.

    A program that prints `fileno()` must print the same number watched or not; `mmap` duplicates to the
    lowest free number (Modules/mmapmodule.c), so the low ones are taken for the moment.
    """
    fillers = []
    try:
        while True:
            filler = os.dup(fd)
            fillers.append(filler)
            if filler >= HIGH:
                break
    except OSError:
        # Few descriptors are allowed here: give one back and take what there is.
        if fillers:
            os.close(fillers.pop())
    try:
        return mmap.mmap(fd, SIZE)
    finally:
        for filler in fillers:
            os.close(filler)


class _Exclusive:
    """Only one process at a time; released by the kernel when its holder dies.

    A fresh open file description each time: `flock` then excludes threads of one process too.
    """

    def __init__(self, path):
        self._path = path

    def __enter__(self):
        import fcntl

        self._fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        fcntl.flock(self._fd, fcntl.LOCK_EX)

    def __exit__(self, *_):
        import fcntl

        # Unlock by name: a child forked by another thread just now has a copy of the descriptor.
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        os.close(self._fd)

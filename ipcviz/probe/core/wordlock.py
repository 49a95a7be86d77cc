"""A lock on one word of the ledger, for what must happen to a channel by one thread at a time.

It is advisory and belongs to an open file description (`F_OFD_SETLK`), of which each thread has one of its
own: so it excludes threads of one process as well, and the kernel takes it from whoever dies. It is tried
for and never waited for: how to wait is for the caller, who knows what the program would wait for.
"""

import fcntl
import os
from struct import Struct

from ipcviz.probe.core import report

_FLOCK = Struct("hhqqi4x")
"""`struct flock`: type, whence, start, length, pid (0 for this kind)."""
_SETLK = getattr(fcntl, "F_OFD_SETLK", None)
_LOCK, _UNLOCK = fcntl.F_WRLCK, fcntl.F_UNLCK


class WordLocks:
    """The words that one thread has locked. Made by `of_thread`; ends with the thread, or at a fork."""

    def __init__(self):
        self._fd = -1
        self._identity = None
        self._held = {}
        """A word's index to how often this thread has taken it: a signal handler takes it once more."""

    def take(self, word):
        """Whether this thread has the word now; False where another one has it.

        Raises:
            OSError: there are no such locks here.
        """
        if word in self._held:
            self._held[word] += 1
            return True
        # Before it is there: a signal handler that comes right afterwards must find it.
        self._held[word] = 1
        try:
            if self._set(_LOCK, word):
                return True
        except BaseException:
            self.give_back(word)
            raise
        del self._held[word]
        return False

    def give_back(self, word):
        """Let go of a word, once."""
        times = self._held.get(word, 0)
        if times > 1:
            self._held[word] = times - 1
            return
        try:
            self._set(_UNLOCK, word)
        except OSError:
            # The program has closed the descriptor, and the lock with it.
            pass
        self._held.pop(word, None)

    def _set(self, kind, word):
        if _SETLK is None:
            raise OSError("no locks of open file descriptions")
        if self._fd < 0 or report.identity_of(self._fd) != self._identity:
            self._fd = -1
            self._open()
        try:
            fcntl.fcntl(self._fd, _SETLK, _FLOCK.pack(kind, os.SEEK_SET, word * 8, 8, 0))
        except (BlockingIOError, PermissionError):
            return False
        return True

    def _open(self):
        self._fd = report.lift(os.open(report.ledger().path, os.O_RDWR | os.O_CLOEXEC))
        self._identity = report.identity_of(self._fd)

    def __del__(self, fstat=os.fstat, close=os.close):
        # Also in a forked child, at once: as long as it had a copy, its parent's locks outlived the parent.
        # At the end of the interpreter nothing but what is bound here is left.
        if self._fd >= 0:
            try:
                stat = fstat(self._fd)
                if (stat.st_dev, stat.st_ino) == self._identity:
                    close(self._fd)
            except OSError:
                pass


def of_thread():
    """The locks of the calling thread."""
    locks = report.per_thread.word_locks
    if locks is None:
        locks = report.per_thread.word_locks = WordLocks()
    return locks

"""Notice that a running program is stuck: when it has been quiet, fold, judge, and ask the kernel twice."""

from __future__ import annotations

import time

from ipcviz.log import codec, table
from ipcviz.log.log import Log
from ipcviz.run.kernel import alone_in_a_lock, blocked
from ipcviz.world import World
from ipcviz.world.verdict import Verdict, is_passive, verdict

QUIET = 0.4
"""Seconds without an event before anything is judged."""
AGAIN = 0.3
"""Seconds between the two looks that have to agree."""
_FORKED = ("fork", "os.fork")
_PIECE = 5_000
_AT_A_TIME = 0.07
"""Seconds for which events are folded at a time, so that the draining does not wait for it."""
_OURS = frozenset((table.STUCK_SEEN.number, table.THREAD_LOCK_SEEN.number))
"""What the session says of a standstill is no progress."""


class Watch:
    """Follows a log with a fold of its own; `look` is called about ten times a second."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._world = World()
        self._cursor = 0
        self._length = 0
        self._quiet_since = 0.0
        self._suspected_at = 0.0
        self._said_at = -1
        self._seen_alone: tuple[int, ...] = ()

    def look(self, now: float | None = None) -> tuple[Verdict, bool] | None:
        """A new verdict, and whether the kernel confirms it; None while there is none, or none new."""
        now = time.monotonic() if now is None else now
        length = len(self._log)
        if length != self._length:
            if not self._only_heard(self._length, length):
                self._length, self._quiet_since, self._suspected_at = length, now, 0.0
                return None
            if self._said_at == self._length:
                self._said_at = length
            self._length = length
        if now - self._quiet_since < QUIET or self._said_at == length:
            return None
        if self._cursor < length:
            until = time.monotonic() + _AT_A_TIME
            while self._cursor < length and time.monotonic() < until:
                stop = min(length, self._cursor + _PIECE)
                self._world.apply_all(self._log.read(self._cursor, stop))
                self._cursor = stop
            if self._cursor < length:
                return None
        found = verdict(self._world)
        if found is None:
            self._suspected_at = 0.0
            return None
        certain = self._ask_kernel()
        if certain is False:
            self._suspected_at = 0.0
            return None
        if not self._suspected_at:
            self._suspected_at = now
            return None
        if now - self._suspected_at < AGAIN:
            return None
        self._said_at = length
        return found, certain is True

    def _only_heard(self, start: int, stop: int) -> bool:
        """Whether nothing but the session's own word about it has come."""
        if stop - start > len(_OURS) * 100:
            return False
        return all(codec.row_number(record) in _OURS for _, record in self._log.raw(start, stop))

    def alone_in_locks(self) -> list[int]:
        """Keys of forked processes that wait for a lock of a thread they do not have; each is told once.

        For after `look` has found nothing; such a wait is known only when two looks agree.
        """
        world = self._world
        if self._said_at == self._length or self._cursor < self._length:
            return []
        now = tuple(
            process.key
            for process in world.processes.values()
            if process.start_method in _FORKED and process.began and not process.state.over
            if 0 not in process.waits and alone_in_a_lock(process.pid)
        )
        before, self._seen_alone = self._seen_alone, now
        return [key for key in now if key in before]

    def _ask_kernel(self) -> bool | None:
        world = self._world
        pids = [
            process.pid
            for process in world.processes.values()
            if not process.state.over and not is_passive(world, process)
        ]
        return blocked(pids, set(world.channels) | set(world.ends))

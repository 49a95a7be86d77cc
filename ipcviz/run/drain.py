"""Bring what the processes reported into one order: from the Pipe and from the ledger's tails."""

from __future__ import annotations

import fcntl
import mmap
import os
import sys
import termios
import time
from collections.abc import Callable, Iterator

from ipcviz.log.order import Intake, pick
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import wire

SLACK_NS = 10_000_000
"""A hook stamps an event and writes it a moment later: so long an event is waited for."""
PATIENCE_NS = 1_000_000_000
"""So long the others are kept back for a process whose messages wait inside it for room in the Pipe."""

_BUSY = 1 << 16
_NEARLY_FULL = 3 << 18
"""Bytes in the Pipe, which holds 1 MiB: a recording only then looks again at once."""
TICK = 0.025
"""Seconds between two looks at a quiet program; what happened is in the log within two ticks."""
_FILLING = 3 << 17
"""Bytes that a recording of a busy program lets come together between two looks."""
_SHORT_TICK, _LONG_TICK = 0.004, 0.25
"""Between these is the time that takes. Each look costs a program with a message under way on every core
more than the looking: the scheduler moves its processes about."""
_QUIET_TICKS = 3
"""So many ticks without anything to read make a quiet program."""
_RAW_LIMIT = 1 << 26
"""Bytes of messages that are kept for a quiet moment."""


class Collector:
    """Reads the report Pipe and the ledger; gives out records in the order of their time stamps.

    Every event that was written before a tick began is taken in by that tick: the tails are copied
    first, then what the Pipe holds is read, so what a process moved from its tail into the Pipe in
    between is found there. That is what makes sorting by time stamps exact up to `SLACK_NS`; an event
    that comes later than that is given the time of the newest one given out.

    With a `sink` it gets out of the way of a busy program: whole messages go there as they are, and are
    taken in when the program is quiet.
    """

    def __init__(self, fd: int, path: str, sink: Callable[[bytes], None] | None = None) -> None:
        self._fd = fd
        self._sink = sink
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(file, books.SIZE)
        finally:
            os.close(file)
        self.words = memoryview(self._map).cast("Q")
        self._pending = bytearray()
        self._intake = Intake()
        self._raw: list[bytes] = []
        """Whole messages that were read and not taken in yet; only with a `sink`."""
        self._raw_size = 0
        self._quiet = 0
        """Ticks since the Pipe had anything."""
        self._told: dict[int, tuple[int, int]] = {}
        """Process key to the number and length of the tail that the `sink` was given last."""
        self._retired: set[int] = set()
        self.pids: dict[int, int] = {}
        """Process key to pid, for those that may still live."""
        self.eof = False
        """No process of the program holds the report Pipe any more."""
        self._looked_at = 0.0
        self.pause = TICK
        """Seconds until the next look, after what there was to read the last time."""

    @property
    def lost(self) -> int:
        """Events that never came."""
        return self._intake.lost

    def tick(self) -> list[tuple[int, bytes]]:
        """Take in everything there is; give out, in order, what nothing can come before any more."""
        begun = time.monotonic_ns()
        if self._sink is not None and self._is_busy():
            return []
        tails = list(self._copy_tails())
        self._read_pipe()
        self._take_raw()
        before = begun - SLACK_NS
        for key, base, queued, data in tails:
            if queued and base > self._intake.seen.get(key, 0):
                # Messages wait inside the process for room in the Pipe: they will come.
                before = min(before, max(self._intake.last.get(key, 0), begun - PATIENCE_NS))
            else:
                self._take_tail(key, base, data)
        return self._intake.release(before)

    def _is_busy(self) -> bool:
        """Whether there was something to read, and room to keep it for later."""
        if not self._read_pipe():
            self._quiet += 1
            return self._quiet < _QUIET_TICKS
        self._quiet = 0
        for key in range(1, int(self.words[books.W_NEXT])):
            pid = self.words[(books.REGIONS_AT + key * books.PAGE) // 8 + books.R_PID]
            # A key is taken before its process exists.
            if pid and key not in self._retired:
                self.pids[key] = pid
        return self._raw_size < _RAW_LIMIT

    def _take_raw(self) -> None:
        for data in self._raw:
            self._intake.take_frames(data)
        self._raw.clear()
        self._raw_size = 0

    def _take_tail(self, key: int, base: int, data: bytes) -> None:
        self._intake.take(key, base, data)
        if self._sink is not None and data and self._told.get(key) != (base, len(data)):
            self._told[key] = (base, len(data))
            self._sink(wire.FRAME.pack(wire.FRAME.size - 4 + len(data), key, 0, base) + data)

    def finish(self, noted: frozenset[int] = frozenset()) -> list[tuple[int, bytes]]:
        """The program is over: give out the rest, and count what never came.

        With a `sink`, which has everything, only records of the kinds that are `noted` are given out.
        """
        while self._read_pipe():
            pass
        keys = [key for key in range(1, int(self.words[books.W_NEXT])) if key not in self._retired]
        if self._sink is not None and not any(self._copy_tail(key)[3] for key in keys):
            return self._finish_quickly(keys, noted)
        self._take_raw()
        for key in keys:
            self.retire(key)
        return self._intake.release()

    def _finish_quickly(self, keys: list[int], noted: frozenset[int]) -> list[tuple[int, bytes]]:
        assert self._sink is not None
        for key in keys:
            base, _, data, _ = self._copy_tail(key)
            if data:
                message = wire.FRAME.pack(wire.FRAME.size - 4 + len(data), key, 0, base) + data
                self._sink(message)
                self._raw.append(message)
        # What a quiet moment took in and did not give out yet comes first.
        waiting = [pair for pair in self._intake.release() if pair[1][2] in noted]
        return waiting + [pair for messages in self._raw for pair in pick(messages, noted)]

    def add(self, process: int, record: bytes) -> None:
        """Put a record of the session's own among the others."""
        self._intake.add(process, record)

    def retire(self, key: int) -> None:
        """This process is gone and what it sent has been read: take the rest, count what is missing."""
        self._take_raw()
        base, _, data, torn = self._copy_tail(key)
        if torn and data:
            # Killed while it emptied its tail: the records are there, their number may be the next one's.
            base = min(base, self._intake.seen.get(key, 0))
        self._take_tail(key, base, data)
        self._retired.add(key)
        self.pids.pop(key, None)

    def holds(self, key: int, kind: int) -> bool:
        """Whether such a record of this process has been taken in and not given out."""
        return self._intake.holds(key, kind)

    def close(self) -> None:
        """Let go of the ledger."""
        self.words.release()
        self._map.close()

    def _copy_tails(self) -> Iterator[tuple[int, int, int, bytes]]:
        """Process key, number of its first event, messages that wait inside it, and the tail."""
        for key in range(1, int(self.words[books.W_NEXT])):
            if key in self._retired:
                continue
            pid = self.words[(books.REGIONS_AT + key * books.PAGE) // 8 + books.R_PID]
            if not pid:
                continue
            self.pids[key] = pid
            base, queued, data, torn = self._copy_tail(key)
            if not torn:
                yield key, base, queued, data

    def _copy_tail(self, key: int) -> tuple[int, int, bytes, bool]:
        words = self.words
        at = books.REGIONS_AT + key * books.PAGE
        head = at // 8
        for _ in range(3):
            generation = words[head + books.R_GENERATION]
            base, end = words[head + books.R_BASE], words[head + books.R_END]
            queued = words[head + books.R_QUEUED]
            data = self._map[at + books.REGION_HEAD : end] + self._turns_behind(end, at + books.PAGE)
            torn = generation % 2 == 1 or generation != words[head + books.R_GENERATION]
            if not torn:
                break
        return base, queued, data, torn

    def _turns_behind(self, end: int, limit: int) -> bytes:
        """What a lock's hooks wrote behind the published end: word by word, as they store it."""
        words, at = self.words, end // 8
        if end % 8:
            return b""
        while at < limit // 8 and words[at] >= wire.TURN_LEAST:
            at += 1
        return self._map[end : at * 8]

    def _read_pipe(self) -> bool:
        """Read what the Pipe holds now, not what is added meanwhile; whether there was anything."""
        filled = fcntl.ioctl(self._fd, termios.FIONREAD, b"\0\0\0\0")
        left = size = int.from_bytes(filled, sys.byteorder)
        # Once more than needed: only a read finds out that nobody holds the other end any more.
        while left >= 0:
            try:
                chunk = os.read(self._fd, 1 << 20)
            except BlockingIOError:
                break
            if not chunk:
                self.eof = True
                break
            self._pending += chunk
            left -= len(chunk)
        self._take_frames()
        now = time.monotonic()
        self.pause = _pause(size, now - self._looked_at, recording=self._sink is not None)
        self._looked_at = now
        return left < size

    def _take_frames(self) -> None:
        pending = bytes(self._pending)
        if self._sink is None:
            del self._pending[: self._intake.take_frames(pending)]
            return
        at = 0
        while at + 4 <= len(pending):
            end = at + 4 + int.from_bytes(pending[at : at + 4], "big")
            if end > len(pending):
                break
            at = end
        if at:
            whole = pending[:at]
            del self._pending[:at]
            self._sink(whole)
            self._raw.append(whole)
            self._raw_size += at


def _pause(size: int, since: float, *, recording: bool) -> float:
    """How long to wait after a look that found so many bytes, `since` seconds after the last one."""
    if not recording:
        return 0.0 if size > _BUSY else TICK
    if size > _NEARLY_FULL:
        return 0.0
    if not size:
        return TICK
    return min(max(since * _FILLING / size, _SHORT_TICK), _LONG_TICK)

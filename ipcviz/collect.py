"""Bring what the processes reported into one order: from the Pipe and from the ledger's tails."""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import sys
import termios
import time
from bisect import bisect_left
from collections.abc import Iterator

from ipcviz import events
from ipcviz.probe import ledger as books
from ipcviz.probe import wire

SLACK_NS = 10_000_000
"""A hook stamps an event and writes it a moment later: so long an event is waited for."""
PATIENCE_NS = 1_000_000_000
"""So long the others are kept back for a process whose messages wait inside it for room in the Pipe."""

_BUSY = 1 << 16
_HEAD = struct.Struct("<H6xQ")
"""Of a record: its size and its time."""


class Collector:
    """Reads the report Pipe and the ledger; gives out records in the order of their time stamps.

    Every event that was written before a tick began is taken in by that tick: the tails are copied
    first, then what the Pipe holds is read, so what a process moved from its tail into the Pipe in
    between is found there. That is what makes sorting by time stamps exact up to `SLACK_NS`; an event
    that comes later than that is given the time of the newest one given out.
    """

    def __init__(self, fd: int, path: str) -> None:
        self._fd = fd
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(file, books.SIZE)
        finally:
            os.close(file)
        self.words = memoryview(self._map).cast("Q")
        self._pending = bytearray()
        self._seen: dict[int, int] = {}
        """Process key to how many of its events have been taken in."""
        self._waiting: list[tuple[int, int, tuple[int, bytes]]] = []
        """(time, arrival, (process key, record)): taken in, not given out."""
        self._arrivals = 0
        self._last: dict[int, int] = {}
        """Process key to the time of its newest event taken in."""
        self._given = 0
        """Time of the newest event given out."""
        self._retired: set[int] = set()
        self.pids: dict[int, int] = {}
        """Process key to pid, for those that may still live."""
        self.lost = 0
        self.eof = False
        """No process of the program holds the report Pipe any more."""
        self.busy = False
        """There was much to read the last time: look again at once."""

    def tick(self) -> list[tuple[int, bytes]]:
        """Take in everything there is; give out, in order, what nothing can come before any more."""
        begun = time.monotonic_ns()
        tails = list(self._copy_tails())
        self._read_pipe()
        before = begun - SLACK_NS
        for key, base, queued, data in tails:
            if queued and base > self._seen.get(key, 0):
                # Messages wait inside the process for room in the Pipe: they will come.
                before = min(before, max(self._last.get(key, 0), begun - PATIENCE_NS))
            else:
                self._take(key, base, data)
        return self._release(before)

    def finish(self) -> list[tuple[int, bytes]]:
        """The program is over: give out the rest, and count what never came."""
        while self._read_pipe():
            pass
        for key in range(1, int(self.words[books.W_NEXT])):
            if key not in self._retired:
                self.retire(key)
        return self._release(1 << 63)

    def add(self, process: int, record: bytes) -> None:
        """Put a record of the session's own among the others."""
        self._arrivals += 1
        self._waiting.append((events.time_of(record), self._arrivals, (process, record)))

    def retire(self, key: int) -> None:
        """This process is gone and what it sent has been read: take the rest, count what is missing."""
        base, _, data, torn = self._copy_tail(key)
        if torn and data:
            # Killed while it emptied its tail: the records are there, their number may be the next one's.
            base = min(base, self._seen.get(key, 0))
        self._take(key, base, data)
        self._retired.add(key)
        self.pids.pop(key, None)

    def holds(self, key: int, kind: int) -> bool:
        """Whether such a record of this process has been taken in and not given out."""
        return any(process == key and record[2] == kind for _, _, (process, record) in self._waiting)

    def close(self) -> None:
        """Let go of the ledger."""
        self.words.release()
        self._map.close()

    def _release(self, before: int) -> list[tuple[int, bytes]]:
        waiting = self._waiting
        waiting.sort()
        count = bisect_left(waiting, (before,))
        out = [pair for _, _, pair in waiting[:count]]
        if count and waiting[0][0] < self._given:
            late = bisect_left(waiting, (self._given,), 0, count)
            given = self._given.to_bytes(8, "little")
            out[:late] = [(key, record[:8] + given + record[16:]) for key, record in out[:late]]
        if count:
            self._given = max(self._given, waiting[count - 1][0])
        del waiting[:count]
        return out

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
            data = self._map[at + books.REGION_HEAD : end]
            torn = generation % 2 == 1 or generation != words[head + books.R_GENERATION]
            if not torn:
                break
        return base, queued, data, torn

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
        self.busy = size > _BUSY
        return left < size

    def _take_frames(self) -> None:
        pending = bytes(self._pending)
        at = 0
        while at + wire.FRAME.size <= len(pending):
            size, key, _, base = wire.FRAME.unpack_from(pending, at)
            end = at + 4 + size
            if end > len(pending):
                break
            self._take(key, base, pending[at + wire.FRAME.size : end])
            at = end
        del self._pending[:at]

    def _take(self, key: int, base: int, data: bytes) -> None:
        seen = self._seen.get(key, 0)
        if base > seen:
            self._count_loss(key, base - seen)
            seen = base
        skip = seen - base
        add, head, arrivals = self._waiting.append, _HEAD.unpack_from, self._arrivals
        at = number = 0
        last = 0
        # Another process's memory: nothing is believed that is not whole.
        limit = len(data) - wire.HEAD
        while at <= limit:
            size, time = head(data, at)
            end = at + size
            if size < wire.HEAD or end > len(data):
                break
            if number >= skip:
                arrivals += 1
                add((time, arrivals, (key, data[at:end])))
                last = time
            number += 1
            at = end
        self._arrivals = arrivals
        if last:
            self._last[key] = last
        self._seen[key] = max(seen, base + number)

    def _count_loss(self, key: int, count: int) -> None:
        self.lost += count
        now = time.monotonic_ns()
        self.add(events.SESSION, events.encode(wire.EVENTS_LOST, now, obj=key, number=count))

"""Bring what the processes reported into one order: from the Pipe and from the ledger's tails."""

from __future__ import annotations

import mmap
import os
import time
from collections.abc import Iterator

from ipcviz import events
from ipcviz.probe import ledger as books
from ipcviz.probe import wire

SLACK_NS = 2_000_000
"""A hook stamps an event and writes it a moment later: so long an event is waited for."""

_FRAME_REST = wire.FRAME.size - 4


class Collector:
    """Reads the report Pipe and the ledger; gives out records in the order of their time stamps.

    Every event that was written before a tick began is taken in by that tick: the tails are copied
    first, then the Pipe is emptied, so what a process moved from its tail into the Pipe in between is
    found there. That is what makes sorting by time stamps exact up to `SLACK_NS`.
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
        self._waiting: list[tuple[int, int, int, bytes]] = []
        """(time, arrival, process key, record): taken in, not given out."""
        self._arrivals = 0
        self._retired: set[int] = set()
        self.pids: dict[int, int] = {}
        """Process key to pid, for those that may still live."""
        self.lost = 0
        self.eof = False
        """No process of the program holds the report Pipe any more."""

    def tick(self) -> list[tuple[int, bytes]]:
        """Take in everything there is; give out, in order, what nothing can come before any more."""
        begun = time.monotonic_ns()
        tails = list(self._copy_tails())
        self._empty_pipe()
        for key, base, queued, data in tails:
            self._take_tail(key, base, queued, data)
        return self._release(begun - SLACK_NS)

    def finish(self) -> list[tuple[int, bytes]]:
        """The program is over: give out the rest, and count what never came."""
        self._empty_pipe()
        for key, base, _, data in list(self._copy_tails()):
            self._take_tail(key, base, 0, data)
        return self._release(1 << 63)

    def add(self, process: int, record: bytes) -> None:
        """Put a record of the session's own among the others."""
        self._arrivals += 1
        self._waiting.append((events.time_of(record), self._arrivals, process, record))

    def retire(self, key: int) -> None:
        """This process is gone and will write no more."""
        self._retired.add(key)
        self.pids.pop(key, None)

    def close(self) -> None:
        """Let go of the ledger."""
        self.words.release()
        self._map.close()

    def _release(self, before: int) -> list[tuple[int, bytes]]:
        self._waiting.sort()
        waiting = self._waiting
        count = len(waiting)
        while count and waiting[count - 1][0] >= before:
            count -= 1
        out = [(key, record) for _, _, key, record in waiting[:count]]
        del waiting[:count]
        return out

    def _copy_tails(self) -> Iterator[tuple[int, int, int, bytes]]:
        words = self.words
        for key in range(1, int(words[books.W_NEXT])):
            if key in self._retired:
                continue
            at = books.REGIONS_AT + key * books.PAGE
            head = at // 8
            pid = words[head + books.R_PID]
            if not pid:
                continue
            self.pids[key] = pid
            for _ in range(3):
                generation = words[head + books.R_GENERATION]
                base, end = words[head + books.R_BASE], words[head + books.R_END]
                queued = words[head + books.R_QUEUED]
                start = at + books.REGION_HEAD
                data = self._map[start : start + end]
                if generation % 2 == 0 and generation == words[head + books.R_GENERATION]:
                    yield key, base, queued, data
                    break

    def _empty_pipe(self) -> None:
        while True:
            try:
                chunk = os.read(self._fd, 1 << 20)
            except BlockingIOError:
                return
            if not chunk:
                self.eof = True
                return
            self._pending += chunk
            self._take_frames()

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

    def _take_tail(self, key: int, base: int, queued: int, data: bytes) -> None:
        if base > self._seen.get(key, 0) and queued:
            # Messages wait inside the process for room in the Pipe: they will come.
            return
        self._take(key, base, data)

    def _take(self, key: int, base: int, data: bytes) -> None:
        seen = self._seen.get(key, 0)
        if base > seen:
            self._count_loss(key, base - seen)
            seen = base
        skip = seen - base
        at = 0
        number = 0
        limit = len(data)
        while at < limit:
            size = int.from_bytes(data[at : at + 2], "little")
            if size < wire.HEAD or at + size > limit:
                # Another process's memory: believe nothing that is not whole.
                break
            if number >= skip:
                self._arrivals += 1
                record = data[at : at + size]
                self._waiting.append((events.time_of(record), self._arrivals, key, record))
            number += 1
            at += size
        self._seen[key] = max(seen, base + number)

    def _count_loss(self, key: int, count: int) -> None:
        self.lost += count
        now = time.monotonic_ns()
        self.add(events.SESSION, events.encode(wire.EVENTS_LOST, now, obj=key, number=count))

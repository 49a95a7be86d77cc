"""Put what processes reported into one order, each event once: from messages and tails as they come."""

from __future__ import annotations

import struct
import time
from bisect import bisect_left
from collections.abc import Iterator

from ipcviz.log import events
from ipcviz.probe.core import wire

_HEAD = struct.Struct("<H6xQ")
"""Of a record: its size and its time."""


class Intake:
    """Takes in runs of records, each behind the number of events its process had reported before.

    Each event has a number, also each turn of a lock. Numbers that were seen are passed over, missing ones
    are counted as lost. Records are given out in the order of their time stamps; one that comes too late for
    that is given the time of the newest given out.
    """

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        """Process key to how many of its events have been taken in."""
        self.last: dict[int, int] = {}
        """Process key to the time of its newest event taken in."""
        self.lost = 0
        self._waiting: list[tuple[int, int, tuple[int, bytes]]] = []
        """(time, arrival, (process key, record)): taken in, not given out."""
        self._arrivals = 0
        self._given = 0
        """Time of the newest event given out."""

    def add(self, process: int, record: bytes) -> None:
        """Take in a single record that has no number, one of the session's own."""
        self._arrivals += 1
        self._waiting.append((events.time_of(record), self._arrivals, (process, record)))

    def holds(self, key: int, kind: int) -> bool:
        """Whether such a record of this process has been taken in and not given out."""
        return any(process == key and record[2] == kind for _, _, (process, record) in self._waiting)

    def take_frames(self, data: bytes) -> int:
        """Take in the whole messages at the beginning of `data`; how many bytes they are."""
        at, limit = 0, len(data)
        while at + wire.FRAME.size <= limit:
            size, key, _, base = wire.FRAME.unpack_from(data, at)
            end = at + 4 + size
            if end > limit:
                break
            self.take(key, base, data[at + wire.FRAME.size : end])
            at = end
        return at

    def take(self, key: int, base: int, data: bytes) -> None:
        """Take in a run of records of one process."""
        seen = self.seen.get(key, 0)
        if base > seen:
            self._count_loss(key, base - seen)
            seen = base
        skip = seen - base
        add, head, arrivals = self._waiting.append, _HEAD.unpack_from, self._arrivals
        at = number = 0
        last = 0
        # Another process's memory: nothing is believed that is not whole.
        limit = len(data) - wire.LEAST
        while at <= limit:
            size, moment = head(data, at)
            end = at + size
            if size < wire.LEAST or end > len(data):
                break
            if number >= skip:
                arrivals += 1
                add((moment, arrivals, (key, data[at:end])))
                last = moment
            number += 1
            if size == wire.LEAST:
                for moment, record in _turns(data, at):
                    end += wire.TURN.size
                    if number >= skip:
                        arrivals += 1
                        add((moment, arrivals, (key, record)))
                        last = moment
                    number += 1
            at = end
        self._arrivals = arrivals
        if last:
            self.last[key] = last
        self.seen[key] = max(seen, base + number)

    def _count_loss(self, key: int, count: int) -> None:
        self.lost += count
        now = self.last.get(key) or time.monotonic_ns()
        self.add(events.SESSION, events.encode(wire.EVENTS_LOST, now, obj=key, number=count))

    def release(self, before: int = 1 << 63) -> list[tuple[int, bytes]]:
        """Give out, in order, what is older than `before`."""
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


def _turns(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Times (ns) and records of the turns that stand behind the bare record at `at`."""
    end = at + wire.LEAST
    if data[end + _TOP : end + _TOP + 1] < _TURNS_TOP:
        return
    head, _, obj = wire.BARE.unpack_from(data, at)
    if head >> 16 & 255 not in _OTHER:
        return
    while data[end + _TOP : end + _TOP + 1] >= _TURNS_TOP:
        (seconds,) = wire.TURN.unpack_from(data, end)
        if not 0 < seconds < _LONGEST:
            break
        # The kinds take turns: that is all the head says beside the thread.
        head += _OTHER[head >> 16 & 255] << 16
        moment = int(seconds * 1e9 + 0.5)
        yield moment, wire.BARE.pack(head, moment, obj)
        end += wire.TURN.size


_OTHER = {
    wire.LOCK_ACQUIRED: wire.LOCK_RELEASED - wire.LOCK_ACQUIRED,
    wire.LOCK_RELEASED: wire.LOCK_ACQUIRED - wire.LOCK_RELEASED,
}
"""What leads from a turn's kind to the next one's."""
_TOP = wire.TURN.size - 1
_TURNS_TOP = bytes([wire.TURN_LEAST >> 56])
"""A turn's top byte, the last in its order, is at least this; a record's first word has less there."""
_LONGEST = 9e9
"""Seconds that fit into a record's time."""


def pick(messages: bytes, kinds: frozenset[int]) -> Iterator[tuple[int, bytes]]:
    """The records of these kinds, with their process keys, from whole messages; a quick look, no order."""
    at, limit = 0, len(messages)
    while at + wire.FRAME.size <= limit:
        size, key, _, _ = wire.FRAME.unpack_from(messages, at)
        end = min(at + 4 + size, limit)
        at += wire.FRAME.size
        while at + wire.LEAST <= end:
            if messages[at + _TOP] >= _TURNS_TOP[0]:
                at += wire.TURN.size
                continue
            length = messages[at] | messages[at + 1] << 8
            if length < wire.LEAST:
                break
            if messages[at + 2] in kinds:
                yield key, messages[at : at + length]
            at += length
        at = end

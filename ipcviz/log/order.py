"""Put what processes reported into one order: that of the time stamps."""

from __future__ import annotations

from bisect import bisect_left
from itertools import repeat

from ipcviz.log import codec, slots


class Order:
    """Takes in runs of slots, process by process, and gives records out in the order of their time stamps.

    Whoever feeds it says from time to time up to which moment everything has been taken in. A record that
    comes too late for that is given the time of the newest given out, so that time never runs backwards.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, int, bytes]] = []
        """(time, arrival, process key, record): taken in, not given out."""
        self._arrivals = 0
        self._given = 0
        """Time of the newest record given out, ns."""

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, process: int, data: bytes) -> None:
        """Take in whole slots of one process."""
        size = slots.SIZE
        if slots.MORE in data[::size]:
            found = list(codec.records(data))
            times = [codec.time_of(record) for record in found]
        else:
            found = [data[at : at + size] for at in range(0, len(data), size)]
            times = memoryview(data).cast("q")[slots.TIME_WORD :: size // 8].tolist()
        first = self._arrivals
        self._arrivals += len(found)
        self._waiting += zip(times, range(first, self._arrivals), repeat(process), found, strict=False)

    def release(self, before: int = slots.LARGEST) -> list[tuple[int, bytes]]:
        """Give out, in order, what happened before this moment (ns): process keys and records."""
        waiting = self._waiting
        waiting.sort()
        count = bisect_left(waiting, (before,))
        if not count:
            return []
        out = [(process, record) for _, _, process, record in waiting[:count]]
        given = self._given
        if waiting[0][0] < given:
            late = bisect_left(waiting, (given,), 0, count)
            out[:late] = [(process, codec.with_time(record, given)) for process, record in out[:late]]
        self._given = max(given, waiting[count - 1][0])
        del waiting[:count]
        return out

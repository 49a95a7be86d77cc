"""What the reading side can take: events decoded and folded, and the memory of a long log."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

from ipcviz.bench.rows import Row, tell
from ipcviz.log import table
from ipcviz.log.codec import encode
from ipcviz.log.log import Log
from ipcviz.world import World

PEOPLE = 4
"""Producers, and as many consumers."""
CHANNEL = 7


class Traffic:
    """The events of producers and consumers on one bounded queue, as a program reports them."""

    def __init__(self, first: int) -> None:
        self._item = 0
        main: dict[str, Any] = {"name": "MainProcess", "start_method": "main", "daemon": False}
        made: dict[str, Any] = {"kind": "Queue", "inside": "", "other": 0}
        self.opening = [
            (0, encode(table.PROGRAM_STARTED, first, pid=1)),
            (1, encode(table.PROCESS_BEGAN, first, pid=1, parent=0, python="", **main)),
            (1, encode(table.CHANNEL_MADE, first, channel=CHANNEL, maxsize=10, **made)),
        ]
        for n in range(2 * PEOPLE):
            name = f"{'producer' if n < PEOPLE else 'consumer'}-{n % PEOPLE + 1}"
            born: dict[str, Any] = {"name": name, "start_method": "fork", "daemon": False, "pid": 2 + n}
            started = encode(table.PROCESS_STARTED, first, child=2 + n, **born)
            began = encode(table.PROCESS_BEGAN, first, parent=1, python="", **born)
            self.opening += [(1, started), (2 + n, began)]

    def item(self, at: int) -> list[tuple[int, bytes]]:
        """One more item on its whole way: put, sent and taken."""
        n = self._item
        self._item += 1
        producer, consumer = 2 + n % PEOPLE, 2 + PEOPLE + n // 3 % PEOPLE
        ordinal = n // PEOPLE
        text = str(n)
        return [
            (producer, encode(table.ITEM_PUT, at, channel=CHANNEL, ordinal=ordinal, text=text)),
            (producer, encode(table.ITEM_SENT, at, channel=CHANNEL, number=n + 1, ordinal=ordinal, text="")),
            (consumer, encode(table.ITEM_TAKEN, at, channel=CHANNEL, number=n + 1)),
        ]


def log_of(events: int) -> Log:
    """A log of at least so many events."""
    traffic = Traffic(1)
    log = Log()
    log.extend(list(traffic.opening))
    at = 1
    while len(log) < events:
        batch = []
        for _ in range(300):
            at += 1_000
            batch += traffic.item(at)
        log.extend(batch)
    return log


def folded(quick: bool) -> Row:
    """Events decoded and folded a second, nothing else running."""
    log = log_of(60_000 if quick else 300_000)
    best = 0.0
    rates = []
    for _ in range(3 if quick else 5):
        begun = time.perf_counter()
        World().apply_all(log.read())
        rates.append(len(log) / (time.perf_counter() - begun))
        best = max(best, rates[-1])
    tell(f"folded: {', '.join(f'{rate:,.0f}' for rate in rates)}")
    return Row("events folded", sorted(rates)[len(rates) // 2], "/s", 50_000, True, f"best {best:,.0f}")


_MEMORY = """
import resource, sys
from ipcviz.bench.reading import log_of
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
log = log_of(int(sys.argv[1]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) * (1 if sys.platform == "darwin" else 1024) / len(log))
"""


def memory(quick: bool) -> Row:
    """Memory of a log of a million events."""
    count = 200_000 if quick else 1_000_000
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(count)], capture_output=True, text=True, check=True
    )
    each = float(done.stdout)
    tell(f"memory: {each:.0f} bytes an event")
    return Row("1,000,000 events of log", each, "MB", 500, False, f"from {count:,}")

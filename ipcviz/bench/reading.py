"""What the reading side can take: events decoded and folded, and the memory of a long log."""

from __future__ import annotations

import subprocess
import sys
import time

from ipcviz.bench.rows import Row, tell
from ipcviz.log.events import encode
from ipcviz.log.log import Log
from ipcviz.probe.core import wire
from ipcviz.world import World

PEOPLE = 4
"""Producers, and as many consumers."""
CHANNEL = 7


class Traffic:
    """The events of producers and consumers on one bounded queue, as a program reports them."""

    def __init__(self, first: int) -> None:
        self._item = 0
        self.opening = [
            (0, encode(wire.PROGRAM_STARTED, first, number=1)),
            (1, encode(wire.PROCESS_BEGAN, first, number=1, text="MainProcess\x1fmain\x1f0")),
            (1, encode(wire.CHANNEL_MADE, first, obj=CHANNEL, number=10, text="Queue\x1f")),
        ]
        for n in range(2 * PEOPLE):
            name = f"{'producer' if n < PEOPLE else 'consumer'}-{n % PEOPLE + 1}"
            started = encode(
                wire.PROCESS_STARTED, first, obj=2 + n, number=2 + n, text=f"{name}\x1ffork\x1f0"
            )
            began = encode(wire.PROCESS_BEGAN, first, number=2 + n, extra=1, text=f"{name}\x1ffork\x1f0")
            self.opening += [(1, started), (2 + n, began)]

    def item(self, at: int) -> list[tuple[int, bytes]]:
        """One more item on its whole way: put, sent and taken."""
        n = self._item
        self._item += 1
        producer, consumer = 2 + n % PEOPLE, 2 + PEOPLE + n // 3 % PEOPLE
        ordinal = n // PEOPLE
        text = str(n)
        return [
            (producer, encode(wire.ITEM_PUT, at, obj=CHANNEL, number=ordinal, text=text)),
            (producer, encode(wire.ITEM_SENT, at, obj=CHANNEL, number=n + 1, extra=ordinal, thread=1)),
            (consumer, encode(wire.ITEM_TAKEN, at, obj=CHANNEL, number=n + 1)),
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

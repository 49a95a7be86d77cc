"""The log: append-only, many readers, each with a cursor of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from ipcviz.log import events
from ipcviz.log.events import Event, Site
from ipcviz.probe.core import wire


class Log:
    """Everything that was reported, in the order of its time stamps.

    Records stay packed (about 100 bytes each) and become events when they are read, so that a
    million events fit in 150 MB. One thread appends; any number of readers ask for `read(cursor)`.
    """

    def __init__(self) -> None:
        self._records: list[tuple[int, bytes]] = []
        self._sites: events.Sites = {}
        self._grown = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._records)

    @property
    def closed(self) -> bool:
        """Nothing will be appended any more."""
        return self._closed

    def append(self, process: int, record: bytes) -> None:
        """Append one record of a process."""
        self.extend([(process, record)])

    def extend(self, batch: list[tuple[int, bytes]]) -> None:
        """Append records that are already in order; readers see all of them or none."""
        for pair in [pair for pair in batch if pair[1][2] == wire.SITE_NAMED]:
            self._learn_site(*pair)
        with self._grown:
            self._records.extend(batch)
            self._grown.notify_all()

    def close(self) -> None:
        """Say that nothing more will come."""
        with self._grown:
            self._closed = True
            self._grown.notify_all()

    def wait(self, cursor: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds until there is something at `cursor` or the log is closed."""
        with self._grown:
            return self._grown.wait_for(lambda: self._closed or len(self._records) > cursor, timeout)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        """The events from `start` up to `stop` (default: up to the end as it is now)."""
        for process, record in self._records[start:stop]:
            yield events.decode(process, record, self._sites)

    def raw(self, start: int, stop: int | None = None) -> list[tuple[int, bytes]]:
        """The packed records, for a reader that only copies them."""
        return self._records[start:stop]

    def time(self, index: int) -> int:
        """The time stamp at `index` in ns, without decoding the event."""
        return events.time_of(self._records[index][1])

    def _learn_site(self, process: int, record: bytes) -> None:
        fact = events.decode(process, record, self._sites)
        if isinstance(fact, events.SiteNamed):
            self._sites[process, fact.number] = Site(fact.file, fact.line, fact.function)

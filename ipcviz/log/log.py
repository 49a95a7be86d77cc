"""The log: append-only, many readers, each with a cursor of its own; what is old lies on disk."""

from __future__ import annotations

import os
import tempfile
import threading
import weakref
from array import array
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ipcviz.log import codec, slots, table
from ipcviz.log.events import Event, Site, SiteNamed

PAGE = 4_096
"""Records in a page."""
RECENT = 48
"""The newest pages, which stay in memory: about 15 MB."""
_READ_AGAIN = 16
"""Old pages that are kept in memory since somebody has just read them."""


@dataclass(slots=True)
class _Page:
    """So many records, packed."""

    first: int
    """Time of its first record, ns."""
    processes: array[int]
    """The process key of each record."""
    ends: array[int] | None
    """Where each record ends; None where each is one slot long."""
    data: bytes | None
    """The records; None while they lie on disk."""
    place: int = 0
    """Where they lie on disk."""
    size: int = 0


class Log:
    """Everything that was reported, in the order of its time stamps.

    Records stay packed, 70 bytes each, and become events when they are read; all but the newest 200,000 lie
    in an unnamed temporary file. One thread appends; any number of readers ask for `read(cursor)`.
    """

    def __init__(self) -> None:
        self._pages: list[_Page] = []
        self._tail: list[tuple[int, bytes]] = []
        """Process key and record of what is not packed yet."""
        self._length = 0
        self._places: codec.Places = {}
        self._grown = threading.Condition()
        self._closed = False
        self._file = -1
        """Descriptor of the temporary file; -1 while there is none."""
        self._file_end = 0
        self._stored = 0
        """Pages on disk."""
        self._read_again: OrderedDict[int, bytes] = OrderedDict()

    def __len__(self) -> int:
        return self._length

    @property
    def closed(self) -> bool:
        """Nothing will be appended any more."""
        return self._closed

    def append(self, process: int, record: bytes) -> None:
        """Append one record of a process."""
        self.extend([(process, record)])

    def extend(self, batch: Sequence[tuple[int, bytes]]) -> None:
        """Append records that are already in order; readers see all of them or none."""
        naming = table.SITE_NAMED.number
        for pair in [pair for pair in batch if pair[1][slots.KIND_BYTE] == naming]:
            self._learn_place(*pair)
        with self._grown:
            self._tail += batch
            self._length += len(batch)
            while len(self._tail) >= PAGE:
                self._pages.append(_packed(self._tail[:PAGE]))
                del self._tail[:PAGE]
            self._grown.notify_all()
        while len(self._pages) - self._stored > RECENT:
            self._store(self._pages[self._stored])
            self._stored += 1

    def close(self) -> None:
        """Say that nothing more will come."""
        with self._grown:
            self._closed = True
            self._grown.notify_all()

    def wait(self, cursor: int, timeout: float) -> bool:
        """Wait at most `timeout` seconds until there is something at `cursor` or the log is closed."""
        with self._grown:
            return self._grown.wait_for(lambda: self._closed or self._length > cursor, timeout)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[Event]:
        """The events from `start` up to `stop` (default: up to the end as it is now)."""
        places = self._places
        end = self._length if stop is None else min(stop, self._length)
        while start < end:
            number = start // PAGE
            page, tail = self._page(number)
            first = start - number * PAGE
            last = min(end - number * PAGE, PAGE)
            start = number * PAGE + last
            if page is None:
                for process, record in tail[first:last]:
                    yield codec.decode(process, record, places)
            elif page.ends is None:
                data = memoryview(self._data(number))[first * slots.SIZE : last * slots.SIZE]
                yield from codec.decode_all(page.processes[first:last], data, places)
            else:
                data, ends = memoryview(self._data(number)), page.ends
                for at in range(first, last):
                    record = bytes(data[ends[at - 1] if at else 0 : ends[at]])
                    yield codec.decode(page.processes[at], record, places)

    def decoded(self, batch: Sequence[tuple[int, bytes]]) -> Iterator[Event]:
        """The events of records in order, which are not kept; places they name are."""
        naming = table.SITE_NAMED.number
        for process, record in batch:
            if record[slots.KIND_BYTE] == naming:
                self._learn_place(process, record)
        if all(len(record) == slots.SIZE for _, record in batch):
            data = b"".join([record for _, record in batch])
            yield from codec.decode_all([process for process, _ in batch], data, self._places)
            return
        for process, record in batch:
            yield codec.decode(process, record, self._places)

    def raw(self, start: int, stop: int | None = None) -> list[tuple[int, bytes]]:
        """The packed records with their process keys, for a reader that only copies them."""
        end = self._length if stop is None else min(stop, self._length)
        return [self._record(at) for at in range(start, end)]

    def time(self, index: int) -> int:
        """The time stamp at `index` in ns, without decoding the event.

        Raises:
            IndexError: the log is not that long.
        """
        if not -self._length <= index < self._length:
            raise IndexError(index)
        index %= self._length
        page, _ = self._page(index // PAGE)
        if page is not None and index % PAGE == 0:
            return page.first
        return codec.time_of(self._record(index)[1])

    def _page(self, number: int) -> tuple[_Page | None, list[tuple[int, bytes]]]:
        """A packed page, or the tail as it is now."""
        with self._grown:
            if number < len(self._pages):
                return self._pages[number], []
            return None, self._tail

    def _record(self, index: int) -> tuple[int, bytes]:
        number, at = divmod(index, PAGE)
        page, tail = self._page(number)
        if page is None:
            return tail[at]
        data = self._data(number)
        if page.ends is None:
            return page.processes[at], data[at * slots.SIZE : (at + 1) * slots.SIZE]
        return page.processes[at], data[page.ends[at - 1] if at else 0 : page.ends[at]]

    def _data(self, number: int) -> bytes:
        page = self._pages[number]
        data = page.data
        if data is not None:
            return data
        with self._grown:
            data = self._read_again.pop(number, None)
            if data is None:
                data = os.pread(self._file, page.size, page.place)
            self._read_again[number] = data
            if len(self._read_again) > _READ_AGAIN:
                self._read_again.popitem(last=False)
        return data

    def _store(self, page: _Page) -> None:
        """Put a page on disk; where that cannot be, it stays in memory."""
        assert page.data is not None
        try:
            if self._file < 0:
                with tempfile.TemporaryFile(prefix="ipcviz-log-") as file:
                    self._file = os.dup(file.fileno())
                weakref.finalize(self, os.close, self._file)
            if os.pwrite(self._file, page.data, self._file_end) < len(page.data):
                return
        except OSError:
            return
        page.place, page.size = self._file_end, len(page.data)
        self._file_end += page.size
        page.data = None

    def _learn_place(self, process: int, record: bytes) -> None:
        fact = codec.decode(process, record, self._places)
        assert isinstance(fact, SiteNamed)
        self._places[process << codec.PLACE_BITS | fact.number] = Site(fact.file, fact.line, fact.function)


def _packed(records: list[tuple[int, bytes]]) -> _Page:
    data = b"".join([record for _, record in records])
    ends = None
    if len(data) != len(records) * slots.SIZE:
        ends = array("I", accumulate(len(record) for _, record in records))
    return _Page(codec.time_of(records[0][1]), array("I", [process for process, _ in records]), ends, data)

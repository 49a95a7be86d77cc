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

from ipcviz.log import codec, planes, slots, table
from ipcviz.log.events import Event, Site, SiteNamed

PAGE = 4_096
"""Records in a page."""
RECENT = 48
"""The newest pages, which stay in memory: about 15 MB."""
_MOST_SLOTS = PAGE * slots.slots_for_length(slots.TEXT_LIMIT)
_READ_AGAIN = 16
"""Old pages that are kept in memory since somebody has just read them."""


@dataclass(slots=True)
class _Packed:
    """So many records, side by side."""

    processes: array[int]
    """The process key of each."""
    ends: array[int] | None
    """Where each ends in `data`; None where each is one slot long."""
    data: bytes

    def record(self, at: int) -> tuple[int, bytes]:
        """Process key and record."""
        if self.ends is None:
            return self.processes[at], self.data[at * slots.SIZE : (at + 1) * slots.SIZE]
        return self.processes[at], self.data[self.ends[at - 1] if at else 0 : self.ends[at]]


@dataclass(slots=True)
class _Page:
    """Where the records of a page are."""

    first: int
    """Time of its first record, ns."""
    packed: _Packed | None
    """None while they lie on disk."""
    place: int = 0
    """Where they lie on disk: process keys, ends if there are any, records in planes."""
    size: int = 0
    has_ends: bool = False


class Log:
    """Everything that was reported, in the order of its time stamps.

    Records stay packed, 68 bytes each or more, and become events when they are read; all but the newest
    200,000 lie in an unnamed temporary file, in a tenth of that. One thread appends; any number of readers
    `read(cursor)`.
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
        self._read_again: OrderedDict[int, _Packed] = OrderedDict()

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
                self._pages.append(_pack(self._tail[:PAGE]))
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
            number, first = divmod(start, PAGE)
            last = min(end - number * PAGE, PAGE)
            start = number * PAGE + last
            packed, records = self._part(number, first, last)
            if packed is None:
                for process, record in records:
                    yield codec.decode(process, record, places)
            elif packed.ends is None:
                data = memoryview(packed.data)[first * slots.SIZE : last * slots.SIZE]
                yield from codec.decode_all(packed.processes[first:last], data, places)
            else:
                for at in range(first, last):
                    yield codec.decode(*packed.record(at), places)

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
        number, at = divmod(index, PAGE)
        if at == 0 and number < len(self._pages):
            return self._pages[number].first
        return codec.time_of(self._record(index)[1])

    def _part(self, number: int, first: int, last: int) -> tuple[_Packed | None, list[tuple[int, bytes]]]:
        """A packed page, or some records of the tail, which the appending thread may pack at any moment."""
        with self._grown:
            if number >= len(self._pages):
                return None, self._tail[first:last]
        return self._packed(number), []

    def _record(self, index: int) -> tuple[int, bytes]:
        number, at = divmod(index, PAGE)
        packed, records = self._part(number, at, at + 1)
        return records[0] if packed is None else packed.record(at)

    def _packed(self, number: int) -> _Packed:
        page = self._pages[number]
        packed = page.packed
        if packed is not None:
            return packed
        with self._grown:
            packed = self._read_again.pop(number, None)
            if packed is None:
                packed = _unpacked(os.pread(self._file, page.size, page.place), page.has_ends)
            self._read_again[number] = packed
            if len(self._read_again) > _READ_AGAIN:
                self._read_again.popitem(last=False)
        return packed

    def _store(self, page: _Page) -> None:
        """Put a page on disk; where that cannot be, it stays in memory."""
        packed = page.packed
        assert packed is not None
        ends = b"" if packed.ends is None else packed.ends.tobytes()
        data = packed.processes.tobytes() + ends + planes.packed(packed.data)
        try:
            if self._file < 0:
                with tempfile.TemporaryFile(prefix="ipcviz-log-") as file:
                    self._file = os.dup(file.fileno())
                weakref.finalize(self, os.close, self._file)
            if os.pwrite(self._file, data, self._file_end) < len(data):
                return
        except OSError:
            return
        page.place, page.size, page.has_ends = self._file_end, len(data), bool(ends)
        self._file_end += page.size
        page.packed = None

    def _learn_place(self, process: int, record: bytes) -> None:
        fact = codec.decode(process, record, self._places)
        assert isinstance(fact, SiteNamed)
        self._places[process << codec.PLACE_BITS | fact.number] = Site(fact.file, fact.line, fact.function)


def _pack(records: list[tuple[int, bytes]]) -> _Page:
    data = b"".join([record for _, record in records])
    ends = None
    if len(data) != len(records) * slots.SIZE:
        ends = array("I", accumulate(len(record) for _, record in records))
    processes = array("I", [process for process, _ in records])
    return _Page(codec.time_of(records[0][1]), _Packed(processes, ends, data))


def _unpacked(data: bytes, has_ends: bool) -> _Packed:
    size = PAGE * array("I").itemsize
    processes = array("I", data[:size])
    ends = array("I", data[size : 2 * size]) if has_ends else None
    return _Packed(processes, ends, planes.unpacked(data[2 * size if has_ends else size :], _MOST_SLOTS))

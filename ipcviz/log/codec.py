"""Between events and the slots they are recorded in, both ways, as the table says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ipcviz.log import events, slots, table
from ipcviz.log.events import Event, Site

Places = dict[int, Site]
"""`process << PLACE_BITS | number` to the place in the program's code that it stands for."""
PLACE_BITS = 24
_THREAD, _FLAGS, _KIND = 18, 16, 8
_THREADS = slots.THREADS - 1

_Make = Callable[[int, int, int, int, int, str, int, "Site | None"], Event]
"""head, time, a, b, c, text, process and site of a record to its event."""


class UnknownRecord(ValueError):
    """A record of a kind, or of a shape, that this version does not know."""


def encode(row: table.Row, time: int, *, thread: int = 0, place: int = 0, **fields: Any) -> bytes:
    """One record in its slots; `fields` are those of the row, times in ns.

    Raises:
        TypeError: these are not the row's fields.
    """
    a, b, c, flags, text = row.pack(fields)
    if len(text) > slots.TEXT_LIMIT:
        text = text[: slots.TEXT_LIMIT].decode("utf-8", "ignore").encode()
    head = slots.head_word(row.number, thread, place, flags)
    if len(text) <= slots.INLINE:
        return slots.SLOT.pack(head + len(text), time, a, b, c, text, slots.SEAL)
    head, first, rest = slots.parts_of(head, text)
    return slots.SLOT.pack(head, time, a, b, c, first, slots.SEAL) + b"".join(map(slots.more_slot, rest))


def _maker(row: table.Row) -> _Make:
    """A function that makes the event of a record; written out, since it runs once for every event."""
    words = dict(zip(row.words, "abc", strict=False))
    flags = {field: 1 << _FLAGS + n for n, field in enumerate(row.flags)}
    texts = {field: n for n, field in enumerate(row.texts)}
    parts = []
    for field, (kind, _) in row.fields.items():
        if kind == table.FLAG:
            parts.append(f"head & {flags[field]} != 0")
        elif kind == table.TEXT:
            parts.append("text" if len(texts) == 1 else f"parts[{texts[field]}]")
        elif kind == table.TIMEOUT:
            word = words[field]
            parts.append(f"None if {word} == -1 else 0.0 if {word} == ZERO else {word} / 1e9")
        else:
            parts.append(f"0 if {words[field]} == ZERO else {words[field]}")
    common = f"time, process, head >> {_THREAD} & {_THREADS}, site"
    lines = ["def make(head, time, a, b, c, text, process, site):"]
    if len(texts) > 1:
        lines.append(f"    parts = (text.split({table.SEPARATOR!r}) + {[''] * len(texts)})[:{len(texts)}]")
    lines.append(f"    return new(kind, ({', '.join([common, *parts])},))")
    names: dict[str, Any] = {"new": tuple.__new__, "kind": getattr(events, row.name), "ZERO": slots.ZERO}
    exec("\n".join(lines), names)
    make: _Make = names["make"]
    return make


_MAKERS: dict[int, _Make] = {number: _maker(row) for number, row in table.EVENTS.items()}
_make = [_MAKERS.get(kind) for kind in range(256)]
KINDS = bytes(sorted(_MAKERS))
"""The number of every row there is."""


def known(slot: bytes) -> bool:
    """Whether a record begins here of a kind that this version has a name for."""
    return slot[0] >= slots.LEAD and slot[slots.KIND_BYTE] in _MAKERS


def decode(process: int, record: bytes, places: Places) -> Event:
    """Read one record.

    Raises:
        UnknownRecord: its kind is not known, or it is cut off.
    """
    if len(record) < slots.SIZE or not known(record):
        raise UnknownRecord("not an ipcviz record: it is cut off, or of a kind this version does not know")
    head, time, a, b, c, text, _ = slots.SLOT.unpack_from(record)
    size = head & 63
    text = slots.joined(text, record[slots.SIZE :]) if size == slots.LONG else text[:size]
    place = head >> 40
    site = places.get(process << PLACE_BITS | place) if place else None
    return _MAKERS[head >> _KIND & 255](
        head, time, a, b, c, text.decode("utf-8", "replace"), process, site
    )


def decode_all(processes: Iterable[int], data: bytes | memoryview, places: Places) -> Iterator[Event]:
    """Read many records of one slot each; `processes` are their keys. All must be `known`."""
    make, place_of = _make, places.get
    for process, (head, time, a, b, c, text, _) in zip(processes, slots.SLOT.iter_unpack(data), strict=False):
        size = head & 63
        place = head >> 40
        yield make[head >> 8 & 255](
            head, time, a, b, c, text[:size].decode("utf-8", "replace") if size else "", process,
            place_of(process << 24 | place) if place else None,
        )  # fmt: skip


def time_of(record: bytes) -> int:
    """The time of a record in ns, without reading the rest."""
    return int.from_bytes(record[8:16], "little")


def newest_time(data: bytes) -> int:
    """The time of the last record in a run of slots, ns; 0 where there is none."""
    for at in range(len(data) - slots.SIZE, -1, -slots.SIZE):
        if data[at] >= slots.LEAD:
            return time_of(data[at : at + 16])
    return 0


def with_time(record: bytes, time: int) -> bytes:
    """The same record at another time (ns)."""
    return record[:8] + time.to_bytes(8, "little") + record[16:]


def row_number(record: bytes) -> int:
    """The number of a record's row."""
    return record[slots.KIND_BYTE]


def records(data: bytes) -> Iterator[bytes]:
    """The records in a run of whole slots; what does not begin with a head is passed over."""
    size = slots.SIZE
    if slots.MORE not in data[::size]:
        for at in range(0, len(data) - size + 1, size):
            yield data[at : at + size]
        return
    at, end = 0, len(data)
    while at + size <= end:
        stop = at + size
        while stop < end and data[stop] == slots.MORE:
            stop += size
        yield data[at:stop]
        at = stop


def pick(data: bytes, kinds: frozenset[int]) -> list[bytes]:
    """The records of these kinds in a run of slots: a quick look that reads no other record."""
    plane = data[slots.KIND_BYTE :: slots.SIZE]
    if not any(kind in plane for kind in kinds):
        return []
    return [record for record in records(data) if record[0] >= slots.LEAD and record[1] in kinds]

"""Values and arrays without a lock: that they were made and where they are is all that can be known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.noun import Cell, Fold, Noun

if TYPE_CHECKING:
    from ipcviz.world.world import World


@dataclass(slots=True)
class RawValue:
    """A `RawValue` or `RawArray`, or a `Value` or `Array` with `lock=False`."""

    key: int
    """From where its memory lies."""
    id: str
    """`V1`, `V2`, …"""
    kind: str = "RawValue"
    name: str = ""
    """The variable the program calls it by."""
    ctype: str = ""
    """Name of its ctypes type."""
    size: int = 0
    """Bytes."""
    maker: int = 0
    """Key of the process that made it."""
    made: int = 0
    """ns of the monotonic clock."""
    site: e.Site | None = None
    """Where it was made."""
    where: dict[int, int] = field(default_factory=dict)
    """Keys of the processes that have it, each with how many of these it had before."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id


def _made(world: World, ev: e.RawValueMade) -> None:
    _retire(world, ev.value)
    value = world.get(RAW_VALUE, ev.value)
    value.kind, value.ctype, value.size = ev.kind, ev.ctype, ev.size
    value.maker, value.made, value.site = ev.process, ev.time, ev.site
    value.where[ev.process] = ev.ordinal


def _retire(world: World, key: int) -> None:
    """Its memory is used again: what was there keeps its place in the figures, under a key nobody has."""
    known = world.of(RAW_VALUE)
    if key in known:
        number = int(known[key].id[len(RAW_VALUE.letter) :])
        kept = {(-number if old == key else old): value for old, value in known.items()}
        known.clear()
        known.update(kept)


def _arrived(world: World, ev: e.RawValueArrived) -> None:
    # Unknown is the part of a value with a lock, which is told as that.
    value = world.of(RAW_VALUE).get(ev.value)
    if value is not None:
        value.where.setdefault(ev.process, ev.ordinal)


def _inherited(world: World, ev: e.RawValuesInherited) -> None:
    for value in world.of(RAW_VALUE).values():
        ordinal = value.where.get(ev.parent, ev.how_many)
        if ordinal < ev.how_many:
            value.where[ev.process] = ordinal


def _gone(world: World, ev: e.RawValueGone) -> None:
    _retire(world, ev.value)


_FOLD: dict[type, Fold] = {
    e.RawValueMade: _made,
    e.RawValueArrived: _arrived,
    e.RawValuesInherited: _inherited,
    e.RawValueGone: _gone,
}


def _row(world: World, value: RawValue) -> dict[str, Any]:
    return {
        "id": value.id,
        "name": value.name or None,
        "kind": value.kind,
        "type": value.ctype,
        "size": value.size,
        "creator": world.process(value.maker).id if value.maker else None,
        "created": world.seconds(value.made) if value.made else None,
        "at": f"{value.site.file}:{value.site.line}" if value.site else None,
        "processes": [world.process(key).id for key in value.where],
        "operations": "not seen",
    }


RAW_VALUE = Noun(
    "raw_value", "raw_values", "V", RawValue, _FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("name", "name"),
        Cell("kind", "kind"),
        Cell("type", "type"),
        Cell("bytes", "size", "count"),
        Cell("made by", "creator", "process"),
        Cell("reads and writes", "operations"),
    ),
)  # fmt: skip

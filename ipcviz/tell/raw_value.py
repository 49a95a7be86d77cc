"""The story's sentences about values and arrays without a lock."""

from __future__ import annotations

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling, nothing
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name
from ipcviz.world.raw_value import RAW_VALUE


def _made(ev: e.RawValueMade, world: World) -> Said:
    return "note", _("{who} makes {kind} without a lock ({type}): reads and writes of it are not seen",
                     who=process_name(world, ev.process), kind=ev.kind, type=ev.ctype)  # fmt: skip


def _arrived(ev: e.RawValueArrived, world: World) -> Said:
    value = world.of(RAW_VALUE).get(ev.value)
    if value is None:
        return None
    return "note", _("{who} has got {value}", who=process_name(world, ev.process), value=value.label)


TELL: Telling = {
    e.RawValueMade: _made,
    e.RawValueArrived: _arrived,
    e.RawValuesInherited: nothing,
    e.RawValueGone: nothing,
}

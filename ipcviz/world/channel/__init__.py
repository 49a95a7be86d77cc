"""Channels: each item's way from waiting for a slot to done, and who waits in front and behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcviz.world.channel.fold import FOLD
from ipcviz.world.channel.item import Item, Place
from ipcviz.world.channel.state import Asked, Channel, End, Raised
from ipcviz.world.channel.waits import DATA, FLUSH, ROOM, SLOT, TASKS, TURN, WRITE_LOCK
from ipcviz.world.noun import Cell, Noun

if TYPE_CHECKING:
    from ipcviz.world.world import World

__all__ = [
    "CHANNEL", "DATA", "FLUSH", "ROOM", "SLOT", "TASKS", "TURN", "WRITE_LOCK", "Asked", "Channel", "End",
    "Item", "Place", "Raised",
]  # fmt: skip


def _row(_world: World, channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name or None,
        "inside": channel.inside,
        "maxsize": channel.maxsize,
        "puts": channel.puts,
        "gets": channel.gets,
        "task_done": channel.task_done,
        "unfinished": channel.unfinished if channel.kind == "JoinableQueue" else None,
        "left": channel.fill,
        "lost_items": channel.lost_items,
        "high_water": channel.high_water,
        "put_blocked": channel.put_blocked,
        "get_blocked": channel.get_blocked,
        "full_errors": channel.full_errors,
        "empty_errors": channel.empty_errors,
    }


CHANNEL = Noun(
    "channel", "channels", "Q", Channel, FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("name", "name"),
        Cell("kind", "kind"),
        Cell("maxsize", "maxsize", "count"),
        Cell("puts", "puts", "count"),
        Cell("gets", "gets", "count"),
        Cell("task_done", "task_done", "count"),
        Cell("unfinished", "unfinished", "count"),
        Cell("left", "left", "count"),
        Cell("fullest", "high_water", "count"),
        Cell("put waited", "put_blocked", "amount"),
        Cell("get waited", "get_blocked", "amount"),
        Cell("Full", "full_errors", "count"),
        Cell("Empty", "empty_errors", "count"),
    ),
    waits=(SLOT, TURN, DATA, TASKS, FLUSH, WRITE_LOCK, ROOM),
)  # fmt: skip

"""Items on their way: from their producer into a slot, and out of a slot to their getter."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas
from ipcviz.ui.stage import slots
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.stage.slots import Box
from ipcviz.world import Item

if TYPE_CHECKING:
    from ipcviz.ui.stage.queue import Queue

MOST = 3
"""Of a burst only the newest are seen on their way; more would hide each other and the picture."""

Point = tuple[int, int]


def on_the_way(queue: Queue) -> tuple[list[Item], list[Item]]:
    """The items of a queue that are coming in, and those that are going to their getters."""
    scene = queue.scene
    if not scene.motion:
        return [], []
    channel = queue.channel
    held = [
        process.holding
        for process in (scene.world.processes[key] for key in channel.consumers)
        if process.holding is not None and process.holding.producer in channel.producers
    ]
    inside = slots.next_items(channel, queue.box.slots)
    coming = [item for item in (*held, *inside) if scene.coming(item) is not None]
    coming.sort(key=lambda item: item.put_at)
    going = [item for item in held if scene.coming(item) is None and scene.going(item) is not None]
    going.sort(key=lambda item: item.moved)
    return coming[-MOST:], going[-MOST:]


def draw(canvas: Canvas, queue: Queue, coming: list[Item], going: list[Item]) -> None:
    """Draw them where they are."""
    scene, box, cols = queue.scene, queue.box, queue.columns
    give = queue.row_of(queue.givers, box.way_in)
    take = queue.row_of(queue.takers, box.way_out)
    slot_of = {id(item): n for n, item in enumerate(slots.next_items(queue.channel, box.slots))}
    for item in coming:
        row = give.get(item.producer, box.way_in)
        path = [
            (cols.left_rail - 2, row),
            (cols.left_rail, row),
            (cols.left_rail, box.way_in),
            (box.x - 2, box.way_in),
            _centre(box, slot_of.get(id(item), 0)),
        ]
        _token(canvas, scene, item, path, scene.coming(item) or 0.0)
    for item in going:
        row = take.get(item.consumer, box.way_out)
        path = [
            _centre(box, 0),
            (cols.right_rail, box.way_out),
            (cols.right_rail, row),
            (cols.right + 2, row),
        ]
        _token(canvas, scene, item, path, scene.going(item) or 0.0)


def along(path: list[Point], share: float) -> Point:
    """The point that divides the way; a row counts as two cells, as it looks on a terminal."""
    legs = list(pairwise(path))
    lengths = [abs(b[0] - a[0]) + 2 * abs(b[1] - a[1]) for a, b in legs]
    left = share * sum(lengths)
    for (a, b), length in zip(legs, lengths, strict=True):
        if length and left <= length:
            part = left / length
            return round(a[0] + (b[0] - a[0]) * part), round(a[1] + (b[1] - a[1]) * part)
        left -= length
    return path[-1]


def _centre(box: Box, index: int) -> Point:
    x, y = box.slot(index)
    return x + box.slot_width // 2, y + box.slot_height // 2


def _token(canvas: Canvas, scene: Scene, item: Item, path: list[Point], share: float) -> None:
    text = slots.short(item.text, 9)
    x, y = along(path, share)
    width = cell_len(text) + 2
    x = max(0, min(canvas.width - width, x - width // 2))
    canvas.put(x, y, f" {text} ", scene.colour(item.producer) + "#")

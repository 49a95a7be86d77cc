"""A queue on the stage: who gives on the left, the box of slots in the middle, who takes on the right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from ipcviz.ui.canvas import Canvas
from ipcviz.ui.stage import items, line, slots
from ipcviz.ui.stage.block import Size
from ipcviz.ui.stage.line import Line
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.stage.slots import Box
from ipcviz.world import Channel, Process
from ipcviz.world.channel import DATA, ROOM, SLOT


@dataclass(frozen=True)
class Columns:
    """Cells from left to right: givers, a rail and an arrow, the box, an arrow and a rail, takers."""

    width: int
    margin: int
    column: int
    link: int
    arrow: int

    @property
    def left_rail(self) -> int:
        """Where the lines of the givers meet."""
        return self.margin + self.column + self.link

    @property
    def middle(self) -> tuple[int, int]:
        """First cell and width of what the box may use."""
        start = self.left_rail + 1 + self.arrow
        return start, self.right_rail - self.arrow - start

    @property
    def right_rail(self) -> int:
        """Where the lines of the takers meet."""
        return self.right - self.link - 2

    @property
    def right(self) -> int:
        """First cell of the takers."""
        return self.width - self.margin - self.column


def columns(width: int) -> Columns:
    """How the width is shared."""
    if width < 100:
        return Columns(width, 0, max(20, min(25, width // 3 - 1)), 1, 2)
    return Columns(width, 1, min(44, int(width * 0.3)), 2, 3)


class Queue:
    """One queue and those beside it."""

    def __init__(self, scene: Scene, channel: Channel, size: Size) -> None:
        self.scene = scene
        self.channel = channel
        self.size = size
        self.columns = columns(0)
        self.box = Box(0, 0, 1, 1, 1, 1, 1, 0)
        self.givers: list[Line] = []
        self.takers: list[Line] = []

    @property
    def people(self) -> Collection[int]:
        """Keys of everyone who ever gave or took."""
        return self.channel.producers.keys() | self.channel.consumers.keys()

    def rows(self, width: int, room: int) -> int:
        """High slots if they fit into the room, else flat ones."""
        self.columns = cols = columns(width)
        for slot_height in (7, 5, 3, 1):
            box = slots.plan(self.channel, cols.middle[1], slot_height)
            if box.height <= room and (slot_height <= 3 or box.slot_width > 2 * slot_height - 2):
                break
        most = max(box.height - 1, room - 1)
        self.givers = line.lines(self.scene, self._sorted(self.channel.producers), most)
        self.takers = line.lines(self.scene, self._sorted(self.channel.consumers), most)
        self.box = replace(box, x=cols.middle[0] + (cols.middle[1] - box.width) // 2)
        return max(box.height, 1 + max(len(self.givers), len(self.takers)))

    def draw(self, canvas: Canvas, y: int) -> None:
        """Both sides, the box, and the items on their way."""
        self.box = box = replace(self.box, y=y)
        _side(canvas, self, self.givers, box.way_in, left=True)
        _side(canvas, self, self.takers, box.way_out, left=False)
        coming, going = items.on_the_way(self)
        on_the_way = {id(item) for item in coming}
        slots.draw(canvas, self.scene, self.channel, box, self.columns.middle, on_the_way)
        items.draw(canvas, self, coming, going)

    def lines_at(self, lines: list[Line], way: int) -> list[int]:
        """The rows of a column: one or two stand at the arrow itself, more fill it from the top."""
        start = way if len(lines) <= 2 else self.box.y + 1
        return list(range(start, start + len(lines)))

    def row_of(self, lines: list[Line], way: int) -> dict[int, int]:
        """The row of each process (by key) of a column."""
        found = zip(lines, self.lines_at(lines, way), strict=True)
        return {process.key: y for it, y in found for process in it.processes}

    def _sorted(self, keys: Collection[int]) -> list[Process]:
        return [self.scene.world.process(key) for key in sorted(keys)]


def _side(canvas: Canvas, queue: Queue, found: list[Line], way: int, *, left: bool) -> None:
    """One column with the rail that leads to the box, or away from it."""
    scene, box, cols = queue.scene, queue.box, queue.columns
    if not found:
        return
    rail = cols.left_rail if left else cols.right_rail
    ys = queue.lines_at(found, way)
    canvas.column(rail, min(ys[0], way), max(ys[-1], way), "│", "line")
    if left:
        canvas.put(rail, way, "─" * (box.x - 1 - rail) + "▶", "line")
    else:
        start = box.x + box.width
        canvas.put(start, way, "─" * (rail - start), "line")
    first, last = min(ys[0], way), max(ys[-1], way)
    names = line.name_width(found, cols.column)
    for y, it in zip(ys, found, strict=True):
        linked = _linked(it, queue.channel, left=left)
        if left:
            end = line.draw(canvas, scene, it, cols.margin, y, cols.column, names)
            if linked:
                canvas.put(end + 1, y, "─" * (rail - end - 1), it.style)
        else:
            line.draw(canvas, scene, it, cols.right, y, cols.column, names)
            if linked:
                canvas.put(rail + 1, y, "─" * (cols.link - 1) + "▶", it.style)
        canvas.put(rail, y, _joint(y, way, first, last, linked=linked, left=left), "line")
    if way not in ys:
        canvas.put(rail, way, _joint(way, way, first, last, linked=False, left=left), "line")


def _linked(it: Line, channel: Channel, *, left: bool) -> bool:
    """Whether somebody of this line has a hand on the channel: stands at a slot, or holds the read lock."""
    wanted = (SLOT, ROOM) if left else (DATA,)
    for one in it.processes:
        wait = one.wait
        if wait is not None and wait.kind in wanted and wait.on.key == channel.key:
            return True
    return False


_JOINTS = {
    # up, down, towards the processes, towards the box (seen from the left column)
    (0, 0, 0, 1): "─", (0, 0, 1, 1): "─", (1, 0, 0, 1): "└", (0, 1, 0, 1): "┌", (1, 1, 0, 1): "├",
    (1, 0, 1, 1): "┴", (0, 1, 1, 1): "┬", (1, 1, 1, 1): "┼", (1, 0, 1, 0): "┘", (0, 1, 1, 0): "┐",
    (1, 1, 1, 0): "┤", (1, 1, 0, 0): "│", (1, 0, 0, 0): "│", (0, 1, 0, 0): "│", (0, 0, 1, 0): "─",
}  # fmt: skip
_MIRROR = str.maketrans("└┌├┘┐┤", "┘┐┤└┌├")


def _joint(y: int, way: int, first: int, last: int, *, linked: bool, left: bool) -> str:
    char = _JOINTS.get((int(y > first), int(y < last), int(linked), int(y == way)), "│")
    return char if left else char.translate(_MIRROR)

"""The whole picture: those who stand beside nothing on top, then queues, pipes, pools, locks and managers."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.tell.narration import why_ended, why_stuck
from ipcviz.ui.canvas import Canvas, clip, pad
from ipcviz.ui.stage import arena as arenas
from ipcviz.ui.stage import channel as channels
from ipcviz.ui.stage import items, process
from ipcviz.ui.stage import pipe as pipe_block
from ipcviz.ui.stage import pool as pool_block
from ipcviz.ui.stage.channel import Box
from ipcviz.ui.stage.process import Line
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Channel, Process, WaitFor

TOP = 2
"""Rows for the processes that neither give nor take; always as many, so that nothing below jumps."""

LEAST_QUEUE = 6
"""Rows that a queue gets where other things want room too."""
LEAST_ARENA = 4


@dataclass
class Block:
    """One channel and those beside it, with its place in the picture."""

    channel: Channel
    box: Box
    y: int
    height: int
    givers: list[Line]
    takers: list[Line]

    def rows(self, lines: list[Line], way: int) -> list[int]:
        """The rows of a column: one or two stand at the arrow itself, more fill it from the top."""
        start = way if len(lines) <= 2 else self.y + 1
        return list(range(start, start + len(lines)))

    def row_of(self, lines: list[Line], way: int) -> dict[int, int]:
        """The row of each process (by key) of a column."""
        found = zip(lines, self.rows(lines, way), strict=True)
        return {process.key: y for line, y in found for process in line.processes}


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


def draw(scene: Scene, width: int, height: int) -> Canvas:
    """The picture in at least these many cells; it is higher when it does not fit."""
    world = scene.world
    queues, pipes = _sorted(scene.channels())
    parts, part_pipes = _sorted(scene.parts())
    pipes += part_pipes
    arena = arenas.there_is_something(scene)
    if not (queues or pipes or world.pools or parts or arena):
        return _without_channels(scene, width, height)
    cols = columns(width)
    room = height - TOP - 2
    share = room // max(1, len(queues) + len(pipes) + len(world.pools) + arena)
    flat = [pipe_block.height(scene, it, share) + 1 for it in pipes]
    flat += [pool_block.height(scene, it, share) + 1 for it in world.pools.values()]
    # Queues and the users of locks take what the others leave, and not less than they need to be read.
    left = room - sum(flat)
    people = arenas.height(scene, width, left if not queues else max(LEAST_ARENA, left // 2)) if arena else 0
    left -= people + 1 if arena else 0
    y, blocks = TOP + 1, []
    if queues:
        blocks = _blocks(scene, queues, cols, y, max(left, LEAST_QUEUE * len(queues)))
        y = blocks[-1].y + blocks[-1].height + 1
    below, y = y, y + sum(flat) + (people + 1 if arena else 0)
    if parts:
        inner = _blocks(scene, parts, cols, y, LEAST_QUEUE * len(parts))
        y = inner[-1].y + inner[-1].height + 1
        blocks += inner
    canvas = Canvas(width, max(height, y))
    shown = _drawn_below(scene, queues + parts, pipes)
    _others(canvas, scene, [it for key, it in world.processes.items() if key not in shown])
    for block in blocks:
        _block(canvas, scene, block, cols)
    for channel in pipes:
        pipe_block.draw(canvas, scene, channel, below, share)
        below += flat.pop(0)
    for pool in world.pools.values():
        pool_block.draw(canvas, scene, pool, below, share)
        below += flat.pop(0)
    if arena:
        arenas.draw(canvas, scene, below, people)
    return canvas


def _sorted(channels: list[Channel]) -> tuple[list[Channel], list[Channel]]:
    """Queues, and pipes."""
    pipes = [it for it in channels if it.kind == "Pipe"]
    return ([it for it in channels if it.kind != "Pipe"], pipes) if pipes else (channels, [])


def _drawn_below(scene: Scene, queues: list[Channel], pipes: list[Channel]) -> set[int]:
    """Keys of the processes that stand beside what they use."""
    world = scene.world
    found = {key for channel in queues for keys in (channel.producers, channel.consumers) for key in keys}
    found.update(it.key for channel in pipes for it in pipe_block.people(scene, channel))
    found.update(key for pool in world.pools.values() for key in pool.workers)
    if world.locks or world.managers:
        found.update(it.key for it in arenas.users(scene))
        found.update(manager.server for manager in world.managers.values())
    return found


def _blocks(scene: Scene, own: list[Channel], cols: Columns, y: int, room: int) -> list[Block]:
    """Each channel with as much room as there is: high slots if they fit, else flat ones."""
    share = max(1, room // len(own) - (1 if len(own) > 1 else 0))
    blocks = []
    for channel in own:
        for slot_height in (7, 5, 3, 1):
            box = channels.plan(channel, cols.middle[1], slot_height)
            if box.height <= share and (slot_height <= 3 or box.slot_width > 2 * slot_height - 2):
                break
        most = max(box.height - 1, share - 1)
        givers = process.lines(scene, _of(scene, channel.producers), most)
        takers = process.lines(scene, _takers(scene, channel), most)
        height = max(box.height, 1 + max(len(givers), len(takers)))
        x = cols.middle[0] + (cols.middle[1] - box.width) // 2
        box = Box(x, y, box.per_row, box.rows, box.slot_width, box.slot_height, box.slots, box.below)
        blocks.append(Block(channel, box, y, height, givers, takers))
        y += height + 1
    return blocks


def _of(scene: Scene, keys: dict[int, int]) -> list[Process]:
    return [scene.world.process(key) for key in sorted(keys)]


def _takers(scene: Scene, channel: Channel) -> list[Process]:
    return _of(scene, channel.consumers)


def _block(canvas: Canvas, scene: Scene, block: Block, cols: Columns) -> None:
    box = block.box
    _side(canvas, scene, block, cols, block.givers, box.way_in, left=True)
    _side(canvas, scene, block, cols, block.takers, box.way_out, left=False)
    coming, going = items.on_the_way(scene, block)
    channels.draw(canvas, scene, block.channel, box, cols.middle, {id(item) for item in coming})
    items.draw(canvas, scene, block, cols, coming, going)


def _side(
    canvas: Canvas, scene: Scene, block: Block, cols: Columns, found: list[Line], way: int, *, left: bool
) -> None:
    """One column with the rail that leads to the box, or away from it."""
    box = block.box
    if not found:
        return
    rail = cols.left_rail if left else cols.right_rail
    ys = block.rows(found, way)
    canvas.column(rail, min(ys[0], way), max(ys[-1], way), "│", "line")
    if left:
        canvas.put(rail, way, "─" * (box.x - 1 - rail) + "▶", "line")
    else:
        start = box.x + box.width
        canvas.put(start, way, "─" * (rail - start), "line")
    first, last = min(ys[0], way), max(ys[-1], way)
    names = process.name_width(found, cols.column)
    for y, it in zip(ys, found, strict=True):
        linked = _linked(scene, it, block.channel, left=left)
        if left:
            end = process.draw(canvas, scene, it, cols.margin, y, cols.column, names)
            if linked:
                canvas.put(end + 1, y, "─" * (rail - end - 1), it.style)
        else:
            process.draw(canvas, scene, it, cols.right, y, cols.column, names)
            if linked:
                canvas.put(rail + 1, y, "─" * (cols.link - 1) + "▶", it.style)
        canvas.put(rail, y, _joint(y, way, first, last, linked=linked, left=left), "line")
    if way not in ys:
        canvas.put(rail, way, _joint(way, way, first, last, linked=False, left=left), "line")


def _linked(scene: Scene, it: Line, channel: Channel, *, left: bool) -> bool:
    """Whether somebody of this line has a hand on the channel: stands at a slot, or holds the read lock."""
    wanted = (WaitFor.SLOT, WaitFor.ROOM) if left else (WaitFor.DATA,)
    for one in it.processes:
        wait = one.wait
        if wait is not None and wait.target == channel.key and wait.what in wanted:
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


def _others(canvas: Canvas, scene: Scene, processes: list[Process]) -> None:
    """Main and whoever is busy with something else, side by side; nobody is left out, some are counted."""
    most = canvas.width - 2 if len(processes) == 1 else max(24, canvas.width // 2 - 3)
    for room in range(min(len(processes), 6), 0, -1):
        spots, x, y = [], 1, 0
        for it in process.lines(scene, processes, room):
            name = min(cell_len(it.name), process.NAME)
            width = process.draw(Canvas(1, 1), scene, it, 0, 0, most, name)
            if x > 1 and x + width > canvas.width:
                x, y = 1, y + 1
            spots.append((it, x, y, width, name))
            x += width + 4
        if y < TOP or room == 1:
            for it, x, y, width, name in spots:
                process.draw(canvas, scene, it, x, y, max(width, most), name)
            return


def _without_channels(scene: Scene, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    found = process.lines(scene, scene.world.processes.values(), max(1, height - 2))
    names = process.name_width(found, width)
    for y, it in enumerate(found):
        process.draw(canvas, scene, it, 1, y, width - 2, names)
    if not found:
        said = f"✘ {scene.complaint}" if scene.complaint else _("the program is starting …")
        canvas.put_middle(1, height // 2, width - 2, said, "bad!" if scene.complaint else "dim")
    return canvas


def banner(canvas: Canvas, scene: Scene) -> None:
    """Say in the last row how it ended; it stays there when the rest is scrolled."""
    if scene.world.ended is None and _still_stuck(scene):
        lines = _wrapped(why_stuck(scene.world), canvas.width - 6)
        offer = [_what_now(scene)] if scene.live else []
        top = canvas.height - len(lines) - len(offer)
        for y, text in enumerate(lines, start=top):
            lead = " ✘ " if y == top else "   "
            canvas.put(1, y, pad(lead + text, canvas.width - 2), "bad#")
        for text in offer:
            canvas.put(1, canvas.height - 1, pad("   " + text, canvas.width - 2), "key#")
        return
    said = why_ended(scene.world)
    if said and scene.world.ended is not None:
        good = scene.world.ended.outcome == "finished"
        text = clip((" ✔ " if good else " ✘ ") + said + " ", canvas.width - 2)
        canvas.put(1, canvas.height - 1, text, "good#" if good else "bad#")


def _what_now(scene: Scene) -> str:
    """What a class can do about a program that cannot go on."""
    if scene.chosen:
        who = scene.name(scene.world.process(scene.chosen))
        return _("x: SIGTERM to {who}, X: SIGKILL · r restart · n next", who=who)
    return _("r restart · n next · or tab to choose a process, x or X to end it")


_PIECES = re.compile(r"(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)[，。；：、）]*\s*|\s+")
"""Where a sentence may be cut: between words, and behind any Chinese character that no sign follows."""


def _wrapped(sentence: str, width: int, most: int = 3) -> list[str]:
    """A sentence in at most three lines, cut between words."""
    lines = [""]
    for piece in _PIECES.findall(sentence):
        if lines[-1] and cell_len((lines[-1] + piece).rstrip()) > width and len(lines) < most:
            lines.append(piece)
        else:
            lines[-1] += piece
    return [clip(line.rstrip(), width) for line in lines]


def _still_stuck(scene: Scene) -> bool:
    """Whether those of whom it was said that they cannot go on have not gone on since."""
    stuck = scene.world.stuck
    if stuck is None:
        return False
    keys = [int(key) for key in stuck.chain.split(",") if key.isdigit()]
    waits = [scene.world.process(key).wait for key in keys]
    return bool(waits) and all(wait is not None and wait.since <= stuck.time for wait in waits)

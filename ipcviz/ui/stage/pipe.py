"""A Pipe on the stage: its two ends, which processes hold each of them open, and the messages between."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import line
from ipcviz.ui.stage.block import Size
from ipcviz.ui.stage.line import Line
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.stage.slots import note, short
from ipcviz.words import _
from ipcviz.world import Channel, End, Item, Process

MOST = 6
"""Processes that are named in an end's box; more are counted."""


@dataclass(frozen=True)
class _Side:
    """One end as it is drawn."""

    end: End
    name: str
    open_in: tuple[int, ...] | None
    """Who holds it open; None while nobody has looked."""
    here: list[Line]
    """Who holds it, or uses it."""
    gone: list[Process]
    """Who has closed its copy."""

    @property
    def rows(self) -> int:
        """Rows of processes in its box."""
        return max(1, len(self.here) + len(self.gone))


class Pipe:
    """One Pipe, with both its ends."""

    size = Size.NEEDS

    def __init__(self, scene: Scene, channel: Channel) -> None:
        self.scene = scene
        self.channel = channel
        self._room = 0

    @property
    def people(self) -> Collection[int]:
        """Keys of everyone who sends, receives or holds an end."""
        channel = self.channel
        ends = (channel.used_at, channel.closed_at, channel.holders)
        return {key for of in ends for at in of.values() for key in at}

    def rows(self, _width: int, room: int) -> int:
        """More room makes the messages higher."""
        self._room = room
        inner, _high = _inner(self.channel, max(it.rows for it in _sides(self.scene, self.channel)), room)
        return 3 + inner + len(_last_words(self.scene, self.channel))

    def draw(self, canvas: Canvas, y: int) -> None:
        """An end on each side, what is on its way between them, and what is to be said below."""
        _draw(canvas, self.scene, self.channel, y, self._room)


def _inner(channel: Channel, rows: int, room: int) -> tuple[int, int]:
    """Rows inside the boxes, and rows of a message."""
    ways = 2 if channel.other else 1
    for high in (3, 1):
        inner = max(rows + 1, ways * high + (ways - 1) * (high > 1))
        if high == 1 or inner + 3 + 4 <= room:
            break
    return inner, high


def _draw(canvas: Canvas, scene: Scene, channel: Channel, y: int, room: int) -> None:
    width = canvas.width
    left, right = _sides(scene, channel)
    inner, high = _inner(channel, max(left.rows, right.rows), room)
    box = min(40, width * 36 // 100)
    start, between = box + 1, width - 2 * box - 2
    title = _("Pipe, both ways") if channel.other else _("Pipe, one way")
    canvas.put_middle(start, y, between, title, "dim")
    _box(canvas, scene, channel, left, 1, y, box, inner)
    _box(canvas, scene, channel, right, width - box - 1, y, box, inner)
    _way(canvas, scene, channel, 1, (start, y + 2, between, high))
    if channel.other:
        _way(canvas, scene, channel, -1, (start, y + 2 + high + (high > 1), between, high))
    for row, (text, style) in enumerate(_last_words(scene, channel), start=y + inner + 3):
        canvas.put(1, row, clip(text, width - 2), style)


def _sides(scene: Scene, channel: Channel) -> tuple[_Side, _Side]:
    """Left and right; of a one-way Pipe the writing end stands on the left."""
    if channel.other:
        return _side(scene, channel, (channel.key, 2)), _side(scene, channel, (channel.other, 2))
    return _side(scene, channel, (channel.key, 1)), _side(scene, channel, (channel.key, 0))


def _side(scene: Scene, channel: Channel, end: End) -> _Side:
    world = scene.world
    open_in = channel.holders.get(end)
    closed = channel.closed_at.get(end, {})
    used = channel.used_at.get(end, {})
    looked = open_in is not None or any(channel.holders.values())
    if looked:
        # The kernel counts; a copy that was closed since is told as soon as it has counted again.
        here = [key for key in open_in or () if not world.process(key).state.over]
    else:
        here = [key for key in used if key not in closed and not world.process(key).state.over]
    gone = [key for key in sorted({*closed, *used}) if key not in here]
    there = line.lines(scene, (world.process(key) for key in here), MOST)
    name = channel.end_name(end)
    return _Side(
        end, name, tuple(here) if looked else None, there, [world.process(key) for key in gone][:MOST]
    )


def _box(
    canvas: Canvas, scene: Scene, channel: Channel, side: _Side, x: int, y: int, width: int, rows: int
) -> None:
    inner = width - 2
    role = "" if channel.other else (_("sends") if side.end[1] else _("receives"))
    open_ = side.open_in is None or bool(side.open_in)
    edge = "line" if open_ else "dim"
    canvas.put(x, y, side.name, "text!" if open_ else "dim!")
    if role:
        canvas.put(x + cell_len(side.name) + 2, y, role, "dim")
    canvas.put(x, y + 1, "┌" + "─" * inner + "┐", edge)
    canvas.put(x, y + 2 + rows, "└" + "─" * inner + "┘", edge)
    for row in range(rows):
        canvas.put(x, y + 2 + row, "│" + " " * inner + "│", edge)
    if side.open_in:
        count = len(side.open_in)
        said = _("open in one process") if count == 1 else _("open in {count} processes", count=count)
        canvas.put(x + 2, y + 2, clip(said, inner - 2), "key!")
    elif side.open_in is not None:
        canvas.put(x + 2, y + 2, clip(_("closed everywhere"), inner - 2), "bad!")
    names = max(
        [line.name_width(side.here, inner), *(min(9, cell_len(it.label)) for it in side.gone)], default=0
    )
    row = y + 3
    for it in side.here:
        line.draw(canvas, scene, it, x + 2, row, inner - 2, names)
        row += 1
    for one in side.gone:
        end = canvas.put(x + 2, row, clip(scene.name(one), names), "dim")
        end = max(end, x + 2 + names)
        said = _("closed its copy") if one.key in channel.closed_at.get(side.end, {}) else _("ended")
        canvas.put(end + 1, row, clip("– " + said, x + width - 2 - end), "dim")
        row += 1


def _on_the_way(channel: Channel, sign: int) -> list[Item]:
    found = [(abs(number), item) for number, item in channel.pipe.items() if number * sign > 0]
    return [item for _number, item in sorted(found, key=lambda pair: pair[0])]


def _way(canvas: Canvas, scene: Scene, channel: Channel, sign: int, where: tuple[int, int, int, int]) -> None:
    """One direction: what was sent and not yet received, the next at the front.

    `sign` is 1 to the right, -1 to the left; `where` the first cell, the first row, how many cells and rows.
    """
    x, y, width, high = where
    shaft = "═" * (width - 1)
    canvas.put(x, y + high // 2, shaft + "▶" if sign > 0 else "◀" + shaft, "line")
    items = _on_the_way(channel, sign)
    at, room = 1, width - 2
    for number, item in enumerate(items):
        text = f" {short(item.text, 10)} "
        size, style = cell_len(text), scene.colour(item.producer) + "#"
        more = f" +{len(items) - number} "
        hidden = size + (len(more) if number < len(items) - 1 else 0) > room
        place = at
        if hidden:
            text, size, style = more, len(more), "text!"
        elif (share := scene.coming(item)) is not None:
            place = round((width - size - 1) * (1 - share) + at * share)
        for row in range(high):
            said = text if row == high // 2 else "" if hidden else " " * size
            canvas.put(x + width - place - size if sign > 0 else x + place, y + row, said, style)
        if hidden:
            return
        at, room = at + size + 1, room - size - 1


def _last_words(scene: Scene, channel: Channel) -> list[tuple[str, str]]:
    """Why there is an EOF at an end, or none; and what was asked or went wrong last."""
    found = []
    for end in channel.receives:
        said = _eof(scene, channel, end)
        if said is not None:
            found.append(said)
    told = channel.raised is not None and channel.raised.error.startswith("EOFError")
    found += [it for it in note(scene, channel) if not (told and it[0].startswith("✘"))]
    return found


def _open(scene: Scene, channel: Channel, end: End) -> bool:
    """Whether there is still somebody who could receive at this end."""
    return any(not scene.world.process(key).state.over for key in channel.holders.get(end, ()))


def _eof(scene: Scene, channel: Channel, end: End) -> tuple[str, str] | None:
    """What stands between a receiving end and its EOF."""
    other = channel.opposite(end)
    if end not in channel.eof_at and not _open(scene, channel, end):
        return None
    name, far = channel.end_name(end), channel.end_name(other)
    if end in channel.eof_at:
        who = scene.name(scene.world.process(channel.eof_at[end]))
        return "✔ " + _(
            "EOF: {who} has read everything, and {far} is closed everywhere", who=who, far=far
        ), "good!"
    if other not in channel.holders:
        return None
    people = [scene.world.process(key) for key in channel.holders[other]]
    holders = [scene.name(it) for it in people if not it.state.over]
    if holders:
        said = _(
            "no EOF at {end} as long as {far} is open in {who}", end=name, far=far, who=", ".join(holders)
        )
        return "· " + said, "wait"
    left = len(_on_the_way(channel, 1 if end == (channel.other, 2) or end[1] == 0 else -1))
    if left:
        return "◷ " + _("EOF at {end} after {count} more messages", end=name, count=left), "wait!"
    return "✔ " + _(
        "EOF at {end}: nothing on the way, and {far} is closed everywhere", end=name, far=far
    ), "good!"

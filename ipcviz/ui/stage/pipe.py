"""A Pipe on the stage: its two ends, which processes hold each of them open, and the messages between."""

from __future__ import annotations

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import process
from ipcviz.ui.stage.channel import short
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Channel, Item, Process

HEIGHT = 9
"""Rows of one pipe, its processes included."""


def draw(canvas: Canvas, scene: Scene, channel: Channel, y: int) -> None:
    """Draw it from row y on."""
    width = canvas.width
    title = f"{channel.label}   {_('Pipe, both ways') if channel.other else _('Pipe, one way')}"
    canvas.put_middle(1, y, width - 2, title, "text!")
    names = [part.strip() for part in channel.name.split(",")] if "," in channel.name else ["", ""]
    # One way: the first end reads, the second writes, so the writer stands on the left.
    left, right = (0, 1) if channel.other else (1, 0)
    box = max(16, min(34, width // 3))
    _end(canvas, scene, channel, left, names[left], 1, y + 1, box)
    _end(canvas, scene, channel, right, names[right], width - box - 1, y + 1, box)
    start, room = box + 2, width - 2 * box - 4
    _way(canvas, scene, _on_the_way(channel, 1), start, y + 2, room, rightwards=True)
    if channel.other:
        _way(canvas, scene, _on_the_way(channel, -1), start, y + 3, room, rightwards=False)
    _people(canvas, scene, channel, y + 5)
    if channel.eof_errors:
        canvas.put_middle(start, y + 4, room, _("EOF was read"), "good!")


def people(scene: Scene, channel: Channel) -> list[Process]:
    """Everyone who sends, receives or holds an end."""
    keys = set(channel.producers) | set(channel.consumers)
    keys |= {key for holders in channel.holders.values() for key in holders}
    return [scene.world.process(key) for key in sorted(keys)]


def _on_the_way(channel: Channel, sign: int) -> list[Item]:
    found = [(abs(number), item) for number, item in channel.pipe.items() if number * sign > 0]
    return [item for _number, item in sorted(found, key=lambda pair: pair[0])]


def _holders(scene: Scene, channel: Channel, end: int) -> list[str]:
    """Who holds this end: 0 is the first `Pipe()` returned, 1 the second."""
    if channel.other:
        keys = channel.holders.get((channel.other if end else channel.key, 2), ())
    else:
        keys = channel.holders.get((channel.key, end), ())
    return [scene.name(scene.world.process(key)) for key in keys]


def _end(
    canvas: Canvas, scene: Scene, channel: Channel, end: int, name: str, x: int, y: int, width: int
) -> None:
    holders = _holders(scene, channel, end)
    told = any(channel.holders.values())
    canvas.put(x, y, "┌" + "─" * (width - 2) + "┐", "line")
    canvas.put(x, y + 3, "└" + "─" * (width - 2) + "┘", "line")
    for row in (y + 1, y + 2):
        canvas.put(x, row, "│" + " " * (width - 2) + "│", "line")
    role = "" if channel.other else _("writes") if end else _("reads")
    heading = "  ".join(part for part in (name or _("end {number}", number=end + 1), role) if part)
    canvas.put_middle(x + 1, y + 1, width - 2, heading, "text!")
    if holders:
        words = _("open in {count}: {who}", count=len(holders), who=", ".join(holders))
        canvas.put_middle(x + 1, y + 2, width - 2, words, "key")
    elif told:
        canvas.put_middle(x + 1, y + 2, width - 2, _("closed everywhere"), "bad!")


def _way(
    canvas: Canvas, scene: Scene, items: list[Item], x: int, y: int, width: int, *, rightwards: bool
) -> None:
    """One direction: what was sent and not yet received, the next to arrive nearest to its reader."""
    line = "═" * (width - 1)
    canvas.put(x, y, line + "▶" if rightwards else "◀" + line, "line")
    texts = []
    room = width - 4
    for item in items:
        text = f" {short(item.text, 10)} "
        if cell_len(text) + 1 > room:
            break
        texts.append((text, item))
        room -= cell_len(text) + 1
    at = x + width - 2 if rightwards else x + 2
    for text, item in texts:
        if rightwards:
            at = canvas.put_right(at, y, text, scene.colour(item.producer) + "#") - 1
        else:
            at = canvas.put(at, y, text, scene.colour(item.producer) + "#") + 1
    hidden = len(items) - len(texts)
    if hidden:
        canvas.put_middle(x, y + 1, width, f"+{hidden}", "dim")


def _people(canvas: Canvas, scene: Scene, channel: Channel, y: int) -> None:
    found = process.lines(scene, people(scene, channel), 3)
    names = process.name_width(found, canvas.width)
    for row, it in enumerate(found):
        process.draw(canvas, scene, it, 1, y + row, canvas.width - 2, names)

"""The whole picture: those who stand beside nothing on top, then the blocks of all nouns."""

from __future__ import annotations

import re

from rich.cells import cell_len

from ipcviz.tell.program import why_ended, why_stuck
from ipcviz.ui.canvas import Canvas, clip, pad
from ipcviz.ui.stage import line
from ipcviz.ui.stage.arena import Arena
from ipcviz.ui.stage.block import LEAST, Part, Size, blocks
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Process

TOP = 2
"""Rows for the processes that neither give nor take; always as many, so that nothing below jumps."""

LEAST_ARENA = 4
"""Rows for the users of locks and managers, at least, beside queues."""


def draw(scene: Scene, width: int, height: int) -> Canvas:
    """The picture in at least these many cells; it is higher when it does not fit."""
    found = [part for block in blocks() for part in block.parts(scene)]
    filling, needing, inner = ([part for part in found if part.size is size] for size in Size)
    arena = Arena(scene, width)
    if not (found or arena.cards):
        return _without_parts(scene, width, height)
    room = height - TOP - 2
    share = room // max(1, len(filling) + len(needing) + bool(arena.cards))
    needs = [part.rows(width, share) + 1 for part in needing]
    # What fills and the users of locks take what the others leave, and not less than they need to be read.
    left = room - sum(needs)
    people = 0
    if arena.cards:
        people = arena.rows(left if not filling else max(LEAST_ARENA, left // 2)) + 1
        left -= people
    placed: list[tuple[Part, int]] = []
    y = _place(placed, filling, width, TOP + 1, max(left, LEAST * len(filling)))
    below, y = y, y + sum(needs) + people
    y = _place(placed, inner, width, y, LEAST * len(inner))
    canvas = Canvas(width, max(height, y))
    shown = arena.people.union(*(part.people for part in found))
    _others(canvas, scene, [it for key, it in scene.world.processes.items() if key not in shown])
    for part, top in placed:
        part.draw(canvas, top)
    for part, rows in zip(needing, needs, strict=True):
        part.draw(canvas, below)
        below += rows
    if arena.cards:
        arena.draw(canvas, below, people - 1)
    return canvas


def _place(placed: list[tuple[Part, int]], parts: list[Part], width: int, y: int, room: int) -> int:
    """Put these below each other from row y on, each with its share of the room; the row after them."""
    share = max(1, room // max(1, len(parts)) - (1 if len(parts) > 1 else 0))
    for part in parts:
        placed.append((part, y))
        y += part.rows(width, share) + 1
    return y


def _others(canvas: Canvas, scene: Scene, processes: list[Process]) -> None:
    """Main and whoever is busy with something else, side by side; nobody is left out, some are counted."""
    most = canvas.width - 2 if len(processes) == 1 else max(24, canvas.width // 2 - 3)
    for room in range(min(len(processes), 6), 0, -1):
        spots, x, y = [], 1, 0
        for it in line.lines(scene, processes, room):
            name = min(cell_len(it.name), line.NAME)
            width = line.draw(Canvas(1, 1), scene, it, 0, 0, most, name)
            if x > 1 and x + width > canvas.width:
                x, y = 1, y + 1
            spots.append((it, x, y, width, name))
            x += width + 4
        if y < TOP or room == 1:
            for it, x, y, width, name in spots:
                line.draw(canvas, scene, it, x, y, max(width, most), name)
            return


def _without_parts(scene: Scene, width: int, height: int) -> Canvas:
    canvas = Canvas(width, height)
    found = line.lines(scene, scene.world.processes.values(), max(1, height - 2))
    names = line.name_width(found, width)
    for y, it in enumerate(found):
        line.draw(canvas, scene, it, 1, y, width - 2, names)
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

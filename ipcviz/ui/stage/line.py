"""Processes on the stage: a name, a glyph and a word for the state, and since when they wait."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, middle_clip, pad
from ipcviz.ui.stage.block import Doing, blocks, waiting_words
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Process, State
from ipcviz.world.names import signal_name

NAME = 12
"""Widest a name gets in a column, in cells."""
CHOSEN = "◀"
"""Beside the name of the process that was chosen."""
NARROW = 30
"""A column below this many cells uses the short words."""


@dataclass
class Line:
    """One line of a column: a process, or several in the same state."""

    processes: list[Process]
    name: str
    glyph: str
    words: tuple[str, ...]
    """The same in fewer and fewer cells; the first that fits is shown."""
    style: str
    since: int | None = None
    """When its wait began, ns; None when it does not wait."""
    name_style: str = "text"


def line(scene: Scene, process: Process) -> Line:
    """What is to be said about one process."""
    glyph, words, style = _doing(scene, process)
    wait = process.wait if not process.state.over else None
    return Line([process], scene.name(process), glyph, words, style, wait.since if wait else None,
                scene.colour(process.key))  # fmt: skip


def lines(scene: Scene, processes: Iterable[Process], room: int) -> list[Line]:
    """The lines of a column, joined by state as far as needed to get by with `room` of them."""
    found = [line(scene, process) for process in processes]
    for what in (_is_over, _is_calm, _is_alike):
        if len(found) <= room:
            break
        found = _grouped(found, what, scene.chosen)
    if len(found) > room:
        rest = [process for more in found[max(0, room - 1) :] for process in more.processes]
        found = found[: max(0, room - 1)]
        found.append(Line(rest, f"{len(rest)} ×", "…", (_("more"),), "dim", None, "dim"))
    return found


def draw(canvas: Canvas, scene: Scene, it: Line, x: int, y: int, width: int, name_width: int) -> int:
    """Draw one line into `width` cells; returns the cell after its last."""
    chosen = scene.chosen and any(process.key == scene.chosen for process in it.processes)
    name_style = it.name_style + ("#" if chosen else "!")
    start = canvas.put(x, y, pad(middle_clip(it.name, name_width), name_width), name_style)
    if chosen:
        canvas.put(start, y, CHOSEN, "key!")
    canvas.put(start + 1, y, it.glyph, it.style + "!")
    left = x + width - (start + 3)
    seconds = "" if it.since is None else _seconds(scene.clock - it.since, width < NARROW)
    for words in it.words:
        if cell_len(words) + (1 + cell_len(seconds) if seconds else 0) <= left:
            break
    else:
        if cell_len(words) > left - cell_len(seconds) - 1 and left < 16:
            seconds = ""
        words = clip(words, left - (1 + cell_len(seconds) if seconds else 0))
    end = canvas.put(start + 3, y, words, it.style)
    return canvas.put(end + 1, y, seconds, "dim") if seconds else end


def name_width(found: Iterable[Line], width: int) -> int:
    """Cells for the names of a column, so that the states stand below each other."""
    widest = max((cell_len(it.name) for it in found), default=0)
    return min(widest, NAME if width >= NARROW else 9)


def _doing(scene: Scene, process: Process) -> Doing:
    state = process.state
    if state is State.KILLED:
        return "☠", (_("killed ({signal})", signal=signal_name(-(process.exitcode or 0))), _("killed")), "bad"
    if state is State.FAILED or (process.error and not state.over):
        return "✘", (process.error or _("exit code {code}", code=process.exitcode),), "bad"
    if state is State.DONE:
        return "✔", (_("done"),), "good"
    if any(block.idle(scene, process) for block in blocks()):
        return "○", (_("idle"),), "dim"
    wait = process.wait
    if wait is not None:
        return "◷", waiting_words()[wait.kind].alone(scene, wait), "wait"
    if state is State.ENDING:
        return "▶", (_("is ending"),), "dim"
    if state is State.STARTING:
        return "○", (_("is starting"),), "dim"
    has = (block.has(scene, process) for block in blocks())
    return next((said for said in has if said is not None), ("▶", (_("runs"),), "text"))


def _seconds(ns: int, narrow: bool) -> str:
    tenths = max(0, ns) // 100_000_000
    text = f"{tenths / 10:.1f}" if tenths < 1000 else str(tenths // 10)
    return text + ("s" if narrow else " s")


def _is_over(it: Line) -> str:
    return it.words[0] if it.processes[0].state.over else ""


def _is_calm(it: Line) -> str:
    """The ended ones, and those of whom there is nothing special to say."""
    state = it.processes[0].state
    return it.words[0] if state.over or (state is not State.WAITING and not it.processes[0].holding) else ""


def _is_alike(it: Line) -> str:
    process = it.processes[0]
    if process.wait is not None and not process.state.over:
        return process.wait.kind.name
    return "has" if process.holding is not None and not process.state.over else it.words[0]


def _grouped(found: list[Line], key_of: Callable[[Line], str], chosen: int) -> list[Line]:
    groups: dict[str, list[Line]] = {}
    order: list[str | Line] = []
    for it in found:
        key = key_of(it) if len(it.processes) == 1 or key_of is _is_alike else ""
        if not key or any(process.key == chosen for process in it.processes):
            order.append(it)
        elif key in groups:
            groups[key].append(it)
        else:
            groups[key] = [it]
            order.append(key)
    joined: list[Line] = []
    for entry in order:
        members = groups[entry] if isinstance(entry, str) else [entry]
        if len(members) == 1:
            joined.append(members[0])
        else:
            joined.append(_together(members))
    return joined


def _together(members: list[Line]) -> Line:
    processes = [process for it in members for process in it.processes]
    first = members[0]
    words = first.words
    wait = processes[0].wait
    if wait is not None and not processes[0].state.over:
        together = waiting_words()[wait.kind].together
        words = (together() if together is not None else words[0],)
    elif processes[0].holding is not None and not processes[0].state.over:
        words = (_("have an item"),)
    since = min((it.since for it in members if it.since is not None), default=None)
    return Line(processes, f"{len(processes)} ×", first.glyph, words, first.style, since, "text")

"""The code that runs, with a mark at each line where a process stands."""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len
from textual import events

from ipcviz.log.events import Site
from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.drawn import Drawn
from ipcviz.words import _
from ipcviz.world import Process, State, World

LARGEST = 1_000_000
"""Bytes; a larger file is no program that somebody wrote."""
GUTTER = 5
"""Cells for the marks, left of the line numbers."""

Parts = list[tuple[str, str]]
"""A line of code as (text, style)."""


@dataclass(frozen=True)
class Standing:
    """A process at a line of the program's own code."""

    process: Process
    site: Site
    waits: bool
    since: int
    """When it came there, ns of the program's clock."""


def standings(world: World) -> list[Standing]:
    """Where each process stands; those that run only the library's own code stand nowhere."""
    found = []
    for process in world.processes.values():
        if process.serves or process.state not in (State.RUNNING, State.WAITING):
            continue
        wait = process.wait
        site = process.site
        if wait is not None and wait.site is not None and _is_file(wait.site):
            site = wait.site
        # A forked worker seems to stand where its pool was made, but it never runs that line.
        idle = bool(process.works_for) and site is not None and site.function == "<module>"
        if site is not None and _is_file(site) and not idle:
            since = max(process.acted, wait.since if wait is not None else 0)
            found.append(Standing(process, site, wait is not None, since))
    return found


def _is_file(site: Site) -> bool:
    """Whether its code comes out of a file, and not out of a text such as `<string>`."""
    return not site.file.startswith("<")


class Files:
    """Files that were looked at, coloured line by line; each is read when it is first needed."""

    def __init__(self, ran_at: float | None = None) -> None:
        self.ran_at = ran_at
        """Wall-clock time of the start of the program, s; None while it is not known."""
        self._known: dict[str, tuple[list[Parts], str]] = {}
        self._fits: dict[Site, bool] = {}

    def lines(self, file: str) -> tuple[list[Parts], str]:
        """The lines of a file, and what is wrong with it."""
        found = self._known.get(file)
        if found is None:
            found = self._known[file] = self._read(file)
        return found

    def fits(self, site: Site) -> bool:
        """Whether the file as it is now can have this place in it."""
        known = self._fits.get(site)
        if known is None:
            lines = self.lines(site.file)[0]
            known = site.line <= len(lines)
            if known and not site.function.endswith(">"):
                head = re.compile(rf"\bdef {re.escape(site.function.rpartition('.')[2])}\b")
                above = ("".join(text for text, _style in line) for line in lines[: site.line])
                known = any(head.search(line) for line in above)
            self._fits[site] = known
        return known

    def _read(self, file: str) -> tuple[list[Parts], str]:
        name = os.path.basename(file)
        try:
            changed = os.stat(file).st_mtime
            with open(file, encoding="utf-8", errors="replace") as opened:
                text = opened.read(LARGEST)
        except (OSError, ValueError):
            return [], _("{file} is not there any more", file=name)
        wrong = ""
        if self.ran_at is not None and changed > self.ran_at + 1:
            wrong = _("{file} has changed since the program ran", file=name)
        return coloured(text), wrong


def coloured(text: str) -> list[Parts]:
    """Python code as lines of styled texts."""
    # Only whoever looks at the code pays for the import.
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    lines: list[Parts] = [[]]
    for kind, part in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text.expandtabs()):
        style = _style(tuple(kind))
        for number, piece in enumerate(part.split("\n")):
            if number:
                lines.append([])
            if piece:
                lines[-1].append((piece, style))
    return lines


def _style(kind: tuple[str, ...]) -> str:
    for depth in range(len(kind), 0, -1):
        style = _STYLES.get(kind[:depth])
        if style is not None:
            return style
    return "text"


_STYLES = {
    # Pygments' name for it: our colour
    ("Comment",): "dim", ("Literal", "String", "Doc"): "dim", ("Literal", "String"): "good",
    ("Literal", "Number"): "item5", ("Keyword",): "key!", ("Operator", "Word"): "key!",
    ("Name", "Function"): "item1!", ("Name", "Class"): "item1!", ("Name", "Decorator"): "item1",
    ("Name", "Builtin"): "item6", ("Name", "Exception"): "bad",
}  # fmt: skip


class Source(Drawn, can_focus=False):
    """One file at a time: the one where most processes stand, scrolled to where something happened last."""

    def __init__(self, *, id: str, hint: Callable[[], str] = lambda: "") -> None:
        super().__init__(id=id)
        self.files = Files()
        self.hint = hint
        """What the heading says besides the file's name."""
        self.file = ""
        self.top = 0
        """Lines scrolled out at the top."""
        self._world = World()
        self._shown: tuple[object, ...] = ()
        self._followed: tuple[object, ...] = ()
        """What it was last scrolled to, and in how many rows."""

    def start_anew(self, ran_at: float | None) -> None:
        """Another program; `ran_at` is the wall-clock time of its start, None where it is not known."""
        self.files = Files(ran_at)
        self.file, self.top, self._world = "", 0, World()
        self._shown = self._followed = ()

    def show(self, world: World) -> None:
        """Show where the processes of this world stand."""
        self._world = world
        here = standings(world)
        now = tuple((it.process.key, it.site, it.waits) for it in here)
        if now != self._shown or not self.file:
            self._shown = now
            self.redraw()

    def scroll(self, lines: int) -> None:
        """Look further up or down until something happens again."""
        self.top = max(0, self.top + lines)
        self.redraw()

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel."""
        self.scroll(2)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel."""
        self.scroll(-2)

    def picture(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        everyone = standings(self._world)
        self._choose(everyone)
        here = [it for it in everyone if it.site.file == self.file]
        heading = os.path.basename(self.file) or _("code")
        hint = self.hint()
        end = canvas.put(0, 0, f"── {heading} {'· ' + hint + ' ' if hint else ''}", "dim")
        canvas.put(end, 0, "─" * (width - end), "dim")
        if not self.file:
            canvas.put(1, 1, clip(_("no code to show yet"), width - 2), "dim")
            return canvas
        lines, wrong = self.files.lines(self.file)
        if lines and not all(self.files.fits(it.site) for it in here):
            wrong = _("{file} has changed since the program ran", file=heading)
        first = 1
        if wrong:
            canvas.put(1, 1, clip(f"✘ {wrong}", width - 2), "bad")
            first = 2
        newest = max(here, key=lambda it: it.since, default=None)
        self._follow(newest, len(lines), height - first)
        by_line: dict[int, list[Standing]] = {}
        for it in here:
            by_line.setdefault(it.site.line, []).append(it)
        digits = max(2, len(str(len(lines))))
        for y in range(first, height):
            number = self.top + y - first + 1
            if number > len(lines):
                break
            is_newest = newest is not None and newest.site.line == number
            self._line(canvas, y, number, digits, lines[number - 1], by_line.get(number, []), is_newest)
        return canvas

    def _choose(self, everyone: list[Standing]) -> None:
        """The file where most of them stand; where as many stand in two, the one that is shown already."""
        counts = Counter(it.site.file for it in everyone)
        if counts:
            self.file = max(counts, key=lambda file: (counts[file], file == self.file))
        elif not self.file:
            main = next(iter(self._world.processes.values()), None)
            if main is not None and main.site is not None and _is_file(main.site):
                self.file = main.site.file

    def _follow(self, newest: Standing | None, count: int, room: int) -> None:
        self.top = max(0, min(self.top, count - room))
        goal = () if newest is None else (self.file, newest.site.line, newest.since, room)
        if newest is None or goal == self._followed:
            return
        self._followed = goal
        at = newest.site.line - 1
        # Some lines around it belong to what is to be seen.
        margin = min(2, (room - 1) // 2)
        if not self.top + margin <= at < self.top + room - margin:
            self.top = max(0, min(at - room // 2, count - room))

    def _line(
        self, canvas: Canvas, y: int, number: int, digits: int, parts: Parts, here: list[Standing],
        newest: bool,
    ) -> None:  # fmt: skip
        for text, style in _marks(here):
            canvas.put_right(GUTTER - 1, y, text, style)
        lead = "text!" if newest else "key!" if here else "dim"
        x = canvas.put_right(GUTTER + digits, y, str(number), lead) + len(str(number)) + 1
        names = ", ".join(it.process.label or it.process.id for it in here[:3])
        said = f" ◀ {names}" + (f" +{len(here) - 3}" if len(here) > 3 else "") if here else ""
        said = clip(said, canvas.width // 2)
        # Who stands there is worth more than the end of the line.
        width = canvas.width - cell_len(said)
        for text, style in parts:
            if x >= width:
                break
            x = canvas.put(x, y, clip(text, width - x), style)
        if sum(cell_len(text) for text, _style in parts) + GUTTER + digits + 1 > width:
            canvas.put(width - 1, y, "…", "dim")
        canvas.put(min(x + 1, width), y, said, "wait" if all(it.waits for it in here) else "key")


def _marks(here: list[Standing]) -> Parts:
    """How many run and how many wait at a line, told apart; both in one sign each where both are."""
    running = sum(not it.waits for it in here)
    waiting = len(here) - running
    if running and waiting:
        return [(f"{running}▶{waiting}◷", "key!")]
    if running:
        return [("▶" if running == 1 else f"{running}×▶", "key!")]
    if waiting:
        return [("◷" if waiting == 1 else f"{waiting}×◷", "wait!")]
    return []


def wall_clock(began: int | None) -> float | None:
    """When a program began that runs on this machine now, as wall-clock time; `began` in ns, monotonic."""
    return None if began is None else time.time() - (time.monotonic_ns() - began) / 1e9

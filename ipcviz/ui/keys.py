"""The keys: one table for the bindings, the line at the bottom, the command palette and the help screen."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.drawn import Drawn
from ipcviz.words import _


@dataclass(frozen=True)
class Key:
    """One key and what it does."""

    key: str
    """As Textual calls it; several with commas."""
    shown: str
    action: str
    word: str
    """For the palette; a sentence of `ipcviz.words`. Empty: not in the palette."""
    says: str
    """For the help screen and the palette; a sentence of `ipcviz.words`."""
    running: bool = True
    """Only while a program or a recording is on the stage."""


KEYS = (
    Key("1,2,3,4,5,6,7,8,9", "1-9", "lesson", "lesson", "start a lesson by its number", running=False),
    Key("n", "n", "next(1)", "next", "the next lesson, or the one before"),
    Key("p", "p", "next(-1)", "previous", "the next lesson, or the one before"),
    Key("r", "r", "restart", "restart", "start again from the beginning"),
    Key("space", "space", "pause", "pause", "pause or go on; the program itself is held too"),
    Key("full_stop", ".", "step", "step", "one step: on to the next thing that happens"),
    Key("comma", ",", "step_back", "step back", "one step back in what is shown"),
    Key("plus,equals_sign", "+", "faster", "faster", "faster"),
    Key("minus", "-", "slower", "slower", "slower; slowest is lecture pace: each event stays to be seen"),
    Key("o", "o", "output", "output", "show or hide what the program writes"),
    Key("c", "c", "code", "code", "show or hide the code that runs"),
    Key("i", "i", "inside", "inside", "open or close a library's own parts: a Pool's queues"),
    Key("tab", "tab", "choose(1)", "choose", "choose a process: the next one, or the one before"),
    Key("shift+tab", "⇧tab", "choose(-1)", "", "choose a process: the next one, or the one before"),
    Key("x", "x", "signal(15)", "SIGTERM", "send SIGTERM, or SIGKILL, to the chosen process"),
    Key("X", "X", "signal(9)", "SIGKILL", "send SIGTERM, or SIGKILL, to the chosen process"),
    Key("s", "s", "picture", "picture", "save a picture of the screen (SVG)", running=False),
    Key("t", "t", "theme", "theme", "dark or light", running=False),
    Key("escape", "esc", "menu", "menu", "back to the lessons; ends the program"),
    Key("left", "←", "jump(-1)", "", "in a recording: one second back, or on"),
    Key("right", "→", "jump(1)", "", "in a recording: one second back, or on"),
    Key("up", "↑", "scroll(-1)", "", "scroll the stage", running=True),
    Key("down", "↓", "scroll(1)", "", "scroll the stage"),
    Key("pageup", "PgUp", "look_back(1)", "", "scroll the story and the output"),
    Key("pagedown", "PgDn", "look_back(-1)", "", "scroll the story and the output"),
    Key("question_mark", "?", "keys", "keys", "all keys", running=False),
    Key("q", "q", "quit", "quit", "leave; ends the program", running=False),
)

LINE = (
    # keys, word, only while something runs, and in which order they go when the room is short (last first)
    ("1-9", "lesson", False, 5), ("n p", "next", True, 8), ("r", "restart", True, 6),
    ("space", "pause", True, 3), (".", "step", True, 2), ("+ -", "speed", True, 1),
    ("o", "output", True, 7), ("c", "code", True, 6), ("i", "inside", True, 13),
    ("tab", "choose", True, 9), ("s", "picture", False, 10), ("t", "theme", False, 12),
    ("esc", "menu", True, 11), ("^p", "commands", False, 14), ("?", "all keys", False, 4),
    ("q", "quit", False, 0),
)  # fmt: skip
"""The line at the bottom."""


def bindings() -> list[Binding]:
    """The table as Textual wants it."""
    found = []
    for it in KEYS:
        for key in it.key.split(","):
            action = f"lesson({key})" if it.action == "lesson" else it.action
            # Scrolling keys belong to a list that has the focus first.
            found.append(Binding(key, action, it.says, show=False, priority=False))
    return found


class KeyLine(Drawn, can_focus=False):
    """The line at the bottom."""

    def __init__(self, *, running: bool) -> None:
        super().__init__(id="keys")
        self.running = running
        self._chosen = ""

    def chosen(self, name: str) -> None:
        """Say what can be done to the process of this name; with no name, nothing of it."""
        if name != self._chosen:
            self._chosen = name
            self.redraw()

    def picture(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        canvas.put(0, 0, " " * width, "text=")
        x = 1
        for shown, word in self._fitting(width - 1):
            x = canvas.put(x, 0, shown, "key=!")
            x = canvas.put(x + 1, 0, _(word), "text=") + 2
        return canvas

    def _fitting(self, width: int) -> list[tuple[str, str]]:
        usable = [entry for entry in LINE if self.running or not entry[2]]
        if self._chosen:
            others = [entry for entry in usable if entry[0] != "tab"]
            usable = [("tab", clip(self._chosen, 16), True, -3), ("x", "SIGTERM", True, -2),
                      ("X", "SIGKILL", True, -1), *others]  # fmt: skip
        kept = set()
        for shown, word, _running, _rank in sorted(usable, key=lambda entry: entry[3]):
            width -= cell_len(shown) + cell_len(_(word)) + 3
            if width < -2:
                break
            kept.add(shown)
        return [(shown, word) for shown, word, _running, _rank in usable if shown in kept]


def help_lines() -> list[tuple[str, str]]:
    """Keys and what they do; two that do the same share a line, so that all fit the smallest screen."""
    lines: dict[str, str] = {}
    for it in KEYS:
        lines[it.says] = f"{lines[it.says]} {it.shown}" if it.says in lines else it.shown
    return [(shown, says) for says, shown in lines.items()]


class _KeyTable(Drawn, can_focus=False):
    """All keys below each other."""

    def picture(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        canvas.put(2, 0, _("Keys"), "text!")
        for y, (shown, says) in enumerate(help_lines(), start=1):
            canvas.put_right(9, y, shown, "key!")
            canvas.put(12, y, _(says), "text")
        return canvas


class KeyScreen(ModalScreen[None]):
    """The help screen; any of its keys closes it."""

    BINDINGS = [Binding("escape,question_mark,q,enter,space", "dismiss", show=False)]

    def compose(self) -> ComposeResult:
        with Vertical(id="key-box"):
            table = _KeyTable(id="key-table")
            table.styles.height = len(help_lines()) + 1
            yield table

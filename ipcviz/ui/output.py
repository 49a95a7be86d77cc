"""The program's own output in a pane of its own: its colours are kept, its cursor tricks are not."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.console import Console
from rich.style import Style

from ipcviz.ui.lines import KEPT, Lines, Parts
from ipcviz.words import _
from ipcviz.world.output import Output as Written

_NOT_COLOUR = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-ln-~]"  # every control sequence but the one that sets colours
    r"|\x1b[\]PX^_].*?(?:\x07|\x1b\\|$)"  # titles, links and other strings to the terminal
    r"|\x1b[^\[\]PX^_]"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f\x80-\x9f]",
    re.DOTALL,
)


class Output(Lines):
    """What the program wrote, line by line."""

    def __init__(self) -> None:
        super().__init__(id="output")
        self.taken = 0
        """How many pieces of the world's output are shown."""
        self._open: dict[int, str] = {}
        self._colours: dict[str, Style] = {}

    def heading(self) -> str:
        return _("output of the program")

    def clear(self) -> None:
        super().clear()
        self.taken = 0
        self._open.clear()

    def take(self, written: Written) -> bool:
        """Add what is new of the world's output; returns whether there was anything."""
        if written.count < self.taken:
            # The view went back.
            self.clear()
        new = written.since(self.taken)
        if written.count - self.taken > len(new):
            # What is not kept any more had the end of these lines.
            self._open.clear()
        self.taken = written.count
        for stream, text in new[-KEPT:]:
            whole = self._open.pop(stream, "") + text
            *lines, rest = whole.split("\n")
            for line in lines[-KEPT:]:
                self.lines.append(self._parts(line, stream))
            if rest:
                self._open[stream] = rest
        return bool(new)

    def flush(self) -> None:
        """Show also what has no end of line yet."""
        for stream, rest in self._open.items():
            self.lines.append(self._parts(rest, stream))
        self._open.clear()

    def _take_theme(self) -> bool:
        changed = super()._take_theme()
        if changed:
            self._styles = _WithOwn(self._styles, self._colours)
        return changed

    def _parts(self, line: str, stream: int) -> Parts:
        # A carriage return begins the line again: what was written last stays.
        line = clean(line).rstrip("\r").rpartition("\r")[2].expandtabs()
        plain = "bad" if stream == 2 else "text"
        if "\x1b" not in line:
            return [(line, plain)]
        from rich.text import Text

        text = Text.from_ansi(line)
        parts: Parts = []
        for segment in text.render(_console()):
            name = plain
            if segment.style is not None and segment.style:
                name = f"own:{segment.style}"
                self._colours[name] = segment.style
            if segment.text != "\n":
                parts.append((segment.text, name))
        return parts


class _WithOwn(dict[str, Style]):
    """Our styles, and the program's own by name on our ground."""

    def __init__(self, ours: Mapping[str, Style], own: Mapping[str, Style]) -> None:
        super().__init__(ours)
        self._own = own

    def get(self, name: str, default: Style) -> Style:  # type: ignore[override]
        found = super().get(name)
        if found is None:
            own = self._own.get(name)
            found = default if own is None else default + own
        return found


def clean(text: str) -> str:
    """The text without anything that moves the cursor or speaks to the terminal; colours stay."""
    return _NOT_COLOUR.sub("", text)


def _console() -> Console:

    return Console(width=10_000, color_system="truecolor")

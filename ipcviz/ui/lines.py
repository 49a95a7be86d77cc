"""Lines that come one after the other, the newest visible; only those on the screen are drawn."""

from __future__ import annotations

from collections import deque

from textual import events

from ipcviz.ui.canvas import Canvas
from ipcviz.ui.drawn import Drawn

KEPT = 2_000
"""Lines that can be scrolled back to."""

Parts = list[tuple[str, str]]
"""A line as (text, style)."""


class Lines(Drawn, can_focus=False):
    """A heading and below it the newest lines."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.lines: deque[Parts] = deque(maxlen=KEPT)
        self.back = 0
        """Lines scrolled back from the newest."""

    def heading(self) -> str:
        """What stands over the lines."""
        return ""

    def clear(self) -> None:
        """Begin anew."""
        self.lines.clear()
        self.back = 0

    def scroll(self, lines: int) -> None:
        """Go back by so many lines (negative: on towards the newest)."""
        self.back = max(0, min(self.back + lines, len(self.lines) - (self.size.height - 1)))
        self.redraw()

    def picture(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        heading = f"── {self.heading()} "
        end = canvas.put(0, 0, heading, "dim")
        canvas.put(end, 0, "─" * (width - end), "dim")
        room = height - 1
        last = len(self.lines) - self.back
        first = max(0, last - room)
        for y, index in enumerate(range(first, last), start=1):
            x = 1
            for text, style in self.lines[index]:
                x = canvas.put(x, y, text, style)
        return canvas

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel."""
        self.scroll(-2)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel."""
        self.scroll(2)

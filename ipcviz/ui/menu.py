"""The lesson menu: what there is to teach, a number before each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from ipcviz import words
from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.drawn import Drawn
from ipcviz.ui.keys import KeyLine
from ipcviz.words import _

if TYPE_CHECKING:
    from ipcviz.lessons import Lesson

TOP = 4
"""Rows above the first lesson."""
EACH = 3
"""Rows of one lesson: title, summary, and a blank where there is room for it."""


class LessonList(Drawn, can_focus=True):
    """The lessons, one of them chosen."""

    BINDINGS = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """Somebody wants this lesson."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        super().__init__(id="lessons")
        self.lessons = lessons
        self.at = 0
        self._first = 0

    def picture(self, width: int, height: int) -> Canvas:
        canvas = Canvas(width, height)
        canvas.put(2, 1, "ipcviz", "key!")
        canvas.put(10, 1, _("See how Python processes talk to each other"), "text")
        each = self._each(height)
        shown = max(1, (height - TOP) // each)
        first = max(0, min(self.at - shown + 1, len(self.lessons) - shown)) if self.at >= shown else 0
        self._first = first
        for row, number in enumerate(range(first, min(first + shown, len(self.lessons)))):
            lesson, y = self.lessons[number], TOP + row * each
            here = number == self.at
            title = f" {number + 1}  {words.of(lesson.title)} "
            if here:
                canvas.put(0, y, "▶", "key!")
            canvas.put(2, y, title, "key#" if here else "text!")
            canvas.put(6, y + 1, clip(words.of(lesson.summary), width - 8), "text" if here else "dim")
        if not self.lessons:
            canvas.put(2, TOP, _("There are no lessons."), "bad")
        canvas.put_right(width - 1, height - 1, _("Enter starts it"), "dim")
        return canvas

    def _each(self, height: int) -> int:
        return EACH if TOP + EACH * len(self.lessons) <= height else EACH - 1

    def action_move(self, by: int) -> None:
        """Choose another one."""
        self.at = max(0, min(len(self.lessons) - 1, self.at + by))
        self.redraw()

    def action_choose(self) -> None:
        """Start the chosen one."""
        if self.lessons:
            self.post_message(self.Chosen(self.at + 1))

    def on_click(self, event: events.Click) -> None:
        """The mouse chooses and starts."""
        number = (event.y - TOP) // self._each(self.size.height) + self._first
        if 0 <= number < len(self.lessons) and event.y >= TOP:
            self.at = number
            self.action_choose()


class MenuScreen(Screen[None]):
    """The menu fills the screen."""

    def __init__(self, lessons: Sequence[Lesson]) -> None:
        super().__init__(id="menu")
        self._lessons = lessons

    def compose(self) -> ComposeResult:
        yield LessonList(self._lessons)
        yield KeyLine(running=False)

    def on_mount(self) -> None:
        """The list takes the keys."""
        self.query_one(LessonList).focus()

"""The story: one sentence for each thing that happened, newest at the bottom."""

from __future__ import annotations

from ipcviz.tell.sentence import Sentence
from ipcviz.ui.lines import Lines
from ipcviz.words import _

_GLYPHS = {
    "go": ("▶", "text"),
    "wait": ("◷", "wait"),
    "good": ("✔", "good"),
    "bad": ("✘", "bad"),
    "note": ("·", "dim"),
}


class Story(Lines):
    """Sentences with the time at which they became true."""

    def __init__(self) -> None:
        super().__init__(id="story")

    def heading(self) -> str:
        beside = "" if self.screen.has_class("wide") else " · " + _("c: code")
        return _("what happened") + beside

    def tell(self, sentence: Sentence, began: int | None) -> None:
        """Add a sentence; it is drawn with the next frame."""
        seconds = (sentence.time - (began or sentence.time)) / 1e9
        glyph, style = _GLYPHS[sentence.mood]
        self._add([(f"{seconds:8.3f} ", "dim"), (f" {glyph} ", style + "!"), (sentence.text, style)])

    def skip(self, count: int) -> None:
        """Say that so many events came too fast to be told."""
        self._add([(" " * 9, "dim"), (" … ", "dim"), (_("{count} more", count=f"{count:,}"), "dim")])

    def _add(self, parts: list[tuple[str, str]]) -> None:
        self.lines.append(parts)
        if self.back:
            # Whoever reads further up is left in peace.
            self.back = min(self.back + 1, len(self.lines))

"""A widget that draws on a canvas and sends the terminal only the rows that differ from before."""

from __future__ import annotations

from collections.abc import Mapping

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from ipcviz.ui import canvas as canvases
from ipcviz.ui.canvas import Canvas, Row
from ipcviz.ui.theme import palette


class Drawn(Widget):
    """Subclasses draw in `picture`; whoever changes what they show calls `redraw`."""

    ALLOW_SELECT = False
    ascii = False
    """Set for the whole app: only ASCII signs."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._rows: list[Row] = []
        self._strips: list[Strip | None] = []
        self._styles: Mapping[str, Style] = palette("")
        self._style_key = ""

    def picture(self, width: int, height: int) -> Canvas:
        """The picture as it is now."""
        raise NotImplementedError

    def redraw(self) -> int:
        """Draw again; returns how many rows are different."""
        width, height = self.size
        if not width or not height:
            return 0
        self._take_theme()
        drawn = self.picture(width, height)
        rows = [drawn.row(y) for y in range(height)]
        if len(rows) != len(self._rows) or (rows and len(rows[0][0]) != len(self._rows[0][0])):
            changed = list(range(height))
            self._strips = [None] * height
        else:
            changed = [y for y in range(height) if rows[y] != self._rows[y]]
        self._rows = rows
        for y in changed:
            self._strips[y] = None
        if changed:
            # Whole rows: a refresh that cuts a wide character in two erases it.
            self.refresh(*(Region(0, y, width, 1) for y in changed))
        return len(changed)

    def render_line(self, y: int) -> Strip:
        """One row as Textual wants it."""
        if not 0 <= y < len(self._rows):
            return Strip.blank(self.size.width, self._styles["text"])
        strip = self._strips[y]
        if strip is None:
            styles, plain = self._styles, self._styles["text"]
            segments = []
            for text, style in canvases.runs(self._rows[y]):
                said = text.translate(canvases.ASCII) if self.ascii else text
                segments.append(Segment(said, styles.get(style, plain)))
            strip = self._strips[y] = Strip(segments, len(self._rows[y][0]))
        return strip

    def on_resize(self, _event: events.Resize) -> None:
        """The size is known, or another one."""
        self.redraw()

    def notify_style_update(self) -> None:
        """The theme is another one."""
        super().notify_style_update()
        if self._rows and self._take_theme():
            self.refresh()

    def _take_theme(self) -> bool:
        app = self.app
        key = app.theme
        if key == self._style_key:
            return False
        self._style_key = key
        self._styles = palette(key, app.current_theme.dark)
        self._strips = [None] * len(self._rows)
        return True

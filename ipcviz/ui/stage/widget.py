"""The stage: shows the picture of a world and scrolls it where it does not fit."""

from __future__ import annotations

from textual import events

from ipcviz.ui.canvas import Canvas
from ipcviz.ui.drawn import Drawn
from ipcviz.ui.stage import picture
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import World


class Stage(Drawn, can_focus=False):
    """One picture; `show` gives it the next scene."""

    def __init__(self) -> None:
        super().__init__(id="stage")
        self.scene = Scene(World(), 0)
        self.top = 0
        """Rows that are scrolled out at the top."""

    def show(self, scene: Scene) -> None:
        """Draw this scene now."""
        self.scene = scene
        self.redraw()

    def scroll(self, rows: int) -> None:
        """Move by so many rows; `redraw` keeps it inside the picture."""
        self.top = max(0, self.top + rows)
        self.redraw()

    def picture(self, width: int, height: int) -> Canvas:
        whole = picture.draw(self.scene, width, height)
        if whole.height <= height:
            self.top = 0
            picture.banner(whole, self.scene)
            return whole
        self.top = min(self.top, whole.height - height)
        window = whole.window(self.top, height)
        if self.top + height < whole.height:
            window.put_right(width, height - 1, " " + _("↓ more") + " ", "key#")
        if self.top:
            window.put_right(width, 0, " " + _("↑ more") + " ", "key#")
        picture.banner(window, self.scene)
        return window

    def on_mouse_scroll_down(self, _event: events.MouseScrollDown) -> None:
        """The wheel."""
        self.scroll(2)

    def on_mouse_scroll_up(self, _event: events.MouseScrollUp) -> None:
        """The wheel."""
        self.scroll(-2)

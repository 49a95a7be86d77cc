"""The run on the screen: the stage, the story, the output, and the line that says which clock."""

from __future__ import annotations

import time

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Static

from ipcviz.tell.sentence import Sentence
from ipcviz.ui.controller import Controller
from ipcviz.ui.keys import KeyLine
from ipcviz.ui.output import Output
from ipcviz.ui.player import Mode, Player
from ipcviz.ui.source import Source, wall_clock
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.stage.widget import Stage
from ipcviz.ui.status import Status, StatusLine
from ipcviz.ui.story import Story
from ipcviz.words import _
from ipcviz.world import World

LEAST = (80, 24)
SIDE_BY_SIDE = 110
"""From this width on story and output stand beside each other."""


class RunScreen(Screen[None]):
    """Shows the run that a controller watches."""

    # There is nothing to give the focus to.
    BINDINGS = [
        Binding("tab", "app.choose(1)", show=False),
        Binding("shift+tab", "app.choose(-1)", show=False),
    ]

    def __init__(self, controller: Controller, *, motion: bool = True) -> None:
        super().__init__(id="run")
        self.controller = controller
        self.title_text = ""
        self.motion = motion
        self.stage = Stage()
        self.story = Story()
        self.output = Output()
        self.status = StatusLine()
        self.source = Source(id="source")
        self.source_tab = Source(id="source-tab", hint=lambda: _("c: story"))
        self.inside = False
        """Whether the parts of the library's own objects are shown."""
        self.chosen = 0
        """Key of the process that was chosen, 0 for none."""
        self.keys = KeyLine(running=True)
        self._drawn: tuple[object, ...] = ()
        self._flushed = False

    def compose(self) -> ComposeResult:
        yield self.status
        with Horizontal(id="upper"):
            yield self.stage
            yield self.source
        with Horizontal(id="lower"):
            yield self.source_tab
            yield self.story
            yield self.output
        yield self.keys
        yield Static(id="small")

    @property
    def player(self) -> Player:
        """Of the run that is shown."""
        return self.controller.player

    def begin(self, title: str) -> None:
        """The controller watches another run: put it on the screen from its beginning."""
        self.title_text = title
        self.chosen = 0
        self.output.clear()
        self._flushed = False
        log = self.player.log
        # A recording may have been made anywhere: the age of the file here says nothing.
        ran_at = None if self.player.replay else wall_clock(log.time(0)) if len(log) else time.time()
        for source in (self.source, self.source_tab):
            source.start_anew(ran_at)
        self.tell()
        self.draw(force=True)
        self.story.redraw()
        self.output.redraw()

    def tell(self) -> None:
        """Put what there is to tell into the story; `draw` shows it."""
        told = self.controller.take_told()
        if told.anew:
            self.story.clear()
        if told.skipped:
            self.story.skip(told.skipped)
        began = self.controller.world.began
        for sentence in told.sentences:
            self.story.tell(sentence, began)

    def follow(self) -> None:
        """A key has changed something: tell and draw it now."""
        self.tell()
        self.draw(force=True)

    def draw(self, *, force: bool = False) -> None:
        """Draw what is different since the last time."""
        player, world = self.player, self.player.world
        self.status.show(self._status(world))
        waits = any(process.waits for process in world.processes.values())
        if self.chosen not in self._choice():
            self.chosen = 0
        self.keys.chosen(world.process(self.chosen).label if self.chosen else "")
        now = (world, world.count, player.clock // 100_000_000 if waits else 0, self.chosen)
        if not (force or now != self._drawn or self.stage.scene.moving):
            return
        news = force or now[:2] != self._drawn[:2]
        self._drawn = now
        live = self.controller.live
        self.stage.show(Scene(world, player.clock, player.age, self.motion, self.inside, self.chosen, live))
        if news:
            self._show_source()
        if news:
            self.story.redraw()
            wrote = self.output.take(world.output)
            if world.ended is not None and not self._flushed:
                self._flushed = True
                self.output.flush()
                wrote = True
            if wrote:
                self.output.redraw()

    def show_moment(self, seconds: float) -> None:
        """Stand still at a moment of a recording, items on their way included."""
        self.motion = True
        self.controller.show_moment(seconds)
        self.follow()

    def choose(self, by: int) -> None:
        """Choose the next process that lives, or the one before; between the last and the first none is."""
        keys = [*self._choice(), 0]
        self.chosen = keys[((keys.index(self.chosen) if self.chosen in keys else -1) + by) % len(keys)]
        self.draw(force=True)

    def _choice(self) -> list[int]:
        """Keys of those who can be chosen; main, which takes the others with it, comes last."""
        if not self.controller.live:
            return []
        alive = [it for it in self.player.world.processes.values() if not it.state.over]
        return [it.key for it in sorted(alive, key=lambda it: not it.parent)]

    def note(self, sentence: str) -> None:
        """Put into the story what was done from here."""
        world = self.player.world
        self.story.tell(
            Sentence(max(self.player.clock, world.now), "note", self.chosen, sentence), world.began
        )
        self.story.redraw()

    def complain(self, sentence: str) -> None:
        """Say on the stage why there is nothing to see."""
        self.stage.show(Scene(self.player.world, self.player.clock, complaint=sentence))

    def toggle_output(self) -> None:
        """Show the program's output, or hide it."""
        self.set_class(not self.has_class("with-output"), "with-output")

    def toggle_source(self) -> None:
        """Show the code that runs, or hide it."""
        self.set_class(not self.has_class("with-source"), "with-source")
        self._share_out(self.size.height)
        self.call_after_refresh(self._show_source)

    def toggle_inside(self) -> None:
        """Show the parts of the library's own objects, or hide them."""
        self.inside = not self.inside
        self.draw(force=True)

    def _show_source(self) -> None:
        if self.has_class("with-source"):
            source = self.source if self.has_class("wide") else self.source_tab
            source.show(self.player.world)

    def scroll_lines(self, pages: int) -> None:
        """Go back in the story and the output."""
        for lines in (self.story, self.output):
            lines.scroll(pages * max(1, lines.size.height - 2))

    def on_resize(self, event: events.Resize) -> None:
        """Share out the room; below the least size only say so."""
        width, height = event.size
        small = width < LEAST[0] or height < LEAST[1]
        self.set_class(small, "too-small")
        self.set_class(width >= SIDE_BY_SIDE, "wide")
        self._share_out(height)
        self.source.styles.width = max(48, min(100, width * 42 // 100))
        self.call_after_refresh(self._show_source)
        if small:
            said = _("needs {w}×{h}, have {have_w}×{have_h}",
                     w=LEAST[0], h=LEAST[1], have_w=width, have_h=height)  # fmt: skip
            self.query_one("#small", Static).update(said)

    def _share_out(self, height: int) -> None:
        """Rows for the stage and for what stands below it; code needs more of them than the story."""
        least = 9 if self.has_class("with-source") and not self.has_class("wide") else 5
        self.query_one("#lower").styles.height = least if height < 30 else max(least, min(12, height // 4))

    def _status(self, world: World) -> Status:
        player = self.player
        until = player.clock if world.ended is None else min(player.clock, world.ended.time)
        method = next((it.start_method for it in world.processes.values() if it.parent), "")
        return Status(
            title=self.title_text,
            method=method,
            mode=player.mode,
            speed=player.speed,
            seconds=_shown_seconds(world, until, live=player.mode is Mode.LIVE),
            lost=world.lost,
            unwatched=world.unwatched,
            outcome=world.ended.outcome if world.ended is not None else "",
            recorded=player.replay,
            behind=int(self.controller.behind * 10) / 10 if player.mode is Mode.LIVE else 0.0,
        )


def _shown_seconds(world: World, until: int, *, live: bool) -> float:
    """Cut to what the line shows, so that it is not drawn again for what nobody sees."""
    digits = 10 if live else 1000
    return max(0, int(world.seconds(until) * digits)) / digits if world.count else 0.0

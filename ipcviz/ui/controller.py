"""The controller: owns the play head and the running program, so that screens and keys only ask it.

It is the one place that holds the program, lets it make a single step, sets the pace, moves the head to
another moment, and ends the program. It knows no screen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.tell.narration import narrate
from ipcviz.tell.sentence import Sentence
from ipcviz.ui.player import Player
from ipcviz.ui.runner import Runner, Start
from ipcviz.world import World

if TYPE_CHECKING:
    from ipcviz.run.session import Program

SLOW_FRAME, QUICK_FRAME = 0.030, 0.020
"""Seconds that a frame may take at most, and below which there is time for more."""
LEAST_EVENTS, MOST_EVENTS = 1_000, 40_000
"""Between these the number of events per frame is adapted to the machine."""


class Told(NamedTuple):
    """What there is to tell since the last time."""

    anew: bool
    """The head went to another moment: what was told before is told again as far as it belongs there."""
    skipped: int
    """Events that came too fast to be told, before the sentences."""
    sentences: list[Sentence]


class Controller:
    """One run at a time, live or recorded; `start` decides how a session of a program begins."""

    def __init__(self, start: Start | None = None, pace: str = "live") -> None:
        self.pace = pace
        """At which the next run begins: that of the run before, once somebody has changed it."""
        self.player = Player(Log())
        self._runner = Runner(start)
        self._single_step = False
        """The held program goes on until the next thing that is told has happened."""
        self._anew = False
        self._skipped = 0
        self._sentences: list[Sentence] = []

    # The run.

    @property
    def world(self) -> World:
        """What is true at the moment shown."""
        return self.player.world

    @property
    def live(self) -> bool:
        """Whether the program runs, so that its processes can be sent a signal."""
        return not self.player.replay and not self.player.log.closed

    @property
    def behind(self) -> float:
        """Seconds of the program that were reported and are not shown yet."""
        return self.player.behind + self._runner.behind

    def watch(self, log: Log, *, replay: bool = False) -> None:
        """Play this log from its beginning."""
        self.player = Player(log, self._tell, replay=replay, pace=self.pace)
        self._single_step = False
        self._tell_anew()

    async def start(self, program: Program) -> bool:
        """End what runs, then start this and watch it; False when a later wish came in between."""
        session = await self._runner.switch(program)
        if session is not None:
            self.watch(session.log)
        return session is not None

    async def end(self) -> None:
        """End what runs; something else can be started."""
        await self._runner.switch(None)

    def close(self) -> None:
        """End what runs, for good; returns when it is gone."""
        self._runner.close()

    def send_signal(self, process: int, number: int) -> bool:
        """Send a signal to the process of this key; whether it was still there."""
        return self._runner.send_signal(self.world.process(process).pid, number)

    # The clock.

    def advance(self, dt: float, live_now: int) -> None:
        """Move on by one frame: `dt` seconds after the last, at `live_now` ns of the program's clock."""
        self.player.advance(dt, live_now)
        self._count_untold()
        if self._single_step and (self.player.step() or not self._can_go_on):
            self._single_step = False
            self._hold(True)

    def adapt(self, took: float) -> None:
        """A frame took so many seconds: a slow machine takes in less, so that the keys are heard."""
        player = self.player
        if took > SLOW_FRAME:
            player.most = max(LEAST_EVENTS, player.most * 3 // 4)
        elif took < QUICK_FRAME and player.behind:
            player.most = min(MOST_EVENTS, player.most * 5 // 4)

    def toggle_pause(self) -> None:
        """Stop, or go on; the program is held as long as the head stands still."""
        self._single_step = False
        self.player.pause(not self.player.paused)
        self._hold(self.player.paused)

    def step(self) -> None:
        """On to the next thing that is told; where nothing is known yet, the program makes one step."""
        if not self.player.paused:
            self._hold(True)
        if not self.player.step() and self._can_go_on:
            self._single_step = True
            self._hold(False)

    def step_back(self) -> None:
        """Back to what was told before; the program is held, it cannot go back."""
        if not self.player.paused:
            self._hold(True)
        self._single_step = False
        self._tell_anew()
        self.player.step_back()
        self._count_untold()

    def jump(self, seconds: float) -> None:
        """Go by so many seconds in a recording, back if negative."""
        if self.player.replay:
            self._tell_anew()
            self.player.jump(seconds)
            self._count_untold()

    def show_moment(self, seconds: float) -> None:
        """Go to the moment so many seconds after the beginning of a recording; what moved then moves."""
        log = self.player.log
        self._tell_anew()
        self.player.pause(False)
        self.player.seek((log.time(0) if len(log) else 0) + int(seconds * 1e9))
        self._count_untold()

    def faster(self) -> None:
        """The next faster pace."""
        self.player.faster()
        self._keep_pace()

    def slower(self) -> None:
        """The next slower pace."""
        self.player.slower()
        self._keep_pace()

    # The story.

    def take_told(self) -> Told:
        """What there is to tell since the last time."""
        told = Told(self._anew, self._skipped, self._sentences)
        self._anew, self._skipped, self._sentences = False, 0, []
        return told

    def _tell(self, event: Event, world: World) -> bool:
        sentence = narrate(event, world)
        if sentence is None:
            return False
        self._sentences.append(sentence)
        return True

    def _tell_anew(self) -> None:
        self._anew, self._skipped, self._sentences = True, 0, []

    def _count_untold(self) -> None:
        self._skipped += self.player.untold
        self.player.untold = 0

    @property
    def _can_go_on(self) -> bool:
        return self._runner.session is not None and not self.player.log.closed

    def _hold(self, on: bool) -> None:
        if self._runner.session is not None:
            self._runner.session.hold(on)

    def _keep_pace(self) -> None:
        self.pace = str(self.player.speed or "lecture")

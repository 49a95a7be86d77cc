"""The two clocks: the program has one, the view reads the log at a play head with one of its own."""

from __future__ import annotations

import enum
from bisect import bisect_left
from collections import deque
from collections.abc import Callable

from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.ui.checkpoints import Checkpoints
from ipcviz.ui.pace import paces, speed_of
from ipcviz.world import World

FRAME_EVENTS = 6_000
"""Most events taken in per frame; the rest waits for the next frame, so that the screen never freezes."""
TELL_EVENTS = 120
"""Most events told per frame; a reader could not follow more."""
SOON = 0.001
"""Seconds that are not worth waiting for."""
REST = 1.0
"""Seconds the view goes on after the last event of a recording, so that what moves comes to rest."""

Tell = Callable[[Event, World], bool]
"""Is told of an event just taken in; returns whether there was something to say."""


class Mode(enum.Enum):
    """What the screen says about its clock."""

    LIVE = "LIVE"
    SLOW = "SLOW"
    LECTURE = "LECTURE"
    PAUSED = "PAUSED"
    STEP = "STEP"
    REPLAY = "REPLAY"


class Player:
    """A play head in a log, and the world as it was there."""

    def __init__(
        self, log: Log, tell: Tell = lambda _event, _world: True, *,
        replay: bool = False, pace: str = "live", stay: float = 0.7, silence: float = 1.0,
    ) -> None:  # fmt: skip
        self.log = log
        self.world = World()
        self.head = 0
        """How many events of the log have been taken in."""
        self.clock = 0
        """The moment that is shown, ns of the program's clock."""
        self.untold = 0
        """Events of the last frame that came too fast to be told."""
        self.refolded = 0
        """Events that had to be taken in to reach the moment that was gone to last."""
        self.replay = replay
        self.stay = stay
        """Seconds that a told event stays alone on the screen at lecture pace."""
        self.silence = silence
        """Seconds to which longer silences are shortened at lecture pace."""
        self.paces = paces(replay=replay)
        self.most = FRAME_EVENTS
        """Most events to take in per frame; whoever knows how long a frame took may change it."""
        self._pace = self.paces.index(speed_of(pace, self.paces))
        self._tell = tell
        self._paused = False
        self._stepping = False
        self._view = 0.0
        self._frames: deque[tuple[int, float]] = deque(maxlen=256)
        self._next: Event | None = None
        self._told: deque[int] = deque(maxlen=20_000)
        """Where the head was after each told event."""
        self._checkpoints = Checkpoints()
        self._shown = 0.0
        self._stays = False

    # What is shown.

    @property
    def mode(self) -> Mode:
        """The word for the status line."""
        if self._paused:
            return Mode.STEP if self._stepping else Mode.PAUSED
        if not self.speed:
            return Mode.LECTURE
        if self.replay:
            return Mode.REPLAY
        return Mode.LIVE if self.speed == 1 else Mode.SLOW

    @property
    def speed(self) -> float:
        """How fast the view's clock runs against the program's; 0 is lecture pace."""
        return self.paces[self._pace]

    @property
    def paused(self) -> bool:
        """The head stands still."""
        return self._paused

    @property
    def at_end(self) -> bool:
        """Everything that was reported is shown and nothing more will come."""
        return self.log.closed and self.head >= len(self.log)

    @property
    def behind(self) -> float:
        """Seconds of the program that have been reported and are not shown yet."""
        newest = len(self.log) - 1
        return max(0, self.log.time(newest) - self.world.now) / 1e9 if self.head <= newest else 0.0

    def age(self, time: int) -> float:
        """Seconds of the view's own clock since what happened at `time` came on the screen.

        What moves is drawn by this and not by the program's clock: also in slow motion and at lecture
        pace an item is on its way for the same fraction of a second.
        """
        if self._frames and time > self._frames[0][0]:
            index = bisect_left(self._frames, (time, -1.0))
            return 0.0 if index == len(self._frames) else self._view - self._frames[index][1]
        if self._frames:
            return self._view - self._frames[0][1] + (self._frames[0][0] - time) / 1e9
        return max(0.0, (self.clock - time) / 1e9)

    # The keys.

    def pause(self, on: bool) -> None:
        """Stop the head, or let it go on."""
        self._paused, self._stepping = on, False
        self._shown = self._view

    def faster(self) -> None:
        """The next faster pace."""
        self._pace = max(0, self._pace - 1)
        self._shown = self._view

    def slower(self) -> None:
        """The next slower pace."""
        self._pace = min(len(self.paces) - 1, self._pace + 1)
        self._shown = self._view

    def step(self) -> bool:
        """Take in events up to the next one that is told; False when the log has no such event yet."""
        self._paused = self._stepping = True
        while (event := self._peek()) is not None:
            self.clock = max(self.clock, event.time)
            if self._take(event):
                self._mark()
                return True
        self._mark()
        return False

    def step_back(self) -> bool:
        """Back to the told event before; False when there is none."""
        self._paused = self._stepping = True
        before = next((head for head in reversed(self._told) if head < self.head), None)
        if before is None:
            return False
        self._go_to(before)
        self.clock = self.world.now
        self._rest()
        return True

    def jump(self, seconds: float) -> None:
        """Forward or back (negative) by so many seconds of the program."""
        if len(self.log):
            first, last = self.log.time(0), self.log.time(len(self.log) - 1)
            self.seek(max(first, min(self.clock + int(seconds * 1e9), last)))
            self._rest()

    def seek(self, time: int) -> None:
        """Show the moment `time` (ns of the program's clock), forwards or back, with what moved then."""
        self._go_to(self._index_at(time, len(self.log)))
        self.clock = time
        self._frames.clear()

    # The frame.

    def advance(self, dt: float, live_now: int) -> int:
        """Move on by one frame; returns how many events were taken in.

        Args:
            dt: seconds since the last frame.
            live_now: ns of the program's clock now.
        """
        self._view += dt
        self.untold = 0
        before = self.head
        if self._paused:
            return 0
        if not self.speed:
            self._lecture(dt, live_now)
        elif self.speed == 1 and not self.replay:
            self._follow(live_now)
        else:
            self._play(dt, live_now)
        if self.head != before:
            self._mark()
        return self.head - before

    def _follow(self, live_now: int) -> None:
        end = min(len(self.log), self.head + self.most)
        behind = end < len(self.log)
        self._until(end)
        self.clock = max(self.clock, self.world.now if behind else live_now)

    def _play(self, dt: float, live_now: int) -> None:
        if self.clock == 0:
            first = self._peek()
            if first is None:
                return
            self.clock = first.time
        goal = self.clock + int(dt * self.speed * 1e9)
        if not self.replay:
            goal = min(goal, live_now)
        elif self.at_end:
            goal = min(goal, self.world.now + int(REST * 1e9))
        most = self.head + self.most
        end = max(self.head, self._index_at(goal, min(len(self.log), most)))
        cut_off = end == most
        self._until(end)
        self.clock = max(self.clock, self.world.now if cut_off else goal)

    def _index_at(self, time: int, end: int) -> int:
        """How many of the first `end` events had happened at `time`."""
        low, high = 0, end
        while low < high:
            middle = (low + high) // 2
            if self.log.time(middle) <= time:
                low = middle + 1
            else:
                high = middle
        return low

    def _go_to(self, head: int) -> None:
        """Have exactly the first `head` events taken in."""
        # The last events before a moment are told, so that the way back from there is known too.
        nearest = self._checkpoints.nearest(max(0, head - TELL_EVENTS))
        if head < self.head or nearest > self.head:
            self.head, self.world, self._next = nearest, self._checkpoints.world(nearest), None
            while self._told and self._told[-1] > self.head:
                self._told.pop()
        self.refolded = head - self.head
        self._until(head)
        self._shown, self._stays = self._view, True

    def _rest(self) -> None:
        """What had moved is where it was going."""
        self._frames.clear()
        self._frames.append((self.world.now, self._view - 60))

    def _until(self, end: int) -> None:
        """Take in everything before index `end`, telling only the newest."""
        quiet_end = max(self.head, end - TELL_EVENTS)
        if quiet_end > self.head:
            self.untold, self._next = quiet_end - self.head, None
        while self.head < quiet_end:
            stop = min(quiet_end, max(self.head + 1, self._checkpoints.due))
            self.world.apply_all(self.log.read(self.head, stop))
            self.head = stop
            self._checkpoint()
        while self.head < end and (newest := self._peek()) is not None:
            self._take(newest)

    def _lecture(self, dt: float, live_now: int) -> None:
        for _ in range(FRAME_EVENTS):
            event = self._peek()
            if event is None:
                if self.clock and not self.log.closed:
                    self.clock = max(self.clock, min(live_now, self.clock + int(dt * 1e9)))
                elif self.clock:
                    self.clock = min(self.clock + int(dt * 1e9), self.world.now + int(REST * 1e9))
                return
            gap = max(0, event.time - self.clock) if self.clock else 0
            left = self._shown + (self.stay if self._stays else 0.0) - self._view
            need = max(left, min(gap / 1e9, self._shown + self.silence - self._view))
            if need > SOON:
                # The clock runs evenly towards the next event; it gets there when its turn has come.
                self.clock += int(gap * min(1.0, dt / (need + dt)))
                return
            self.clock = max(self.clock, event.time)
            if self._take(event):
                self._stays, self._shown = True, self._view
            elif not self._stays:
                self._shown = self._view
            dt = 0.0

    def _peek(self) -> Event | None:
        if self._next is None and self.head < len(self.log):
            self._next = next(self.log.read(self.head, self.head + 1))
        return self._next

    def _take(self, event: Event) -> bool:
        self.world.apply(event)
        self.head += 1
        self._next = None
        self._checkpoint()
        told = self._tell(event, self.world)
        if told:
            self._told.append(self.head)
        return told

    def _checkpoint(self) -> None:
        if self.head >= self._checkpoints.due:
            self._checkpoints.keep(self.head, self.world)

    def _mark(self) -> None:
        if not self._frames or self.world.now > self._frames[-1][0]:
            self._frames.append((self.world.now, self._view))

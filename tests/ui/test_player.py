"""The two clocks, driven by hand."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from ipcviz.log import table
from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.tell.narration import narrate
from ipcviz.ui import player as players
from ipcviz.ui.player import Mode, Player
from ipcviz.world import World
from tests.support import runs

FRAME = 1 / 30
SECOND = 1_000_000_000


class Watched:
    """A player whose told events are remembered with the second of the view at which they came."""

    def __init__(self, log: Log, **wishes: Any) -> None:
        self.seconds = 0.0
        self.told: list[tuple[float, str]] = []
        self.player = Player(log, self._tell, **wishes)

    def _tell(self, event: Event, world: World) -> bool:
        sentence = narrate(event, world)
        if sentence is not None:
            self.told.append((self.seconds, sentence.text))
        return sentence is not None

    def run(self, seconds: float, live_now: int = 0) -> None:
        for _ in range(round(seconds / FRAME)):
            self.seconds += FRAME
            self.player.advance(FRAME, live_now)


def test_live_shows_everything_at_once_and_the_clock_is_the_programs() -> None:
    log = runs.queue_bounded("full")
    player = Player(log)
    now = log.time(len(log) - 1) + 3 * SECOND
    assert player.advance(FRAME, now) == len(log)
    assert player.mode is Mode.LIVE
    assert player.clock == now
    assert player.world.count == len(log)


def test_a_burst_is_taken_in_over_several_frames_and_only_its_end_is_told() -> None:
    log = Log()
    run = runs.Run()
    for number in range(10_000):
        run.say(2, table.ITEM_PUT, "x", obj=7, number=number)
    log = run.log
    told: list[Event] = []

    def tell(event: Event, _world: World) -> bool:
        told.append(event)
        return True

    player = Player(log, tell)
    assert player.advance(FRAME, run.now) == players.FRAME_EVENTS
    assert player.untold == players.FRAME_EVENTS - players.TELL_EVENTS
    assert player.behind == pytest.approx((10_000 - players.FRAME_EVENTS) * 20e-6)
    assert player.advance(FRAME, run.now) == 10_000 - players.FRAME_EVENTS
    assert player.behind == 0
    assert len(told) == 2 * players.TELL_EVENTS
    assert player.world.channels[7].puts == 10_000


def test_slow_motion_lags_behind_and_says_so() -> None:
    log = runs.queue_bounded("full")
    watched = Watched(log, pace="1/10")
    live = log.time(len(log) - 1) + SECOND
    watched.run(5, live)
    player = watched.player
    assert player.mode is Mode.SLOW
    assert player.speed == pytest.approx(1 / 10)
    assert (player.clock - runs.START) / SECOND == pytest.approx(0.5, abs=0.01)
    assert 0 < player.head < len(log)
    assert player.world.now <= player.clock


def test_slow_motion_never_runs_ahead_of_the_program() -> None:
    log = runs.queue_bounded("full")
    watched = Watched(log, pace="1/2")
    watched.run(4, runs.START + SECOND)
    assert watched.player.clock == runs.START + SECOND


def test_faster_from_slow_motion_catches_up_with_the_program() -> None:
    log = runs.queue_bounded("full")
    watched = Watched(log, pace="1/2")
    live = log.time(len(log) - 1)
    watched.run(1, live)
    watched.player.faster()
    watched.run(FRAME, live)
    assert watched.player.mode is Mode.LIVE
    assert watched.player.head == len(log)


def test_at_lecture_pace_every_told_event_stays_and_silences_are_short() -> None:
    watched = Watched(runs.queue_bounded(), replay=True, pace="lecture")
    watched.run(120)
    times = [second for second, _ in watched.told]
    gaps = [b - a for a, b in pairwise(times)]
    assert watched.player.at_end
    assert watched.told[-1][1] == "the program is over: finished"
    assert min(gaps) >= 0.7 - FRAME / 2
    assert max(gaps) <= 1.0 + 2 * FRAME
    # A millisecond of the program is no reason to wait longer than an event has to stay.
    assert sum(gap < 0.8 for gap in gaps) > len(gaps) / 3


def test_the_clock_never_goes_back_and_never_passes_an_event_that_is_not_shown() -> None:
    log = runs.joinable_queue()
    for pace in ("lecture", "live", "1/5", "5"):
        player = Player(log, lambda event, world: narrate(event, world) is not None, replay=True, pace=pace)
        before = 0
        for _ in range(600):
            player.advance(FRAME, 0)
            assert player.clock >= before
            before = player.clock
            assert player.world.now <= player.clock
            if player.head < len(log) and player.clock:
                assert player.clock <= log.time(player.head)


def test_a_recording_plays_at_its_speed_and_stops_at_its_end() -> None:
    log = runs.queue_bounded()
    watched = Watched(log, replay=True, pace="2")
    watched.run(2)
    assert watched.player.mode is Mode.REPLAY
    assert (watched.player.clock - runs.START) / SECOND == pytest.approx(4.0, abs=0.1)
    watched.run(10)
    assert watched.player.at_end
    end = watched.player.clock
    watched.run(2)
    assert watched.player.clock == end == log.time(len(log) - 1) + SECOND


def test_paused_nothing_is_taken_in_and_the_clock_stands() -> None:
    log = runs.queue_bounded()
    watched = Watched(log, replay=True)
    watched.run(1)
    watched.player.pause(True)
    head, clock = watched.player.head, watched.player.clock
    watched.run(5)
    assert watched.player.mode is Mode.PAUSED
    assert (watched.player.head, watched.player.clock) == (head, clock)
    watched.player.pause(False)
    watched.run(1)
    assert watched.player.head > head


def test_a_step_goes_to_the_next_told_event() -> None:
    watched = Watched(runs.queue_bounded(), replay=True)
    assert watched.player.step()
    assert watched.player.mode is Mode.STEP
    assert [text for _, text in watched.told] == ["the program starts"]
    assert watched.player.step()
    assert [text for _, text in watched.told][1:] == ["main makes a Queue with 3 slots"]
    assert watched.player.clock == watched.player.world.now


def test_a_step_at_the_end_of_what_is_known_says_so() -> None:
    log = runs.queue_bounded("full")
    player = Player(log)
    player.advance(FRAME, log.time(len(log) - 1))
    assert not player.step()
    assert player.paused


def test_seek_goes_forward_and_back_to_the_same_world() -> None:
    log = runs.queue_bounded()
    player = Player(log, replay=True)
    player.seek(runs.START + 2 * SECOND)
    fill, head = player.world.channels[7].fill, player.head
    player.seek(runs.START + 5 * SECOND)
    assert player.head > head
    player.seek(runs.START + 2 * SECOND)
    assert (player.world.channels[7].fill, player.head) == (fill, head)


def test_stepping_back_is_the_same_as_never_having_gone_further() -> None:
    watched = Watched(runs.queue_bounded(), replay=True)
    for _ in range(30):
        watched.player.step()
    heads = [watched.player.head]
    for _ in range(10):
        assert watched.player.step_back()
        heads.append(watched.player.head)
    assert heads == sorted(set(heads), reverse=True)
    assert watched.player.mode is Mode.STEP
    fresh = Player(runs.queue_bounded())
    fresh.world.apply_all(fresh.log.read(0, watched.player.head))
    assert watched.player.world.channels[7] == fresh.world.channels[7]
    assert watched.player.world.processes == fresh.world.processes
    for _ in range(10):
        watched.player.step()
    assert watched.player.head == heads[0]


def test_before_the_first_told_event_there_is_nothing_to_go_back_to() -> None:
    watched = Watched(runs.queue_bounded(), replay=True)
    watched.player.step()
    head = watched.player.head
    assert not watched.player.step_back()
    assert watched.player.head == head


def test_a_jump_stays_inside_the_recording() -> None:
    log = runs.queue_bounded()
    watched = Watched(log, replay=True)
    watched.run(3)
    watched.player.jump(-1)
    assert (watched.player.clock - runs.START) / SECOND == pytest.approx(2.0, abs=0.1)
    watched.player.jump(-100)
    assert watched.player.clock == log.time(0)
    watched.player.jump(100)
    assert watched.player.at_end


def test_age_is_measured_by_the_view_so_that_motion_is_as_quick_in_slow_motion() -> None:
    log = runs.queue_bounded("full")
    watched = Watched(log, pace="1/100")
    live = log.time(len(log) - 1)
    put = next(event for event in log.read() if type(event).__name__ == "ItemPut")
    while 7 not in watched.player.world.channels or not watched.player.world.channels[7].puts:
        watched.run(FRAME, live)
    assert watched.player.age(put.time) <= FRAME
    watched.run(0.5, live)
    assert watched.player.age(put.time) == pytest.approx(0.5, abs=2 * FRAME)


def test_slower_ends_at_lecture_pace_and_faster_at_live() -> None:
    player = Player(Log())
    modes = []
    for _ in range(8):
        modes.append(player.mode)
        player.slower()
    assert modes == [Mode.LIVE, *[Mode.SLOW] * 6, Mode.LECTURE]
    for _ in range(20):
        player.faster()
    assert player.speed == 1


@pytest.mark.parametrize(
    ("pace", "speed"), [("live", 1), ("lecture", 0), ("slow", 1 / 10), ("×1/10", 1 / 10), ("1/100", 1 / 100)]
)
def test_a_pace_is_understood(pace: str, speed: float) -> None:
    assert Player(Log(), pace=pace).speed == pytest.approx(speed)


def test_a_pace_that_is_none_is_refused_with_a_sentence() -> None:
    with pytest.raises(ValueError, match="no such pace: 'brisk'"):
        Player(Log(), pace="brisk")

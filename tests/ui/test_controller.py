"""The controller without a screen: hold, one step, pace, other moments, ending."""

from __future__ import annotations

import pytest

from ipcviz.log import table
from ipcviz.log.log import Log
from ipcviz.run.session import Program
from ipcviz.ui.controller import LEAST_EVENTS, MOST_EVENTS, Controller
from ipcviz.ui.player import Mode
from ipcviz.ui.runner import Running
from tests.support import runs

FRAME = 1 / 30
PROGRAM = Program(["lesson.py"])


class Pretended:
    """Looks like a session of a program that says what the test lets it say."""

    def __init__(self) -> None:
        self.run = runs.Run()
        self.log = self.run.log
        self.held: list[bool] = []
        self.sent: list[tuple[int, int]] = []
        self.ended = False

    def hold(self, on: bool) -> None:
        self.held.append(on)

    def send_signal(self, pid: int, number: int) -> bool:
        self.sent.append((pid, number))
        return True

    def end(self) -> None:
        self.ended = True


class OneProgram:
    """A controller with one program that runs."""

    def __init__(self, pace: str = "live") -> None:
        self.sessions: list[Pretended] = []
        self.controller = Controller(self._start, pace)

    def _start(self, _program: Program) -> Running:
        self.sessions.append(Pretended())
        return self.sessions[-1]

    @property
    def session(self) -> Pretended:
        return self.sessions[-1]

    def put(self, number: int) -> None:
        """The program does one thing that is told."""
        self.session.run.say(2, table.ITEM_PUT, f"'{number}'", obj=7, number=number)

    def frame(self) -> None:
        self.controller.advance(FRAME, self.session.run.now)

    def told(self) -> list[str]:
        return [sentence.text for sentence in self.controller.take_told().sentences]


async def running(pace: str = "live") -> OneProgram:
    it = OneProgram(pace)
    assert await it.controller.start(PROGRAM)
    it.put(0)
    it.frame()
    assert len(it.told()) == 1
    return it


async def test_pausing_holds_the_program_and_going_on_lets_it_go() -> None:
    it = await running()
    it.controller.toggle_pause()
    assert (it.session.held, it.controller.player.mode) == ([True], Mode.PAUSED)
    it.put(1)
    it.frame()
    assert it.told() == []
    it.controller.toggle_pause()
    it.frame()
    assert it.session.held == [True, False]
    assert len(it.told()) == 1


async def test_a_step_shows_what_is_known_and_only_then_lets_the_program_go_on() -> None:
    it = await running()
    it.put(1)
    it.controller.step()
    assert it.session.held == [True]
    assert len(it.told()) == 1
    it.controller.step()
    assert it.session.held == [True, False]
    it.frame()
    assert it.told() == []
    it.put(2)
    it.put(3)
    it.frame()
    assert it.session.held == [True, False, True]
    assert len(it.told()) == 1, "only one of the two"
    assert it.controller.player.mode is Mode.STEP
    assert it.controller.world.channels[7].puts == 3


async def test_a_step_of_a_program_that_is_over_waits_for_nothing() -> None:
    it = await running()
    it.session.log.close()
    it.controller.step()
    assert it.session.held == [True]
    it.frame()
    assert it.session.held == [True]
    assert not it.controller.live


async def test_a_step_back_holds_the_program_and_tells_the_story_anew() -> None:
    it = await running()
    it.put(1)
    it.frame()
    it.controller.take_told()
    it.controller.step_back()
    told = it.controller.take_told()
    assert it.session.held == [True]
    assert told.anew
    assert len(told.sentences) == 1
    assert it.controller.world.channels[7].puts == 1
    assert not it.controller.take_told().anew


async def test_the_pace_somebody_chose_is_that_of_the_next_run() -> None:
    it = await running("1/10")
    it.controller.slower()
    slower = it.controller.player.speed
    assert 0 < slower < 1 / 10
    assert await it.controller.start(PROGRAM)
    assert it.controller.player.speed == slower
    modes = []
    for change in (it.controller.slower, it.controller.faster):
        for _ in range(20):
            change()
        it.controller.watch(Log())
        modes.append(it.controller.player.mode)
    assert modes == [Mode.LECTURE, Mode.LIVE]


async def test_the_old_program_is_ended_before_the_next_begins_and_the_last_on_closing() -> None:
    it = await running()
    assert await it.controller.start(PROGRAM)
    assert [session.ended for session in it.sessions] == [True, False]
    it.controller.close()
    assert not await it.controller.start(PROGRAM)
    assert [session.ended for session in it.sessions] == [True, True]


async def test_a_signal_goes_to_the_process_itself() -> None:
    it = await running()
    it.session.run.say(2, table.PROCESS_BEGAN, "a\x1ffork\x1f0", number=4321, extra=1)
    it.frame()
    assert it.controller.live
    assert it.controller.send_signal(2, 15)
    assert it.session.sent == [(4321, 15)]
    await it.controller.end()
    assert not it.controller.send_signal(2, 15)


def test_a_recording_is_played_without_any_program() -> None:
    controller = Controller()
    log = runs.queue_bounded()
    controller.watch(log, replay=True)
    assert not controller.live
    assert controller.take_told().anew
    controller.show_moment(2.0)
    there = controller.player.head
    assert controller.world.channels[7].puts
    controller.jump(3)
    assert controller.player.head > there
    controller.jump(-3)
    told = controller.take_told()
    assert told.anew
    assert told.sentences
    controller.step()
    controller.step_back()
    controller.toggle_pause()
    controller.close()


def test_a_live_run_is_not_jumped_in() -> None:
    controller = Controller()
    log = runs.queue_bounded()
    controller.watch(log)
    controller.advance(FRAME, log.time(len(log) - 1))
    controller.take_told()
    controller.jump(-2)
    assert controller.player.head == len(log)
    assert not controller.take_told().anew


@pytest.mark.parametrize(("took", "most"), [(0.1, LEAST_EVENTS), (0.001, MOST_EVENTS)])
def test_a_frame_takes_in_as_much_as_the_machine_can(took: float, most: int) -> None:
    run = runs.Run()
    for number in range(100_000):
        run.say(2, table.ITEM_PUT, "x", obj=7, number=number)
    controller = Controller()
    controller.watch(run.log)
    for _ in range(30):
        controller.adapt(took)
    assert controller.player.most == most
    controller.advance(FRAME, run.now)
    told = controller.take_told()
    assert told.skipped + len(told.sentences) == most

"""The app with its keys, over recorded runs and over programs that only pretend to run."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot

from ipcviz import lessons, words
from ipcviz.log import table
from ipcviz.log.log import Log
from ipcviz.run.session import Program, StartError
from ipcviz.ui.app import IpcvizApp
from ipcviz.ui.keys import KeyScreen
from ipcviz.ui.menu import LessonList, MenuScreen
from ipcviz.ui.player import Mode
from tests.support import runs

SIZE = (120, 36)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    words.use("en")


class Pretended:
    """Looks like a session whose program has already said all it has to say."""

    def __init__(self, program: Program, log: Log) -> None:
        self.program, self.log = program, log
        self.held: list[bool] = []
        self.sent: list[tuple[int, int]] = []
        self.gone = False
        self.ended_in = ""
        self.exitcode = None

    @property
    def alive(self) -> bool:
        return not self.ended_in

    def hold(self, on: bool) -> None:
        self.held.append(on)

    def send_signal(self, pid: int, number: int) -> bool:
        self.sent.append((pid, number))
        return not self.gone

    def end(self) -> None:
        self.ended_in = threading.current_thread().name


class Programs:
    """Starts pretended sessions and remembers them."""

    def __init__(self, make_log: Callable[[], Log] = lambda: runs.queue_bounded("full")) -> None:
        self.started: list[Pretended] = []
        self.alive_at_start: list[int] = []
        self._make_log = make_log

    def __call__(self, program: Program) -> Pretended:
        self.alive_at_start.append(sum(session.alive for session in self.started))
        self.started.append(Pretended(program, self._make_log()))
        return self.started[-1]


def rows(app: App[None]) -> str:
    """The screen as text."""
    return "\n".join(
        "".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()
    )


def started(programs: Programs, count: int) -> bool:
    return len(programs.started) == count


async def until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    for _ in range(300):
        if condition():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never came about:\n{rows(pilot.app)}")


async def test_the_menu_lists_the_lessons_and_a_digit_starts_one() -> None:
    programs = Programs()
    app = IpcvizApp(lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        text = rows(app)
        for number, lesson in enumerate(lessons.all()[:9], start=1):
            assert f"{number}  {lesson.title['en']}" in text
        await pilot.press("2")
        await until(pilot, lambda: programs.started and "FULL" in rows(app))
        assert programs.started[0].program.argv == [str(lessons.all()[1].path)]
        assert lessons.all()[1].title["en"] in rows(app).splitlines()[0]


async def test_enter_starts_the_chosen_lesson_and_escape_ends_it() -> None:
    programs = Programs()
    app = IpcvizApp(lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("down", "enter")
        await until(pilot, lambda: programs.started and "FULL" in rows(app))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, MenuScreen))
        assert not programs.started[0].alive
        assert app.screen.query_one(LessonList).at == 1


async def test_switching_and_restarting_end_the_old_program_first_and_off_the_screens_thread() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        for count, key in enumerate(["r", "n", "p", "3", "1"], start=1):
            await until(pilot, partial(started, programs, count))
            await pilot.press(key)
        await until(pilot, lambda: len(programs.started) == 6)
    ids = [lessons.all()[number].path.name for number in (0, 0, 1, 0, 2, 0)]
    assert [os.path.basename(session.program.argv[0]) for session in programs.started] == ids
    assert programs.alive_at_start == [0] * 6
    assert not any(session.alive for session in programs.started)
    assert "MainThread" not in {session.ended_in for session in programs.started}


async def test_many_wishes_at_once_start_only_what_was_wished_last() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        for _ in range(20):
            app.action_next(1)
        app.action_lesson(2)
        wanted = str(lessons.all()[1].path)
        await until(pilot, lambda: programs.started and programs.started[-1].program.argv == [wanted])
        await pilot.pause(0.05)
        assert sum(session.alive for session in programs.started) == 1
        assert len(programs.started) <= 2


async def test_pausing_holds_the_program_and_going_on_releases_it() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started and "LIVE" in rows(app))
        await pilot.press("space")
        assert programs.started[0].held == [True]
        await until(pilot, lambda: "PAUSED" in rows(app))
        await pilot.press("space")
        assert programs.started[0].held == [True, False]
        await until(pilot, lambda: "LIVE" in rows(app))


async def test_a_step_past_what_is_known_lets_the_held_program_do_one_thing() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started and "FULL" in rows(app))
        session = programs.started[0]
        await pilot.press("space", "full_stop")
        assert session.held == [True, False], "everything is shown, so the program has to go on"
        run = runs.Run()
        run.log, run.now = session.log, session.log.time(len(session.log) - 1)
        run.start(12, "getter-1")
        run.say(12, table.DATA_WAITING, obj=7, number=1)
        await until(pilot, lambda: session.held == [True, False, True])
        assert app.view.player.mode is Mode.STEP
        assert app.view.player.head < len(session.log), "only one thing is shown"


async def test_speed_keys_change_the_word_in_the_status_line() -> None:
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=Programs())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("minus")
        await until(pilot, lambda: "SLOW ×1/2" in rows(app))
        await pilot.press(*["minus"] * 6)
        await until(pilot, lambda: "LECTURE" in rows(app))
        await pilot.press(*["plus"] * 7)
        await until(pilot, lambda: "LIVE" in rows(app))


async def test_the_chosen_speed_stays_for_the_next_lesson() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs, pace="lecture")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started)
        await pilot.press("n")
        await until(pilot, lambda: len(programs.started) == 2)
        assert app.view.player.mode is Mode.LECTURE


async def test_a_recording_says_that_it_is_one_and_how_it_ended() -> None:
    app = IpcvizApp(replay=("old run", runs.queue_bounded()), lang="en", pace="10")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "✔ finished" in rows(app))
        first = rows(app).splitlines()[0]
        assert "REPLAY ×10" in first
        assert "old run" in first
        assert "lost 0" in first


async def test_a_recording_goes_back_as_well() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en", pace="10")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "✔ finished" in rows(app))
        await pilot.press("comma", "comma", "comma")
        await until(pilot, lambda: "STEP" in rows(app) and "✔ finished" not in rows(app))
        assert "the program is over" not in rows(app)
        await pilot.press("left", "left", "left")
        await until(pilot, lambda: "FULL" in rows(app))
        await pilot.press("full_stop", "space")
        await until(pilot, lambda: "✔ finished" in rows(app))


async def test_lost_reports_are_counted_in_the_status_line() -> None:
    run = runs.Run().main().say(0, table.EVENTS_LOST, obj=1, number=7)
    run.log.close()
    app = IpcvizApp(replay=("run", run.log), lang="en")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "lost 7" in rows(app))


async def test_the_output_pane_opens_and_closes() -> None:
    run = runs.Run().main().say(0, table.OUTPUT_WRITTEN, "hello from the program\n", extra=1)
    app = IpcvizApp(replay=("run", run.finish()), lang="en")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "finished" in rows(app))
        assert "hello from the program" not in rows(app)
        await pilot.press("o")
        await until(pilot, lambda: "hello from the program" in rows(app))
        assert "what happened" in rows(app)
        await pilot.press("o")
        await until(pilot, lambda: "hello from the program" not in rows(app))


async def test_a_picture_is_saved_where_the_screen_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("s", "s")
        await until(pilot, lambda: "picture saved" in rows(app))
    assert len(list(tmp_path.glob("ipcviz-run-*.svg"))) == 2


async def test_keys_are_listed_and_the_list_closes() -> None:
    app = IpcvizApp(lang="en", start=Programs())
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, KeyScreen))
        await until(pilot, lambda: "pause or go on" in rows(app))
        await pilot.press("escape")
        assert isinstance(app.screen, MenuScreen)


async def test_the_palette_knows_every_key_that_does_something() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en")
    async with app.run_test(size=SIZE):
        titles = [command.title for command in app.get_system_commands(app.screen)]
    assert "pause (space)" in titles
    assert "quit (q)" in titles
    assert "1  " + lessons.all()[0].title["en"] in titles


async def test_a_small_screen_says_what_it_needs() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en")
    async with app.run_test(size=(70, 20)) as pilot:
        await until(pilot, lambda: "needs 80×24, have 70×20" in rows(app))
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: "what happened" in rows(app))
        assert "needs" not in rows(app)


async def test_the_screen_speaks_chinese() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="zh", pace="10")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "正常结束" in rows(app))
        assert "回放" in rows(app).splitlines()[0]


async def test_ascii_draws_nothing_of_ambiguous_width() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en", ascii=True, pace="10")
    try:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: "finished" in rows(app))
            assert rows(app).isascii()
    finally:
        IpcvizApp(lang="en")


async def test_both_themes_draw() -> None:
    app = IpcvizApp(replay=("run", runs.queue_bounded()), lang="en")
    async with app.run_test(size=SIZE) as pilot:
        dark = app.screen.styles.background
        await pilot.press("t")
        await pilot.pause()
        assert app.screen.styles.background != dark


async def test_a_program_that_cannot_be_started_is_one_sentence_on_the_screen() -> None:
    def refuse(_program: Program) -> Pretended:
        raise StartError("there is no such thing")

    app = IpcvizApp(program=Program(["nothing.py"]), lang="en", start=refuse)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "there is no such thing" in rows(app))


async def test_leaving_ends_the_program() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started)
        await pilot.press("q")
    assert not programs.started[0].alive
    assert not app.return_code


async def test_a_program_that_starts_while_the_screen_closes_is_ended_too() -> None:
    starting, go_on = threading.Event(), threading.Event()
    programs = Programs()

    def slowly(program: Program) -> Pretended:
        starting.set()
        go_on.wait(10)
        return programs(program)

    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=slowly)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, starting.is_set)
        app.exit()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
    assert not any(session.alive for session in programs.started)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_leaves_in_order_with_its_own_exit_code(number: int) -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started)
        os.kill(os.getpid(), number)
        await until(pilot, lambda: app._exit)
    assert app.return_code == 128 + number
    assert not programs.started[0].alive


async def test_an_exception_in_the_screen_ends_the_program() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)

    def fail() -> None:
        raise RuntimeError("a bug")

    async def use() -> None:
        async with app.run_test(size=SIZE) as pilot:
            await until(pilot, lambda: programs.started)
            app.call_later(fail)
            await pilot.pause(0.1)

    with pytest.raises(RuntimeError, match="a bug"):
        await use()
    assert not programs.started[0].alive
    assert app.return_code == 1


async def test_nothing_is_drawn_when_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    run = runs.queue_bounded()
    app = IpcvizApp(replay=("run", run), lang="en", pace="10")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.view.player.at_end and not app.view.stage.scene.moving)
        await pilot.pause(0.2)
        drawn = []
        monkeypatch.setattr(app.view.stage, "redraw", lambda: drawn.append(1))
        await pilot.pause(0.3)
        assert drawn == []

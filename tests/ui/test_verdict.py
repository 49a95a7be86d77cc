"""A verdict on the screen: in the language of the room, with what can be done now, and a process chosen."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipcviz import lessons, words
from ipcviz.log import table
from ipcviz.log.log import Log
from ipcviz.run.session import Program, Session
from ipcviz.tell.program import why_stuck
from ipcviz.ui.app import IpcvizApp
from ipcviz.ui.keys import KeyLine, help_lines
from ipcviz.ui.stage.picture import _wrapped, banner, draw
from ipcviz.world import World
from ipcviz.world.verdict import verdict
from tests.support import runs
from tests.support.recorded import line_of, scene_at
from tests.support.terminal import Terminal
from tests.ui.test_app import SIZE, Programs, rows, until

ENGLISH = (
    "main waits in join() for getter to end; "
    "getter waits in get(): q is empty and nobody is left to put into it."
)
CHINESE = "main 在 join() 中等待 getter 结束；getter 在 get() 中等待：q 是空的，而已没有谁会往里放。"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    words.use("en")


def stuck(*, certain: bool = True) -> Log:
    """Main waits for a getter, which waits for an item that nobody will put."""
    run = runs.Run().main().queue(7, "Queue", 3, "q").start(2, "getter")
    run.say(1, table.JOIN_WAITING, obj=2, extra=-1).say(2, table.DATA_WAITING, obj=7, extra=-1)
    run.after(700).say(0, table.STUCK_SEEN, f"{ENGLISH}\x1f1,2", extra=int(certain))
    return run.log


def world_of(log: Log) -> World:
    return World().apply_all(log.read())


# The sentence.


def test_the_verdict_is_english_unless_somebody_else_says_it() -> None:
    words.use("zh")
    world = world_of(stuck())
    found = verdict(world)
    assert found is not None
    assert found.sentence == ENGLISH, "what goes into the trace does not depend on the screen"
    said = verdict(world, words._)
    assert said is not None
    assert said.sentence == CHINESE
    assert (said.chain, said.cycle) == (found.chain, found.cycle)


def test_a_verdict_that_cannot_be_found_again_is_told_as_it_was() -> None:
    words.use("zh")
    run = runs.Run().main().say(0, table.STUCK_SEEN, "as it was said\x1f1", extra=1)
    assert why_stuck(world_of(run.log)) == "谁也无法继续：as it was said"


def test_what_the_kernel_does_not_confirm_is_only_probable() -> None:
    assert why_stuck(world_of(stuck())) == f"nobody can go on: {ENGLISH}"
    assert why_stuck(world_of(stuck(certain=False))) == f"probably nobody can go on: {ENGLISH}"
    assert not why_stuck(World())


def test_the_sentence_is_the_one_of_its_moment_in_either_language() -> None:
    log = stuck()
    world = world_of(log)
    english = why_stuck(world)
    assert why_stuck(world) is english, "it is not looked for again with every frame"
    words.use("zh")
    assert why_stuck(world) == "谁也无法继续：" + CHINESE


def test_chinese_is_cut_between_characters_and_no_line_begins_with_a_sign() -> None:
    lines = _wrapped("谁也无法继续：" + CHINESE, 40)
    assert "".join(lines).replace(" ", "") == ("谁也无法继续：" + CHINESE).replace(" ", "")
    assert len(lines) == 3
    assert not any(line[0] in "，。；：" for line in lines)
    assert _wrapped("one two three", 8) == ["one two", "three"]


@pytest.mark.parametrize("size", [(120, 24), (80, 17)])
def test_the_last_rows_say_what_can_be_done_while_the_program_lives(size: tuple[int, int]) -> None:
    scene = scene_at(stuck())
    canvas = draw(scene, *size)
    banner(canvas, scene)
    assert "tab to choose" not in canvas.text()
    scene.live = True
    canvas = draw(scene, *size)
    banner(canvas, scene)
    *_, before, last = canvas.text().splitlines()
    assert "put into it." in before
    assert "r restart · n next · or tab to choose a process, x or X to end it" in last
    scene.chosen = 2
    canvas = draw(scene, *size)
    banner(canvas, scene)
    assert "x: SIGTERM to getter, X: SIGKILL" in canvas.text().splitlines()[-1]


# The process that was chosen.


def test_the_line_of_the_chosen_process_is_marked_and_stays_its_own_among_many() -> None:
    scene = scene_at(runs.queue_bounded("full"))
    assert "◀" not in draw(scene, 120, 24).text()
    scene.chosen = 7
    assert line_of(draw(scene, 120, 24).text(), "putter-6").count("◀◷") == 1
    crowded = scene_at(runs.crowd())
    crowded.chosen = 40
    assert "worker-39◀" in draw(crowded, 120, 36).text()


def test_the_key_line_says_what_can_be_done_to_the_chosen_process_in_any_width() -> None:
    line = KeyLine(running=True)
    line._chosen = "worker-with-quite-a-long-name"
    for width in (80, 120):
        text = line.picture(width, 1).text()
        assert "tab worker-with-qui…  x SIGTERM  X SIGKILL" in text
        assert "q quit" in text


def test_all_keys_fit_the_smallest_screen() -> None:
    assert len(help_lines()) + 1 + 2 <= 24


async def test_tab_chooses_in_turn_those_who_live_and_main_last() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started and "putter-10" in rows(app))
        seen = []
        for _ in range(9):
            await pilot.press("tab")
            seen.append(app.view.chosen)
        assert seen == [*range(5, 12), 1, 0], "the first three have ended, then comes nobody"
        await pilot.press("shift+tab", "shift+tab")
        assert app.view.chosen == 11
        await until(pilot, lambda: "putter-10◀" in rows(app))
        assert "x SIGTERM" in rows(app).splitlines()[-1]


async def test_x_sends_a_signal_to_the_pid_of_the_chosen_process_and_the_story_says_so() -> None:
    programs = Programs(stuck)
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: programs.started and "nobody can go on" in rows(app))
        session = programs.started[0]
        await pilot.press("x")
        await until(pilot, lambda: "choose a process with tab first" in rows(app))
        await pilot.press("tab", "x", "X")
        assert session.sent == [(102, signal.SIGTERM), (102, signal.SIGKILL)]
        await until(pilot, lambda: "you sent SIGKILL to P2 getter" in rows(app))
        assert "you sent SIGTERM to P2 getter" in rows(app)
        session.gone = True
        await pilot.press("x")
        await until(pilot, lambda: "P2 getter has ended already" in rows(app))


async def test_whoever_has_ended_is_chosen_no_more_and_others_stay_chosen() -> None:
    programs = Programs()
    app = IpcvizApp(lesson=lessons.all()[0], lang="en", start=programs)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: programs.started and "putter-10" in rows(app))
        await pilot.press("tab", "tab")
        assert app.view.chosen == 6
        run = runs.Run()
        run.log = programs.started[0].log
        run.now = run.log.time(len(run.log) - 1)
        run.end(5, -9)
        await until(pilot, lambda: "killed (SIGKILL)" in rows(app))
        assert app.view.chosen == 6
        run.end(6, -15)
        await until(pilot, lambda: "killed (SIGTERM)" in rows(app))
        assert app.view.chosen == 0
        assert "◀" not in rows(app)


async def test_nobody_in_a_recording_can_be_sent_a_signal() -> None:
    log = stuck()
    log.close()
    app = IpcvizApp(replay=("run", log), lang="en")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: "nobody can go on" in rows(app))
        assert "tab to choose" not in rows(app)
        await pilot.press("tab", "x")
        await until(pilot, lambda: "only the processes of a running program" in rows(app))
        assert app.view.chosen == 0


async def test_the_verdict_is_chinese_in_a_chinese_room() -> None:
    app = IpcvizApp(lesson=lessons.all()[0], lang="zh", start=Programs(stuck))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "谁也无法继续：main 在 join() 中等待 getter 结束" in rows(app))
        assert "用 tab 选择一个进程" in rows(app)
        assert "nobody" not in rows(app)


# With real processes.


def wait_for(condition: Callable[[], object], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_session_signals_its_own_living_processes_and_nobody_else(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text(
        "import multiprocessing as m, time\n"
        "if __name__ == '__main__':\n"
        "    p = m.Process(target=time.sleep, args=(60,), name='sleeper')\n"
        "    p.start()\n"
        "    p.join()\n"
    )
    session = Session.start(Program([str(path)]))
    try:
        wait_for(
            lambda: any(it.name == "sleeper" and it.began for it in world_of(session.log).processes.values())
        )
        pid = next(it.pid for it in world_of(session.log).processes.values() if it.name == "sleeper")
        for stranger in (1, 0, -1, 2**70):
            assert session.send_signal(stranger, 0) is False
        assert session.send_signal(pid, 10_000) is False
        assert session.send_signal(pid, signal.SIGTERM) is True
        assert session.wait(10)
        assert session.send_signal(pid, signal.SIGKILL) is False
        ended = next(it for it in world_of(session.log).processes.values() if it.name == "sleeper")
        assert ended.exitcode == -signal.SIGTERM
    finally:
        session.end()


def test_killing_who_holds_a_lock_leaves_it_locked_and_the_verdict_says_so(tmp_path: Path) -> None:
    with Terminal("run", "--lang", "en", "lock-order", cwd=tmp_path) as terminal:
        terminal.shows("nobody can go on", "held by two", "tab to choose a process")
        terminal.press("\t")
        terminal.shows("one◀", "x SIGTERM")
        terminal.press("X")
        terminal.shows("you sent SIGKILL to P2 one", "whose owner one is dead")
        assert len(terminal.programs()) == 1
        terminal.press("\tx")
        terminal.shows("you sent SIGTERM to P3 two", "✔ finished")
        terminal.press("q")
        assert terminal.ends() == 0

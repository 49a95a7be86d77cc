"""The code panel: the file that runs, a mark per process, scrolled to where something happened last."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from ipcviz import words
from ipcviz.log import table
from ipcviz.ui.app import IpcvizApp
from ipcviz.ui.canvas import Canvas
from ipcviz.ui.source import Source, coloured, standings
from ipcviz.world import World
from tests.support import runs
from tests.support.recorded import log_of
from tests.support.records import encode
from tests.ui.test_app import rows, until

CODE = "\n".join(f"line_{n} = {n}" if n != 5 else "def work(): ..." for n in range(1, 61)) + "\n"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


class Located(runs.Run):
    """A run whose events say at which line of a file they happened."""

    def __init__(self, file: Path) -> None:
        super().__init__()
        self.file = file
        self._named: set[tuple[int, int]] = set()

    def at(self, who: int, line: int, kind: table.Row, text: str = "", *, obj: int = 0, extra: int = 0,
           thread: int = 0, function: str = "work", file: str = "") -> Located:  # fmt: skip
        """What happened at a line of the file."""
        if (who, line) not in self._named:
            self._named.add((who, line))
            self.say(who, table.SITE_NAMED, f"{file or self.file}\x1f{function}", obj=line, number=line)
        self.now += 20_000
        self.log.append(
            who, encode(kind, self.now, obj=obj, extra=extra, text=text, thread=thread, site=line)
        )
        return self

    @property
    def world(self) -> World:
        return World().apply_all(self.log.read())


@pytest.fixture
def run(tmp_path: Path) -> Located:
    file = tmp_path / "program.py"
    file.write_text(CODE, encoding="utf-8")
    made = Located(file)
    made.main()
    made.at(1, 3, table.CHANNEL_MADE, "Queue\x1f", obj=7, function="<module>")
    made.start(2, "A").start(3, "B").start(4, "C")
    return made


def panel(run: Located, size: tuple[int, int] = (50, 20), ran_at: float | None = None) -> Source:
    made = Source(id="source")
    made.start_anew(ran_at)
    made._world = run.world
    made.picture(*size)
    return made


def text_of(run: Located, size: tuple[int, int] = (50, 20), ran_at: float | None = None) -> str:
    return canvas_of(run, size, ran_at).text()


def canvas_of(run: Located, size: tuple[int, int] = (50, 20), ran_at: float | None = None) -> Canvas:
    return panel(run, size, ran_at).picture(*size)


def row_of(text: str, line: int) -> str:
    return next(row for row in text.splitlines() if f" {line} line_{line} =" in f" {row}")


def test_the_file_stands_there_with_its_name_and_line_numbers(run: Located) -> None:
    text = text_of(run)
    assert text.startswith("── program.py ")
    assert " 3 line_3 = 3" in text


def test_running_and_waiting_are_told_apart_and_named(run: Located) -> None:
    run.at(2, 9, table.PUT_WAITING, "'a'", obj=7, extra=-1)
    text = text_of(run)
    assert row_of(text, 9).split()[0] == "◷"
    assert "◀ A" in row_of(text, 9)
    assert row_of(text, 3).split()[0] == "▶"
    assert "◀ main" in row_of(text, 3)


def test_many_at_one_line_are_counted(run: Located) -> None:
    for who in (2, 3, 4):
        run.at(who, 9, table.DATA_WAITING, obj=7, extra=-1)
    assert "3×◷" in row_of(text_of(run), 9)
    run.at(2, 9, table.ITEM_TAKEN, obj=7)
    assert "1▶2◷" in row_of(text_of(run), 9)


def test_it_is_scrolled_to_where_something_happened_last(run: Located) -> None:
    run.at(2, 55, table.DATA_WAITING, obj=7, extra=-1)
    text = text_of(run)
    assert "line_55" in text
    assert "line_3 " not in text
    run.at(1, 4, table.JOIN_WAITING, obj=2, extra=-1, function="<module>")
    assert "line_4 " in text_of(run)


def test_who_scrolls_is_left_in_peace_until_something_happens_again(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    shown = panel(run)
    shown.top = 30
    assert "line_31" in shown.picture(50, 20).text()
    shown._world = run.at(2, 10, table.ITEM_TAKEN, obj=7).world
    assert "line_10" in shown.picture(50, 20).text()


def test_whoever_has_ended_stands_nowhere(run: Located) -> None:
    run.at(2, 9, table.ITEM_TAKEN, obj=7)
    assert "◀ A" in text_of(run)
    run.end(2)
    assert "◀ A" not in text_of(run)


def test_code_made_of_a_text_is_not_followed(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    run.at(2, 2, table.ITEM_TAKEN, obj=7, file="<string>")
    found = {it.process.label: it.site.line for it in standings(run.world)}
    assert found["A"] == 9


def test_an_idle_worker_does_not_stand_where_its_pool_was_made(run: Located) -> None:
    run.say(1, table.POOL_MADE, "Pool\x1ffork", obj=50, number=1).say(
        1, table.WORKER_STARTED, obj=50, number=2
    )
    run.say(1, table.CHANNEL_MADE, "SimpleQueue\x1fPool", obj=50)
    run.at(2, 3, table.DATA_WAITING, obj=50, extra=-1, function="<module>")
    assert "A" not in {it.process.label for it in standings(run.world)}


def test_the_file_where_most_of_them_stand_is_shown(run: Located, tmp_path: Path) -> None:
    other = tmp_path / "jobs.py"
    other.write_text(CODE, encoding="utf-8")
    for who in (2, 3):
        run.at(who, 20, table.DATA_WAITING, obj=7, extra=-1, file=str(other))
    assert text_of(run).startswith("── jobs.py ")


def test_a_file_that_is_gone_is_one_sentence(run: Located) -> None:
    run.file.unlink()
    text = text_of(run)
    assert "✘ program.py is not there any more" in text
    assert "line_" not in text


def test_a_file_that_was_changed_says_so(run: Located) -> None:
    changed = run.file.stat().st_mtime
    assert "has changed" not in text_of(run, ran_at=changed + 5)
    assert "✘ program.py has changed since the program ran" in text_of(run, ran_at=changed - 60)
    run.file.write_text("short = 1\n", encoding="utf-8")
    assert "✘ program.py has changed since the program ran" in text_of(run)


def test_a_file_of_another_program_under_the_same_name_is_noticed(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    assert "has changed" not in text_of(run)
    run.file.write_text(CODE.replace("def work", "def play"), encoding="utf-8")
    assert "✘ program.py has changed since the program ran" in text_of(run)


def test_a_file_that_is_too_strange_for_a_lexer_is_shown_all_the_same(run: Located) -> None:
    run.file.write_bytes(b"\xff\x00 = '\n\tx = (\n\n")
    text = text_of(run)
    assert "x = (" in text


def test_code_is_coloured_and_keeps_its_lines() -> None:
    lines = coloured('def f(x):\n    """Doc."""\n    return "a", 1  # why\n')
    assert ["".join(text for text, _ in line) for line in lines[:3]] == [
        "def f(x):", '    """Doc."""', '    return "a", 1  # why',
    ]  # fmt: skip
    styles = {text: style for line in lines for text, style in line}
    assert styles["def"] == "key!"
    assert styles["f"] == "item1!"
    assert styles["# why"] == "dim"


@pytest.mark.parametrize("width", [30, 48, 80])
def test_every_row_is_as_wide_as_the_panel(run: Located, width: int) -> None:
    run.file.write_text(CODE.replace("line_7 = 7", "# 中文注释 " * 20), encoding="utf-8")
    for who in (2, 3, 4):
        run.at(who, 8, table.DATA_WAITING, obj=7, extra=-1)
    canvas = canvas_of(run, (width, 12))
    for y in range(12):
        chars, _styles = canvas.row(y)
        assert len(chars) == width
        assert cell_len("".join(chars)) == width
    assert "◀ A, B, C" in canvas.text()


async def test_the_code_opens_beside_the_stage_and_closes_again(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    run.log.close()
    app = IpcvizApp(replay=("it", run.log), lang="en")
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "waits in get()" in rows(app))
        assert "program.py" not in rows(app)
        await pilot.press("c")
        await until(pilot, lambda: "◀ A" in rows(app))
        assert "what happened" in rows(app)
        assert "waits for data" in rows(app) or "for data" in rows(app)
        await pilot.press("c")
        await until(pilot, lambda: "program.py" not in rows(app))


async def test_on_a_small_screen_code_and_story_share_their_place(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    run.log.close()
    app = IpcvizApp(replay=("it", run.log), lang="en")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "what happened · c: code" in rows(app))
        await pilot.press("c")
        await until(pilot, lambda: "program.py · c: story" in rows(app) and "◀ A" in rows(app))
        assert "what happened" not in rows(app)
        await pilot.press("c")
        await until(pilot, lambda: "what happened" in rows(app))


async def test_the_code_follows_the_play_head_back(run: Located) -> None:
    run.at(2, 9, table.DATA_WAITING, obj=7, extra=-1)
    run.after(500)
    run.at(2, 30, table.ITEM_TAKEN, obj=7)
    run.log.close()
    app = IpcvizApp(replay=("it", run.log), lang="en")
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("c")
        await until(
            pilot, lambda: any("30 line_30" in row and "◀ A" in row for row in rows(app).splitlines())
        )
        await pilot.press("space", "comma")
        await until(
            pilot, lambda: any(" 9 line_9 " in row and "◀ A" in row for row in rows(app).splitlines())
        )


async def test_the_parts_of_a_pool_open_and_close_by_a_key() -> None:
    app = IpcvizApp(replay=("pool", log_of("pool-api")), lang="en", clock=lambda: 0)
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.pause()
        app.view.show_moment(0.5)
        await pilot.press("i")
        await until(pilot, lambda: "inside of Pool" in rows(app))
        await pilot.press("i")
        await until(pilot, lambda: "inside of Pool" not in rows(app))


def test_nobody_pays_for_the_colours_before_the_panel_is_opened() -> None:
    code = "import sys, ipcviz.ui.app; sys.exit('pygments.lexers.python' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, check=False, timeout=60)
    assert done.returncode == 0

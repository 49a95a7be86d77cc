"""From end to end in a real terminal, with real programs: what is seen, and that nothing is left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from ipcviz import lessons
from tests.support.terminal import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")

FAILING = """
import sys
from ipcviz import cli
from ipcviz.ui import app

def fail():
    raise RuntimeError("a bug of ours")

app.IpcvizApp.key_f12 = lambda self: self.set_timer(0.05, fail)
cli.main(sys.argv[1:], prog_name="ipcviz")
"""
F12 = "\x1b[24~"


def leaves_nothing(terminal: Terminal) -> None:
    """Within two seconds no process of it lives and its shared memory is gone."""
    gone = time.monotonic()
    terminal.until(lambda: not list(terminal.processes()), "every process ends", 2.0)
    terminal.until(lambda: not terminal.ledgers(), "the shared memory is given back", 2.0)
    print(f"gone {time.monotonic() - gone:.3f} s after the app")


def test_a_full_queue_is_drawn_and_q_leaves(tmp_path: Path) -> None:
    with Terminal("run", "--lang", "en", "queue-bounded", cwd=tmp_path) as terminal:
        terminal.shows("FULL", "3/3", "LIVE", "what happened")
        terminal.until(
            lambda: any("putter-" in row and "waits in put('" in row for row in terminal.rows()),
            "a putter waits beside the queue",
        )
        title = lessons.all()[0].title["en"]
        assert title in terminal.rows()[0]
        assert "lost 0" in terminal.rows()[0]
        terminal.press("q")
        assert terminal.ends() == 0
        terminal.is_whole()
        leaves_nothing(terminal)


def test_the_menu_fits_a_small_terminal_and_starts_a_lesson(tmp_path: Path) -> None:
    with Terminal("--lang", "en", size=(80, 24), cwd=tmp_path) as terminal:
        terminal.shows("1  " + lessons.all()[0].title["en"], "quit")
        assert not terminal.programs(), "nothing runs before it is chosen"
        terminal.press("1")
        terminal.shows("FULL", "putter-1")
        terminal.until(
            lambda: any("putter-" in row and "put('" in row for row in terminal.rows()), "a putter waits"
        )
        assert len(terminal.programs()) == 1
        terminal.press("\x1b")
        terminal.shows("1  " + lessons.all()[0].title["en"])
        terminal.until(lambda: not terminal.programs(), "the program ends with its screen", 2.0)
        terminal.press("q")
        assert terminal.ends() == 0
        terminal.is_whole()
        leaves_nothing(terminal)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_leaves_a_whole_terminal_and_no_process(tmp_path: Path, number: signal.Signals) -> None:
    with Terminal("run", "--lang", "en", "queue-bounded", cwd=tmp_path) as terminal:
        terminal.shows("putter-1")
        assert len(terminal.programs()) == 1
        os.kill(terminal.app.pid, number)
        assert terminal.ends() == 128 + number
        terminal.is_whole()
        leaves_nothing(terminal)


def test_an_exception_in_the_app_leaves_a_whole_terminal_and_no_process(tmp_path: Path) -> None:
    with Terminal("run", "--lang", "en", "queue-bounded", cwd=tmp_path, code=FAILING) as terminal:
        terminal.shows("putter-1")
        terminal.press(F12)
        assert terminal.ends() not in (0, None)
        terminal.is_whole()
        assert b"a bug of ours" in terminal.written
        leaves_nothing(terminal)


def test_after_kill_9_no_process_and_no_shared_memory_is_left(tmp_path: Path) -> None:
    with Terminal("run", "--lang", "en", "queue-bounded", cwd=tmp_path) as terminal:
        terminal.shows("putter-2")
        assert terminal.programs()
        assert terminal.ledgers()
        terminal.app.kill()
        assert terminal.ends() == -signal.SIGKILL
        leaves_nothing(terminal)


@pytest.mark.parametrize("key", ["n", "r"])
def test_another_program_takes_the_place_of_the_old_one(tmp_path: Path, key: str) -> None:
    with Terminal("run", "--lang", "en", "queue-bounded", cwd=tmp_path) as terminal:
        terminal.shows("putter-1")
        old = terminal.programs()
        assert len(old) == 1
        pressed = time.monotonic()
        terminal.press(key)
        began = gone = 0.0
        while not (began and gone):
            assert time.monotonic() < pressed + 10, terminal.text()
            terminal.read(0.005)
            now = terminal.programs()
            gone = gone or (0.0 if now & old else time.monotonic())
            began = began or (time.monotonic() if now - old else 0.0)
        print(f"{key}: gone {gone - pressed:.3f} s after the key, {gone - began:+.3f} s after the new start")
        assert gone - began <= 1.0
        terminal.press(key * 5)
        last = lessons.all()[6 if key == "n" else 0].title["en"]
        terminal.until(lambda: last in terminal.rows()[0], "the last wish is on the screen")
        seen = now
        terminal.until(lambda: terminal.programs() - seen, "its program has started")
        terminal.until(lambda: len(terminal.programs()) == 1, "only one program runs", 2.0)
        terminal.press("q")
        assert terminal.ends() == 0
        leaves_nothing(terminal)


def test_chinese_words_stand_in_the_right_cells(tmp_path: Path) -> None:
    with Terminal("run", "--lang", "zh", "queue-bounded", cwd=tmp_path) as terminal:
        terminal.shows("满", "实时", "退出")
        terminal.until(
            lambda: any("putter-4" in row and "等待" in row for row in terminal.rows()), "a putter waits"
        )
        status = terminal.cells(0)
        assert status[-7:] == ["丢", "", "失", "", " ", "0", " "], "two cells each, up to the edge"
        assert status[1:14] == [*"1  ", "有", "", "界", "", "队", "", "列", "", " ", " "]
        top = next(y for y, row in enumerate(terminal.rows()) if "┌" in row)
        waiting = next(y for y, row in enumerate(terminal.rows()) if "中等待" in row and y < 20)
        right = terminal.cells(top).index("┐")
        assert terminal.cells(waiting)[right] == "│", "what stands behind the Chinese words is not moved"
        terminal.press("q")
        assert terminal.ends() == 0
        leaves_nothing(terminal)

"""Children that `multiprocessing` did not make: exit codes by the parent's word, and who is not watched."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from ipcviz.log import events as e
from ipcviz.run.record import header_for
from ipcviz.run.session import Program
from ipcviz.tell.figures import figures
from tests.support.watching import PROGRAMS, VERSIONS, Watched, interpreter, watch


def as_without(seen: Watched, *arguments: str, python: str = sys.executable) -> None:
    command = [python, str(seen.program), *arguments]
    bare = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (seen.printed, seen.errors) == (bare.stdout, bare.stderr)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_parents_word_on_a_forked_child_is_its_exit_code(version: str) -> None:
    python = interpreter(version)
    seen = watch("forking.py", python=python)
    as_without(seen, python=python)
    forked = [process for process in seen.world.processes.values() if process.start_method == "os.fork"]
    assert [process.exitcode for process in forked] == [3, -9, 1, 0, 5, None]
    assert all(process.ended for process in forked)
    for mark, code in {"waitpid": 3, "wait": -9, "wait4": 1, "wait3": 0, "continued": 5}.items():
        (exited,) = [event for event in seen.at(mark) if isinstance(event, e.ProcessExited)]
        assert exited.exitcode == code
    assert not seen.world.unwatched


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_multiprocessing_learns_is_told_once(method: str) -> None:
    seen = watch("unlocked.py", method)
    assert len(seen.all(e.ProcessExited)) == 1


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_who_is_not_watched_is_counted_and_named(version: str) -> None:
    python = interpreter(version)
    seen = watch("strangers.py", python=python)
    as_without(seen, python=python)
    said = figures(header_for(Program(["strangers.py"])), seen.log)
    rows = said["unwatched_processes"]
    first = [row["what"] for row in rows[:4]]
    assert first[0].endswith(" -c print(5)")
    assert first[1:] == ["exit 3", "true spawned", "true executed"]
    assert [row["why"].partition(" ")[0] for row in rows[:4]] == [
        "subprocess", "subprocess", "os.posix_spawn", "os.execv",
    ]  # fmt: skip
    # The shell of os.system was found by looking, and its command, if it is a process of its own.
    assert all("sleep 1.6" in row["what"] and row["parent"] is None for row in rows[4:])
    assert said["unwatched"] == len(rows) >= 5
    assert [row["name"] for row in said["processes"] if row["start_method"] == "spawn"] == ["watched"]
    for row, mark in zip(rows, ("run", "shell", "posix_spawn", "exec"), strict=False):
        assert row["at"].endswith(f":{seen.mark(mark)}")


def test_an_interpreter_that_is_too_old_is_named(tmp_path: object) -> None:
    python = interpreter("3.8")
    seen = watch("strangers.py", python)
    as_without(seen, python)
    said = figures(header_for(Program(["strangers.py"])), seen.log)
    (row,) = said["unwatched_processes"]
    assert "a Python that cannot be watched" in row["why"]
    (old,) = [row for row in said["processes"] if row["name"] == "old"]
    assert old["exitcode"] == 0


def test_record_says_in_one_line_who_was_not_watched(tmp_path: object) -> None:
    command = [sys.executable, "-m", "ipcviz", "record", "-o", f"{tmp_path}/t.trace", "strangers.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=PROGRAMS, check=False)
    (line,) = done.stderr.splitlines()
    assert re.fullmatch(
        r"ipcviz: [56] child processes were not watched: python\S* -c print\(5\) \(pid \d+\), .* [23] more\.",
        line,
    )

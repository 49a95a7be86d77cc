"""Whatever a program is made of, all of it ends, and nothing is left of it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from ipcviz import lessons
from ipcviz.run.session import Program, Session
from tests.support.watching import DEADLINE, METHODS, PROGRAMS, session, until

ROOT = PROGRAMS.parents[1]
OWNER = """
import sys, time
sys.path.insert(0, sys.argv[1])
from ipcviz.run.session import Program, Session
Session.start(Program(sys.argv[2:]))
time.sleep(60)
"""


def lives(pid: int) -> bool:
    """Whether there is such a process, other than one that only waits to be asked for its exit code."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in "ZX"


def descriptors() -> list[str]:
    found = []
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append(os.readlink(f"/proc/self/fd/{name}").split(":")[0])
    return sorted(found)


FOLDERS = ("/dev/shm", tempfile.gettempdir())


def shared(pids: Iterable[int]) -> set[str]:
    """The semaphores and ledgers that these processes use."""
    found: set[str] = set()
    for pid in pids:
        with contextlib.suppress(OSError):
            maps = Path(f"/proc/{pid}/maps").read_text()
            found.update(re.findall(r" (?:/dev/shm|/\S*)/((?:sem\.|ipcviz-)\S+)$", maps, re.MULTILINE))
    return found


def left(names: set[str]) -> set[str]:
    """Which of them are still there; under fork a semaphore has no name from the beginning."""
    return names & {name for folder in FOLDERS for name in os.listdir(folder)}


def children() -> set[int]:
    """Every process that descends from this one."""
    parents: dict[int, int] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and lives(int(name)):
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{name}/stat").read_text()
                parents[int(name)] = int(text.rpartition(")")[2].split()[1])
    found = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {os.getpid()}


@pytest.mark.parametrize("method", METHODS)
def test_the_stubborn_ones_too(method: str, tmp_path: Path) -> None:
    said = tmp_path / "pids"
    with session("stubborn.py", method, str(said)) as running:
        until(said.exists, 20)
        pids = [int(word) for word in said.read_text().split()]
        assert len(pids) == 5
        assert all(map(lives, pids))
        used = shared(pids)
        assert any(name.startswith("ipcviz-") for name in used)
        begun = time.monotonic()
        running.end("enough")
        assert time.monotonic() - begun < 0.3
        assert not [pid for pid in pids if lives(pid)]
        assert not running.alive
        assert running.log.closed
        assert not left(used)


def test_owner_that_is_killed(tmp_path: Path) -> None:
    said = tmp_path / "pids"
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(ROOT), str(PROGRAMS / "stubborn.py"), "spawn", str(said)]
    )
    until(said.exists, 20)
    pids = [int(word) for word in said.read_text().split()]
    used = shared(pids)
    assert any(name.startswith("sem.") for name in used)
    owner.send_signal(signal.SIGKILL)
    owner.wait(DEADLINE)
    until(lambda: not any(map(lives, pids)), 2, "everybody is gone")
    until(lambda: not left(used), 2, "nothing is left in shared memory")


def test_guard_that_is_killed(tmp_path: Path) -> None:
    said = tmp_path / "pids"
    with session("stubborn.py", "fork", str(said)) as running:
        until(said.exists, 20)
        running._started.guard.kill()
        assert running.wait(5)
        # Those that left the group, as `setsid` does, had only the guard.
        pids = [int(word) for word in said.read_text().split()]
        until(lambda: not any(map(lives, pids[:3])), 2, "the group is gone")
        os.kill(pids[3], signal.SIGKILL)
    until(lambda: not lives(pids[4]), 2)


def again_and_again(times: int, method: str) -> None:
    path = str(lessons.find("queue-bounded").path)
    fds, processes, used = descriptors(), children(), set[str]()
    for n in range(times):
        running = Session.start(Program([path], start_method=method))
        # Ended at every stage: at once, while children start, while they work.
        until(lambda: len(running.log) > (n % 5) * 6, 20)  # noqa: B023
        used |= shared(children() - processes) | {Path(running._started.ledger).name}
        running.end()
        assert not running.alive
    until(lambda: descriptors() == fds, 2, "no descriptor more than before")
    assert children() == processes
    assert len(used) >= times
    assert not left(used)


@pytest.mark.parametrize("method", METHODS)
def test_twenty_restarts_leave_nothing_behind(method: str) -> None:
    again_and_again(20, method)


@pytest.mark.skipif(not os.environ.get("IPCVIZ_SLOW"), reason="slow: IPCVIZ_SLOW=1 runs it")
@pytest.mark.parametrize("method", METHODS)
def test_a_hundred_restarts_leave_nothing_behind(method: str) -> None:
    again_and_again(100, method)


def test_hold_stops_the_program_and_its_deadlines(tmp_path: Path) -> None:
    got = tmp_path / "got"

    def number() -> int:
        with contextlib.suppress(OSError, ValueError):
            return int(got.read_text())
        return -1

    with session("steady.py", str(got)) as running:
        until(lambda: number() > 5, 20)
        running.hold(True)
        # What is under way may still arrive: an item each, in each process.
        time.sleep(0.1)
        before = number()
        begun = time.monotonic()
        until(lambda: time.monotonic() - begun > 0.7, 2)
        assert number() <= before + 1
        assert running.alive
        assert not running.main_over.is_set()
        running.hold(False)
        until(lambda: number() > before + 5, 10, "it goes on")
        assert not running.main_over.is_set()


def test_end_of_a_held_program(tmp_path: Path) -> None:
    got = tmp_path / "got"
    with session("steady.py", str(got)) as running:
        until(got.exists, 20)
        running.hold(True)
        begun = time.monotonic()
        running.end()
        assert time.monotonic() - begun < 0.3

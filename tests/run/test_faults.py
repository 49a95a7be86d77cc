"""Whoever is killed and whatever runs full: the session survives, says what happened, and keeps the rest."""

from __future__ import annotations

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ipcviz.log import trace
from ipcviz.log.events import ProcessEnding
from ipcviz.log.log import Log
from ipcviz.run.record import header_for
from ipcviz.run.session import Program
from ipcviz.tell.figures import figures
from ipcviz.tell.narration import narrate
from ipcviz.ui.stage.picture import draw
from ipcviz.world import World
from tests.run.test_ending import left, lives, shared
from tests.support.recorded import scene_at
from tests.support.watching import DEADLINE, METHODS, PROGRAMS, session, until

ROOT = PROGRAMS.parents[1]
MOMENTS = 167 if os.environ.get("IPCVIZ_SLOW") else 4
"""Under each start method: 500 in all, or a few for every day."""
ENTRY = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ipcviz.__main__ import main; main()"


def descendants(root: int) -> list[int]:
    """A process and all that come from it, as the kernel has them."""
    found = [root]
    for pid in found:
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                found += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return found


def check(log: Log, victim: int, killed_at: int, path: Path) -> None:
    """Everything that reads a log can read this one, and nobody in it lives on."""
    world = World()
    gone = set()
    for event in log.read():
        world.apply(event)
        narrate(event, world)
        if isinstance(event, ProcessEnding) and event.time <= killed_at:
            gone.add(event.process)
    assert world.ended is not None
    for process in world.processes.values():
        assert process.ended is not None, process
    killed = [process for process in world.processes.values() if process.pid == victim]
    for process in killed:
        # Where its parent was killed too, nobody knows the code; and the signal may have come too late.
        assert process.exitcode in (-signal.SIGKILL, None) or process.key in gone, process
    header = header_for(Program(["busy.py"]))
    trace.write(path, header, log)
    again = trace.read(path)[1]
    assert again.raw(0) == log.raw(0)
    said = figures(header, again)
    assert json.loads(json.dumps(said)) == said
    assert said["lost"] == world.lost
    for size in ((120, 24), (80, 17)):
        draw(scene_at(again, again.time(len(again) - 1)), *size)


@pytest.mark.timeout(60 + 12 * MOMENTS)
@pytest.mark.parametrize("method", METHODS)
def test_a_process_is_killed_at_a_random_moment(method: str, tmp_path: Path) -> None:
    for moment in range(MOMENTS):
        chance = random.Random(f"{method} {moment}")
        with session("busy.py", method, method=method) as running:
            until(lambda: running._pid and len(descendants(running._pid)) > 1, 20, "a child")
            # A moment of the start, or of the second in which all are at work.
            threading.Event().wait(chance.uniform(0, 1.2))
            everyone = descendants(running._pid)
            victim = chance.choice(everyone)
            used = shared(everyone)
            killed_at = time.monotonic_ns()
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
            # The others may wait for it for ever.
            running.wait(0.3)
            begun = time.monotonic()
            running.end("enough")
            assert time.monotonic() - begun < 3
            log = running.log
        try:
            check(log, victim, killed_at, tmp_path / f"{moment}.trace")
            assert not [pid for pid in everyone if lives(pid)]
            assert not {name for name in left(used) if name.startswith("ipcviz-")}
        except AssertionError as error:
            raise AssertionError(f"moment {moment} of {method}") from error


def record(path: Path, *program: str) -> subprocess.Popen[str]:
    """The command, with a program of ours."""
    return subprocess.Popen(
        [sys.executable, "-c", ENTRY, "record", "-f", "-o", str(path), *program],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=PROGRAMS,
    )  # fmt: skip


def main_of(recorder: int) -> int:
    """The pid of the recorded program's main process: the child of the recorder's child, the guard."""
    found = descendants(recorder)
    return found[2] if len(found) > 2 else 0


def test_the_main_process_is_killed_while_its_children_work(tmp_path: Path) -> None:
    path = tmp_path / "t.trace"
    recorder = record(path, "busy.py", "fork")
    try:
        until(lambda: len(descendants(recorder.pid)) > 7, 20, "everybody is there")
        everyone = descendants(recorder.pid)
        os.kill(main_of(recorder.pid), signal.SIGKILL)
        _, errors = recorder.communicate(timeout=DEADLINE)
    finally:
        recorder.kill()
    assert recorder.returncode == 128 + signal.SIGKILL
    assert "Traceback" not in errors
    assert not [pid for pid in everyone if lives(pid)]
    header, log = trace.read(path)
    assert not header.damage
    said = figures(header, log)
    assert said["outcome"] == "killed"
    assert said["program"]["exitcode"] == -signal.SIGKILL
    assert said["channels"][0]["puts"] > 0


FILLS = """\
import multiprocessing, sys
queue = multiprocessing.SimpleQueue()

def some(count):
    for number in range(count):
        queue.put(number)
        queue.get()

if __name__ == "__main__":
    some(1_000)
    sys.stdin.read()
    some(100_000)
    print("to the end")
    sys.exit(int(sys.argv[1]))
"""


@pytest.mark.parametrize("code", [0, 5])
def test_the_disk_is_full(code: int, tmp_path: Path) -> None:
    program = tmp_path / "prog.py"
    program.write_text(FILLS)
    path = tmp_path / "t.trace"
    command = [sys.executable, "-c", ENTRY, "record", "-o", str(path), str(program), str(code)]
    recorder = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        until(lambda: path.exists() and puts(path) == 1_000, 20, "the first thousand")
        room = path.stat().st_size + 200_000
        # A write beyond this fails as one on a full disk does, after a part of it was written.
        resource.prlimit(recorder.pid, resource.RLIMIT_FSIZE, (room, room))
        output, errors = recorder.communicate("", timeout=DEADLINE)
    finally:
        recorder.kill()
    # The program goes on to its end, and its own code counts.
    assert (recorder.returncode, output) == (code or 1, "to the end\n")
    (line,) = errors.splitlines()
    assert str(path) in line
    assert "readable" in line
    assert path.stat().st_size == room
    header, log = trace.read(path)
    assert "breaks off" in header.damage
    # At most a small block is lost: an item's two events take less than 40 bytes.
    kept = figures(header, log)["channels"][0]["puts"]
    assert 1_000 + (200_000 - 40_000) / 40 < kept < 101_000
    told = subprocess.run(
        [sys.executable, "-c", ENTRY, "stats", str(path)], capture_output=True, text=True, timeout=DEADLINE
    )
    assert told.returncode == 0
    assert "breaks off" in told.stderr


def puts(path: Path) -> int:
    """How many the trace has so far."""
    try:
        header, log = trace.read(path)
    except trace.TraceError:
        return 0
    channels = figures(header, log)["channels"]
    return int(channels[0]["puts"]) if channels else 0

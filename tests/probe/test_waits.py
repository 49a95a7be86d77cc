"""Each kind of wait is told apart while it lasts, and ends when it is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcviz.world import WaitKind, World
from ipcviz.world.channel import DATA, FLUSH, ROOM, SLOT, TASKS, TURN
from tests.support.watching import METHODS, Follower, Watched, session, until

NAME = "standstill.py"


def waits(world: World) -> dict[tuple[str, str], WaitKind]:
    """(process, thread) to what it waits for."""
    return {
        (process.name, process.threads.get(thread, "")): wait.kind
        for process in world.processes.values()
        for thread, wait in process.waits.items()
    }


STANDING = {
    ("putter", "MainThread"): SLOT,
    ("big", "QueueFeederThread"): ROOM,
    ("big", "MainThread"): FLUSH,
    ("joiner", "MainThread"): TASKS,
}


def standing(world: World) -> bool:
    found = waits(world)
    getters = [found.pop((f"getter-{n}", "MainThread"), None) for n in (1, 2)]
    return found == STANDING and set(getters) == {DATA, TURN}


def blocked_in(pid: int) -> str:
    """Where the kernel says that a process's main thread sleeps."""
    try:
        return Path(f"/proc/{pid}/wchan").read_text()
    except OSError:
        return ""


@pytest.mark.parametrize("method", METHODS)
def test_a_standstill_and_its_end(method: str, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with session(NAME, method, str(go)) as running:
        follower = Follower(running)
        until(lambda: standing(follower.now()), 20, "everybody waits")
        world = follower.now()
        for process in world.processes.values():
            wait = process.wait
            if wait is None or process.name not in ("getter-1", "getter-2", "putter"):
                continue
            # The kernel's own word for it: a pipe that is read, or a semaphore.
            place = blocked_in(process.pid)
            if place not in ("", "0"):
                assert ("pipe" in place) == (wait.kind is DATA), (process.name, place)
                assert ("futex" in place) == (wait.kind is not DATA), (process.name, place)
        go.touch()
        assert running.wait(20)
        seen = Watched(Path(running.program.argv[0]), running.log)
    assert seen.printed.splitlines() == ["standing", "200000", "over"]
    assert waits(seen.world) == {}
    for process in seen.world.processes.values():
        assert process.exitcode == 0
    assert {type(event).__name__ for event in seen.at("full")} >= {"PutWaiting", "ItemPut"}
    assert {type(event).__name__ for event in seen.at("tasks")} >= {"TasksWaiting", "TasksFinished"}

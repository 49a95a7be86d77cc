"""Programs that hang get the right verdict within two seconds; busy, slow and waiting ones get none."""

from __future__ import annotations

import ast
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ipcviz.log import events
from ipcviz.run.session import Program, Session
from ipcviz.world import World

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
DEADLINE = 30.0

HANGING = {
    # program: who has to be named, and words of the sentence
    "lock_order": ("one", "two", "held by"),
    "own_lock": ("main", "holds itself"),
    "empty_semaphore": ("main", "semaphore"),
    "empty_queue": ("getter", "queue is empty"),
    "two_getters": ("getter-1", "getter-2"),
    "full_queue": ("main", "queue is full (2/2)"),
    "no_task_done": ("main", "1 of its items"),
    "join_before_drain": ("child", "the pipe is full"),
    "pipe_left_open": ("child", "no EOF", "child still holds"),
    "both_read": ("main", "child", "recv()"),
    "pool_worker_dies": ("main", "lost when"),
    "killed_holder": ("main", "whose owner holder is dead"),
    "barrier_too_few": ("guest-1", "2 of 3"),
    "nobody_notifies": ("main", "notify()"),
    "nobody_sets": ("main", "set()"),
    "join_the_waiting": ("main", "child", "set()"),
    "one_sentinel": ("main", "eater-", "queue is empty"),
    "simple_queue": ("main", "queue is empty"),
    "pool_left_early": ("main", "result"),
    "copied_lock": ("Process-1", "lock between threads", "main waits in join()"),
    "lost_item": ("main", "1 of its items"),
}


def _names(program: str) -> list[str]:
    tree = ast.parse((PROGRAMS / f"{program}.py").read_text(encoding="utf-8"))
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    helpers = {"nap", "compute", "run", "child", "forked", "hold_for_a_while", "wait_for_own_thread"}
    return [node.name for node in functions if not node.args.args and node.name not in helpers]


HEALTHY = [name for name in _names("healthy") if name != "slow_grandchild"]


class Result:
    """What one program did, watched until a verdict or its end."""

    def __init__(self, name: str, program: str) -> None:
        session = Session.start(Program([str(PROGRAMS / f"{program}.py"), name]))
        deadline = time.monotonic() + DEADLINE
        cursor = 0
        self.verdict: events.StuckSeen | None = None
        self.world = World()
        self.last_progress = 0
        try:
            while time.monotonic() < deadline and not (self.verdict or session.log.closed):
                session.log.wait(cursor, 0.1)
                for event in session.log.read(cursor):
                    cursor += 1
                    self.world.apply(event)
                    if isinstance(event, events.StuckSeen):
                        self.verdict = event
                        break
                    if event.process:
                        self.last_progress = event.time
        finally:
            session.end()
        self.exitcode = session.exitcode
        self.output = "".join(text for _, text in self.world.output)


class Results:
    """All programs, a few at a time: they mostly wait."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._found = {
            (name, program): pool.submit(Result, name, program)
            for program, names in (("hanging", list(HANGING)), ("healthy", HEALTHY))
            for name in names
        }

    def of(self, name: str, program: str) -> Result:
        return self._found[name, program].result(DEADLINE * 10)


@pytest.fixture(scope="module")
def results() -> Iterator[Results]:
    with ThreadPoolExecutor(5) as pool:
        yield Results(pool)
        pool.shutdown(cancel_futures=True)


def test_the_corpora_are_large_enough() -> None:
    assert set(_names("hanging")) - {"die"} == set(HANGING)
    assert len(HANGING) >= 15
    assert len(HEALTHY) >= 30


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", list(HANGING))
def test_a_program_that_hangs_is_judged(results: Results, name: str) -> None:
    result = results.of(name, "hanging")
    assert result.verdict is not None, result.output
    for words in HANGING[name]:
        assert words in result.verdict.why
    assert (result.verdict.time - result.last_progress) / 1e9 < 2.0
    if sys.platform == "linux":
        assert result.verdict.certain


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", HEALTHY)
def test_a_program_that_can_go_on_is_left_alone(results: Results, name: str) -> None:
    result = results.of(name, "healthy")
    assert result.verdict is None, result.verdict
    assert result.exitcode == 0, result.output


def test_a_hanging_program_is_ended_in_time_and_the_trace_has_the_verdict(tmp_path: Path) -> None:
    from ipcviz.log import trace
    from ipcviz.tell.figures import figures

    path = tmp_path / "t.trace"
    command = [sys.executable, "-m", "ipcviz", "record", "-o", str(path), "--timeout", "2.5"]
    done = subprocess.run([*command, str(PROGRAMS / "hanging.py"), "lock_order"], timeout=DEADLINE)
    assert done.returncode == 137
    said = figures(*trace.read(path))
    assert said["outcome"] == "stuck"
    assert said["cycle"] is not None
    named = {process["id"]: process["name"] for process in said["processes"]}
    assert {named[key] for key in said["cycle"]} == {"one", "two"}

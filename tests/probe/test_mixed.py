"""The figures of a program that mixes every family agree with what the program itself counted."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import trace
from ipcviz.tell.figures import figures

PROGRAM = Path(__file__).resolve().parent.parent / "programs" / "mixed.py"
WORKERS, ROUNDS, TASKS = 3, 20, 12


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_the_figures_are_the_programs_own(method: str, tmp_path: Path) -> None:
    out, path = tmp_path / "facts.json", tmp_path / "t.trace"
    command = [sys.executable, "-m", "ipcviz", "record", "-o", str(path), str(PROGRAM), method, str(out)]
    done = subprocess.run(command, timeout=100, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    facts = json.loads(out.read_text(encoding="utf-8"))
    said = figures(*trace.read(path))
    assert (said["outcome"], said["lost"], said["program"]["exitcode"]) == ("finished", 0, 0)

    own = {channel["name"]: channel for channel in said["channels"] if channel["inside"] is None}
    steps = WORKERS * ROUNDS
    assert facts["got"] == steps
    assert (own["queue"]["puts"], own["queue"]["gets"], own["queue"]["left"]) == (steps, steps, 0)
    assert own["queue"]["high_water"] <= own["queue"]["maxsize"] == 4
    assert (own["done"]["puts"], own["done"]["gets"], own["done"]["task_done"]) == (steps, steps, steps)
    assert own["done"]["gets"] == sum(facts["received"])
    assert own["done"]["unfinished"] == 0
    pipes = [channel for channel in said["channels"] if channel["kind"] == "Pipe"]
    assert [(pipe["puts"], pipe["gets"]) for pipe in pipes] == [(1, 1)] * WORKERS

    locks = {lock["kind"]: lock for lock in said["locks"] if lock["name"] != "value"}
    assert locks["Lock"]["acquires"] == locks["Lock"]["releases"] == steps
    assert locks["BoundedSemaphore"]["acquires"] == locks["BoundedSemaphore"]["releases"] == steps
    assert locks["Barrier"]["passes"] == locks["Event"]["passes"] == WORKERS
    value = next(lock for lock in said["locks"] if lock["kind"] == "Value")
    # main reads it once more at the end.
    assert (value["writes"], value["reads"]) == (steps, steps + 1)
    assert facts["value"] == steps
    assert all(lock["owner"] is None for lock in said["locks"])

    (manager,) = said["managers"]
    assert manager["by_method"]["__setitem__"] == steps
    assert facts["shared"] == {str(number): ROUNDS - 1 for number in range(WORKERS)}
    assert _pool(said, "Pool") == (TASKS, TASKS - 1, facts["failed"], 0, facts["callbacks"])
    assert facts["failed"] == 1
    assert _pool(said, "ProcessPoolExecutor") == (5, facts["squares"], 0, 0, 0)


def _pool(said: dict[str, Any], kind: str) -> tuple[int, ...]:
    (pool,) = [pool for pool in said["pools"] if pool["kind"] == kind]
    return tuple(pool[key] for key in ("submitted", "done", "failed", "lost", "callbacks"))

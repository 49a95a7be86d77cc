"""What a program loses by being watched: throughput, and time to start."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ipcviz.bench.rows import Row, take_turns

_PROGRAMS = Path(__file__).resolve().parent / "programs"


def _bare(name: str, *arguments: str) -> float:
    return _printed([sys.executable, str(_PROGRAMS / name), *arguments])


def _watched(name: str, *arguments: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        record = [sys.executable, "-m", "ipcviz", "record", "-o", f"{folder}/t.trace"]
        return _printed([*record, str(_PROGRAMS / name), *arguments])


def _printed(command: list[str]) -> float:
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _throughput(name: str, goal: float, times: int, program: str, *arguments: str) -> Row:
    turns = take_turns(
        name, times, lambda: 1 / _bare(program, *arguments), lambda: 1 / _watched(program, *arguments)
    )
    ratios = turns.ratios
    best = max(turns.watched) / max(turns.bare)
    detail = f"best over best {best:.2f}, pairs {ratios[0]:.2f} to {ratios[-1]:.2f}"
    return Row(name, turns.ratio, "of bare", goal, True, detail)


def queue_of_integers(quick: bool) -> Row:
    """A saturated queue of small integers."""
    items = 30_000 if quick else 100_000
    return _throughput("saturated Queue, small int", 0.6, 3 if quick else 7, "saturated.py", str(items), "0")


def queue_of_kilobytes(quick: bool) -> Row:
    """A saturated queue of 1 KiB of bytes."""
    items = 30_000 if quick else 100_000
    return _throughput("saturated Queue, 1 KiB", 0.6, 3 if quick else 7, "saturated.py", str(items), "1024")


def lesson_like(quick: bool) -> Row:
    """10 ms of work an item."""
    return _throughput("10 ms an item", 0.98, 3 if quick else 5, "lesson_like.py", "50" if quick else "150")


def spawned_child(quick: bool) -> Row:
    """What is added to the start of a spawned child."""
    name = "added to a spawned child"
    with tempfile.TemporaryDirectory() as folder:
        arguments = ("spawned.py", "5" if quick else "10", f"{folder}/said")
        turns = take_turns(
            name, 3 if quick else 7, lambda: 1e3 * _bare(*arguments), lambda: 1e3 * _watched(*arguments)
        )
    # Other work on the machine only ever makes a start slower: each run gives its quickest child.
    added = sorted(watched - bare for bare, watched in zip(turns.bare, turns.watched, strict=True))
    detail = f"{statistics.median(turns.bare):.1f} ms bare; pairs {added[0]:.1f} to {added[-1]:.1f}"
    return Row(name, statistics.median(added), "ms", 3, False, detail)


def _family(name: str, goal: float, family: str, times: int, *more: str) -> Callable[[bool], Row]:
    def row(quick: bool) -> Row:
        said = str(times // 4 if quick else times)
        return _throughput(name, goal, 3 if quick else 5, "families.py", family, said, *more)

    return row


simple_queue = _family("SimpleQueue", 0.6, "simple", 60_000)
pipe = _family("Pipe, small int", 0.6, "pipe", 60_000)
manager_call = _family("Manager dict call", 0.8, "manager", 4_000)
pool_apply = _family("Pool.apply", 0.8, "apply", 4_000)
pool_imap = _family("Pool.imap", 0.8, "imap", 20_000)
executor = _family("ProcessPoolExecutor", 0.8, "executor", 3_000)
# Two processes that take turns wait for each other's cores to wake up, and where the scheduler puts them
# changes with the least work between two calls; on one core it has no choice, and what is left is the work.
_ONE = "one-core"
manager_on_one = _family("Manager dict call, one core", 0.8, "manager", 4_000, _ONE)
apply_on_one = _family("Pool.apply, one core", 0.8, "apply", 4_000, _ONE)
imap_on_one = _family("Pool.imap, one core", 0.8, "imap", 20_000, _ONE)
executor_on_one = _family("ProcessPoolExecutor, one core", 0.8, "executor", 3_000, _ONE)


def lock_pair(quick: bool) -> Row:
    """What an uncontended acquire and release take, watched, with the bare figure beside it.

    A time has no bare run to be set against when the machine itself slows down: what the quickest 10,000
    pairs of a run took stands beside the whole runs.
    """
    times = 50_000 if quick else 200_000

    def microseconds(run: Callable[..., float], family: str) -> Callable[[], float]:
        return lambda: 1e6 * run("families.py", family, str(times)) / times

    name = "uncontended lock pair"
    turns = take_turns(
        name, 3 if quick else 7, microseconds(_bare, "lock"), microseconds(_watched, "lock")
    )
    quickest = take_turns(
        f"{name}, quickest", 3, microseconds(_bare, "lock-quickest"), microseconds(_watched, "lock-quickest")
    )
    detail = (
        f"{statistics.median(turns.bare):.3f} µs bare; quickest stretch"
        f" {statistics.median(quickest.watched):.2f} µs, {statistics.median(quickest.bare):.3f} bare"
    )
    return Row(name, statistics.median(turns.watched), "µs", 1.0, False, detail)

"""What a load of several seconds loses by being watched, recorded and live, and what the watcher uses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipcviz.bench.rows import tell
from ipcviz.log import trace
from ipcviz.log.events import EventsLost

_PROGRAM = Path(__file__).resolve().parent / "programs" / "sustained.py"


@dataclass(frozen=True)
class Load:
    """One load and what is to be kept of its bare throughput."""

    name: str
    title: str
    times: int
    """Operations; about 5 s bare on two cores."""
    goal: float
    """Watched over bare, recorded, with the short-cuts."""


LOADS = (
    Load("queue", "Queue()", 1_800_000, 0.68),
    Load("bounded", "Queue(100)", 1_200_000, 0.7),
    Load("joinable", "JoinableQueue(100), task_done", 1_100_000, 0.65),
    Load("simple", "SimpleQueue()", 1_900_000, 0.75),
    Load("pipe", "Pipe(duplex=False)", 2_500_000, 0.75),
    Load("imap", "Pool(1).imap", 400_000, 0.7),
    Load("manager", "Manager().dict()[...]", 120_000, 0.8),
    Load("value", "Value with its lock, += 1", 13_000_000, 0.12),
    Load("tasks", "Pool(1).imap, tasks of 1 ms", 5_000, 0.97),
)


@dataclass
class Measured:
    """One load, bare and watched."""

    load: Load
    fast: bool
    """With the short-cuts."""
    bare: float
    """Seconds."""
    recorded: float
    """Watched over bare."""
    lost: int
    size: float
    """Bytes of the trace for one operation."""
    cpu: float
    """The recorder's CPU time over the program's."""
    memory: float
    """MB that the recorder used at most, beyond one that had nothing to record."""
    live: float
    live_lost: int
    live_memory: float
    """MB that the watching process used at most, without a screen."""


def measure(names: Sequence[str], *, quick: bool, fast: bool) -> list[Measured]:
    """Each load bare, recorded and live, one after the other."""
    env = {**os.environ, "IPCVIZ_FAST": "1" if fast else "0"}
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder) / "empty.py"
        empty.write_text("")
        _, idle = _watch("record", folder, env, str(empty))
        found = []
        for load in LOADS:
            if load.name in names:
                found.append(_measure(load, folder, env, idle["memory"], quick=quick, fast=fast))
                tell(_line(found[-1]))
    return found


def _measure(
    load: Load, folder: str, env: dict[str, str], idle: float, *, quick: bool, fast: bool
) -> Measured:
    times = load.times // 10 if quick else load.times
    program = [str(_PROGRAM), load.name, str(times)]
    bare = float(
        subprocess.run([sys.executable, *program], capture_output=True, text=True, check=True).stdout
    )
    recorded, said = _watch("record", folder, env, *program)
    _, events = trace.events(said["trace"])
    lost = sum(event.how_many for event in events if isinstance(event, EventsLost))
    live, seen = _watch("live", folder, env, *program)
    return Measured(
        load, fast, bare, bare / recorded, lost, said["size"] / times, said["cpu"] / said["program_cpu"],
        said["memory"] - idle, bare / live, seen["lost"], seen["memory"],
    )  # fmt: skip


def _watch(how: str, folder: str, env: dict[str, str], *program: str) -> tuple[float, dict[str, Any]]:
    result = f"{folder}/result"
    command = [sys.executable, "-m", "ipcviz.bench.observe", how, result, *program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=env)
    said = json.loads(Path(result).read_text(encoding="utf-8"))
    return float(done.stdout or 0), {**said, "trace": f"{result}.trace"}


HEAD = (
    "| load | bare | recorded | goal | lost | bytes an op | recorder's CPU | its memory | live | lost |"
    " memory |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def _line(it: Measured) -> str:
    """A row of the README's table."""
    name = f"`{it.load.title}`, {it.load.times:,}" + ("" if it.fast else " (no short-cuts)")
    goal = f"{it.load.goal:g}" if it.fast else ""
    return (
        f"| {name} | {it.bare:.1f} s | {it.recorded:.2f} | {goal} | {it.lost} | {it.size:.1f} |"
        f" {it.cpu:.1%} | +{it.memory:.0f} MB | {it.live:.2f} | {it.live_lost} | {it.live_memory:.0f} MB |"
    )


def table(found: Sequence[Measured]) -> str:
    """All of it, in Markdown."""
    return "\n".join([HEAD, *map(_line, found)])

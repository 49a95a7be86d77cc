"""Moments of the recorded lessons in `tests/traces/`, with the trace's own clock."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ipcviz.log import trace
from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.ui.canvas import Canvas
from ipcviz.ui.stage.picture import draw
from ipcviz.ui.stage.scene import Scene
from ipcviz.world import World

TRACES = Path(__file__).parent.parent / "traces"
LESSONS = (
    "pipe-eof", "manager-lock", "manager-unlocked", "pool-sync-async", "pool-callback", "processes-or-pool",
    "queue-api", "pipe-api", "pool-api",
)  # fmt: skip


@cache
def log_of(lesson: str) -> Log:
    """The trace of a lesson; nobody writes to it."""
    return trace.read(TRACES / f"{lesson}.trace")[1]


def time_of(log: Log, kind: type[Event], which: int = 0) -> int:
    """When the event of this kind with this index (from the end if negative) happened."""
    return [event.time for event in log.read() if isinstance(event, kind)][which]


def scene_at(log: Log, clock: int | None = None, *, motion: bool = False, inside: bool = False) -> Scene:
    """The scene at a moment, ns; at the end if none is given."""
    moment = log.time(len(log) - 1) if clock is None else clock
    world = World()
    for event in log.read():
        if event.time <= moment:
            world.apply(event)
    return Scene(world, moment, lambda time: (moment - time) / 1e9, motion, inside)


def canvas_at(
    lesson: str, clock: int | None = None, size: tuple[int, int] = (120, 24), *, inside: bool = False
) -> Canvas:
    """The picture of a lesson at a moment."""
    return draw(scene_at(log_of(lesson), clock, inside=inside), *size)


def text_at(
    lesson: str, clock: int | None = None, size: tuple[int, int] = (120, 24), *, inside: bool = False
) -> str:
    """The same as text."""
    return canvas_at(lesson, clock, size, inside=inside).text()


def line_of(text: str, *words: str) -> str:
    """The first line with all these words."""
    return next(line for line in text.splitlines() if all(word in line for word in words))

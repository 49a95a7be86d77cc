"""Processes that are not watched: other programs that the program started, or became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.noun import Cell, Noun

if TYPE_CHECKING:
    from ipcviz.world.world import World


@dataclass(slots=True)
class UnwatchedProcess:
    """One process of which nothing is seen."""

    key: int
    """Its pid; when another one gets the same pid, a number below zero."""
    id: str
    """`U1`, `U2`, …"""
    pid: int = 0
    what: str = ""
    """Its command line, clipped."""
    why: str = ""
    """How it came to be."""
    starter: int = 0
    """Key of the process that started it; 0 where the session found it."""
    seen: int | None = None
    """When it was started or found, ns of the monotonic clock."""
    site: e.Site | None = None
    """Where it was started."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.what or self.id


def _started(world: World, ev: e.UnwatchedStarted) -> None:
    known = world.of(UNWATCHED_PROCESS)
    old = known.get(ev.pid)
    if ev.withdrawn:
        known.pop(ev.pid, None)
        return
    if old is not None and not ev.process:
        # The session has found one that the program has told of.
        return
    if old is not None and old.starter:
        old.key = -int(old.id[len(UNWATCHED_PROCESS.letter) :])
        known[old.key] = known.pop(ev.pid)
    it = world.get(UNWATCHED_PROCESS, ev.pid)
    it.pid, it.what, it.why, it.starter = ev.pid, ev.what, ev.why, ev.process
    it.seen, it.site = ev.time, ev.site


def _row(world: World, it: UnwatchedProcess) -> dict[str, Any]:
    return {
        "id": it.id,
        "pid": it.pid,
        "what": it.what,
        "why": it.why,
        "parent": world.process(it.starter).id if it.starter else None,
        "seen": None if it.seen is None else world.seconds(it.seen),
        "at": f"{it.site.file}:{it.site.line}" if it.site else None,
    }


UNWATCHED_PROCESS = Noun(
    "unwatched_process", "unwatched_processes", "U", UnwatchedProcess, {e.UnwatchedStarted: _started}, _row,
    cells=(
        Cell("id", "id"),
        Cell("pid", "pid", "plain"),
        Cell("started by", "parent", "process"),
        Cell("from", "seen", "seconds"),
        Cell("what", "what"),
        Cell("why it is not watched", "why"),
    ),
    called=lambda it: it.label,
)  # fmt: skip

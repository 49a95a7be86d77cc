"""Locks: the whole semaphore family, who holds, who waits, how long; and what stands on a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcviz.world.lock.fold import FOLD
from ipcviz.world.lock.state import Holder, Lock
from ipcviz.world.lock.waits import ACQUIRE, FLAG, NOTIFY, PARTIES
from ipcviz.world.noun import Cell, Noun

if TYPE_CHECKING:
    from ipcviz.world.world import World

__all__ = ["ACQUIRE", "FLAG", "LOCK", "NOTIFY", "PARTIES", "Holder", "Lock"]


def _row(world: World, lock: Lock) -> dict[str, Any]:
    owner = next(iter(lock.holders), None)
    return {
        "id": lock.id,
        "kind": lock.kind,
        "name": lock.name or None,
        "inside": lock.inside,
        "acquires": lock.acquires,
        "contended": lock.contended,
        "waited": lock.waited / 1e9,
        "held": lock.held / 1e9,
        "owner": world.process(owner[0]).id if owner else None,
        "releases": lock.releases,
        "failures": lock.failures,
        "reads": lock.reads,
        "writes": lock.writes,
        "passes": lock.passes,
    }


LOCK = Noun(
    "lock", "locks", "L", Lock, FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("name", "name"),
        Cell("kind", "kind"),
        Cell("acquires", "acquires", "count"),
        Cell("contended", "contended", "count"),
        Cell("waited", "waited", "seconds"),
        Cell("held", "held", "seconds"),
        Cell("owner", "owner", "process"),
    ),
    waits=(ACQUIRE, NOTIFY, FLAG, PARTIES),
)  # fmt: skip

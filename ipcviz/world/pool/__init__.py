"""Pools: a lane per worker, tasks on their way from submitted to done, callbacks in the parent's thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcviz.world.noun import Cell, Noun
from ipcviz.world.pool.fold import FOLD, worker_ended
from ipcviz.world.pool.state import KEPT, Job, Method, Pool, Running, Task, TaskState
from ipcviz.world.pool.waits import RESULT, WORKERS

if TYPE_CHECKING:
    from ipcviz.world.process import Process
    from ipcviz.world.world import World

__all__ = ["KEPT", "POOL", "RESULT", "WORKERS", "Job", "Method", "Pool", "Running", "Task", "TaskState"]


def _row(_world: World, pool: Pool) -> dict[str, Any]:
    return {
        "id": pool.id,
        "kind": pool.kind,
        "processes": pool.processes,
        "submitted": max(pool.submitted, pool.begun),
        "done": pool.done,
        "failed": pool.failed,
        "lost": pool.lost,
        "peak_busy": pool.peak_busy,
        "callbacks": pool.callbacks,
        "workers_started": len(pool.workers),
        "name": pool.name or None,
        "broken": pool.broken,
        "busy_time": pool.busy_ns / 1e9,
    }


def _is_idle_worker(world: World, process: Process) -> bool:
    pool = world.pools.get(process.works_for)
    return pool is not None and process.key not in pool.busy


POOL = Noun(
    "pool", "pools", "O", Pool, FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("kind", "kind"),
        Cell("processes", "processes", "count"),
        Cell("submitted", "submitted", "count"),
        Cell("done", "done", "count"),
        Cell("failed", "failed", "count"),
        Cell("lost", "lost", "count"),
        Cell("peak busy", "peak_busy", "count"),
        Cell("callbacks", "callbacks", "count"),
        Cell("workers started", "workers_started", "count"),
    ),
    waits=(RESULT, WORKERS),
    passive=_is_idle_worker,
    process_ended=worker_ended,
)  # fmt: skip

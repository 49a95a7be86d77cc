"""Waits for a pool: for a result, and for its workers to end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcviz.world.names import process_name
from ipcviz.world.wait import Say, Wait, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.pool.state import Pool
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


def _pool(world: World, wait: Wait) -> Pool | None:
    return world.pools.get(wait.on.key)


def _label(world: World, wait: Wait) -> str:
    pool = _pool(world, wait)
    return "?" if pool is None else pool.label


def _busy(world: World, wait: Wait) -> tuple[int, ...]:
    pool = _pool(world, wait)
    return () if pool is None else tuple(pool.busy)


def _needs_busy(world: World, _process: Process, wait: Wait) -> tuple[int, ...]:
    return _busy(world, wait)


def _result_can_come(world: World, wait: Wait) -> bool:
    """A result comes as long as a task runs or a worker is there to take it."""
    pool = _pool(world, wait)
    if pool is None or pool.broken:
        return True
    if pool.terminated:
        return False
    return not pool.lost or bool(pool.busy or pool.queued > 0)


def _result_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, name, pool = process_name(world, process.key), _label(world, wait), _pool(world, wait)
    if pool is not None and pool.terminated:
        return _("{who} waits for a result of {pool}, whose workers were terminated", who=who, pool=name)
    lost = pool.lost_tasks if pool is not None else ()
    if lost:
        return _(
            "{who} waits for the result of {task}, which was lost when {worker} died: "
            "a Pool does not redo it",
            who=who, task=lost[0].id, worker=process_name(world, lost[0].worker),
        )  # fmt: skip
    return _("{who} waits for a result of {pool}", who=who, pool=name)


def _workers_can_end(world: World, wait: Wait) -> bool:
    return not _busy(world, wait)


def _workers_say(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, name = process_name(world, process.key), _label(world, wait)
    return _("{who} waits for the workers of {pool} to end", who=who, pool=name)


RESULT = WaitKind("result", "get", _result_can_come, _result_says, _needs_busy, _busy)
"""`AsyncResult.get` or `wait`, `Future.result`, the next of an `imap`."""
WORKERS = WaitKind("pool", "join", _workers_can_end, _workers_say, _needs_busy, _busy)
"""`Pool.join`: workers still run."""

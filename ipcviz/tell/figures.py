"""What happened, in figures: the contract of `ipcviz stats --json`, from the same fold the screen draws."""

from __future__ import annotations

from typing import Any

from ipcviz.log.events import StuckSeen
from ipcviz.log.log import Log
from ipcviz.log.trace import Header
from ipcviz.world import Channel, Lock, Manager, Pool, Process, State, Wait, WaitFor, World

FORMAT = 1

_OPERATION = {
    WaitFor.SLOT: "put",
    WaitFor.TURN: "get",
    WaitFor.DATA: "get",
    WaitFor.TASKS: "join",
    WaitFor.PROCESS: "join",
    WaitFor.FLUSH: "join_thread",
    WaitFor.THREAD: "acquire",
    WaitFor.ROOM: "send",
    WaitFor.LOCK: "acquire",
    WaitFor.NOTIFY: "wait",
    WaitFor.EVENT: "wait",
    WaitFor.BARRIER: "wait",
    WaitFor.ANSWER: "call",
    WaitFor.RESULT: "get",
    WaitFor.POOL: "join",
}


def figures(header: Header, log: Log) -> dict[str, Any]:
    """Fold a log and count; keys are added from version to version, never renamed. Times in seconds."""
    world = World().apply_all(log.read())
    return of_world(header, world)


def of_world(header: Header, world: World) -> dict[str, Any]:
    """The same from a world that is at the end of its log."""
    waits = [_wait(world, process, wait) for process, wait in world.waits()]
    return {
        "format": FORMAT,
        "program": _program(header, world),
        "outcome": _outcome(world),
        "why": why(header, world),
        "waits": waits,
        "cycle": _cycle(world),
        "events": world.count,
        "lost": world.lost,
        "unwatched": world.unwatched,
        "processes": [_process(world, process) for process in world.processes.values()],
        "channels": [_channel(channel) for channel in world.channels.values()],
        "locks": [_lock(world, lock) for lock in world.locks.values()],
        "managers": [_manager(world, manager) for manager in world.managers.values()],
        "pools": [_pool(pool) for pool in world.pools.values()],
    }


_START_METHODS = ("fork", "spawn", "forkserver")


def _program(header: Header, world: World) -> dict[str, Any]:
    # The header was written before the program had said a word.
    python = next((process.python for process in world.processes.values() if process.python), header.python)
    methods = [process.start_method for process in world.processes.values()]
    return {
        "argv": header.argv,
        "python": python,
        "start_method": next((method for method in methods if method in _START_METHODS), header.start_method),
        "exitcode": world.exitcode,
        "duration": world.seconds(world.now),
    }


def _main(world: World) -> Process | None:
    return next((process for process in world.processes.values() if process.start_method == "main"), None)


def _stuck(world: World) -> StuckSeen | None:
    """The verdict, unless it is only on what a killed main process left behind."""
    main = _main(world)
    if world.stuck is None or main is None or main.ended is None or main.exitcode is None:
        return world.stuck
    return None if main.exitcode < 0 and main.ended < world.stuck.time else world.stuck


def _outcome(world: World) -> str:
    if _stuck(world) is not None:
        return "stuck"
    # A trace that breaks off has no last word.
    return world.ended.outcome if world.ended is not None else "interrupted"


def why(header: Header, world: World) -> str:
    """One sentence for a class."""
    stuck = _stuck(world)
    if stuck is not None:
        return _sentence(stuck.why if stuck.certain else "Probably stuck: " + stuck.why)
    if world.ended is None:
        return header.damage or "The recording breaks off before the program ended."
    failed = [p for p in world.processes.values() if p.state in (State.FAILED, State.KILLED) and p.parent]
    told = ""
    if failed:
        names = ", ".join(_death(process) for process in failed[:3])
        told = names + (f" and {len(failed) - 3} more" if len(failed) > 3 else "") + "."
    main = _main(world)
    if world.ended.why:
        first = "The main process was killed. " if world.stuck is not None and stuck is None else ""
        return first + _sentence(world.ended.why[:1].upper() + world.ended.why[1:])
    if world.ended.outcome == "failed":
        error = main.error if main is not None else ""
        first = f"The main process ended with exit code {world.exitcode}"
        return first + (f" after {error}." if error else ".") + (f" {told}" if told else "")
    if world.ended.outcome == "killed":
        return f"The main process was killed (exit code {world.exitcode})."
    return f"The program finished, but {told}" if told else "The program finished."


def _sentence(text: str) -> str:
    return text + ("" if text.endswith(".") else ".")


def _cycle(world: World) -> list[str] | None:
    stuck = _stuck(world)
    if stuck is None or not stuck.in_circle:
        return None
    return [world.process(int(key)).id for key in stuck.chain.split(",") if key]


def _death(process: Process) -> str:
    if process.error:
        return f"{process.label} failed with {process.error}"
    if process.exitcode is not None and process.exitcode < 0:
        return f"{process.label} was killed by signal {-process.exitcode}"
    return f"{process.label} ended with exit code {process.exitcode}"


def _wait(world: World, process: Process, wait: Wait) -> dict[str, Any]:
    if wait.what is WaitFor.THREAD:
        what, holders = "threading.Lock", []
    elif wait.what is WaitFor.PROCESS:
        target = world.process(wait.target)
        what, holders = f"Process {target.id}", [target.id]
    elif wait.target in world.managers:
        manager = world.managers[wait.target]
        what, holders = f"Manager {manager.id}", [world.process(manager.server).id]
    elif wait.target in world.pools:
        pool = world.pools[wait.target]
        what, holders = f"{pool.kind} {pool.id}", [world.process(key).id for key in pool.busy]
    elif wait.target in world.locks:
        lock = world.locks[wait.target]
        what = f"{lock.kind} {lock.id}"
        holders = [world.process(key).id for key, _ in lock.holders]
    else:
        channel = world.channel(wait.target)
        what, holders = f"{channel.kind} {channel.id}", []
        if wait.what is WaitFor.TURN:
            holders = [p.id for p, _ in world.waiting_for(WaitFor.DATA, wait.target)]
    return {
        "process": process.id,
        "for": what,
        "operation": _OPERATION[wait.what],
        "held_by": holders,
        "since": world.seconds(wait.since),
        "at": f"{wait.site.file}:{wait.site.line}" if wait.site else None,
    }


def _process(world: World, process: Process) -> dict[str, Any]:
    parent = world.processes.get(process.parent)
    return {
        "id": process.id,
        "name": process.label,
        "pid": process.pid,
        "parent": parent.id if parent else None,
        "start_method": process.start_method,
        "daemon": process.daemon,
        "started": world.seconds(process.started),
        "ended": None if process.ended is None else world.seconds(process.ended),
        "exitcode": process.exitcode,
        "error": process.error or None,
        "puts": process.puts,
        "gets": process.gets,
    }


def _channel(channel: Channel) -> dict[str, Any]:
    return {
        "id": channel.id,
        "kind": channel.kind,
        "name": channel.name or None,
        "inside": channel.inside,
        "maxsize": channel.maxsize,
        "puts": channel.puts,
        "gets": channel.gets,
        "task_done": channel.task_done,
        "unfinished": channel.unfinished if channel.kind == "JoinableQueue" else None,
        "left": channel.fill,
        "lost_items": channel.lost_items,
        "high_water": channel.high_water,
        "put_blocked": channel.put_blocked,
        "get_blocked": channel.get_blocked,
        "full_errors": channel.full_errors,
        "empty_errors": channel.empty_errors,
    }


def _lock(world: World, lock: Lock) -> dict[str, Any]:
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


def _manager(world: World, manager: Manager) -> dict[str, Any]:
    return {
        "id": manager.id,
        "process": world.process(manager.server).id if manager.server else None,
        "calls": manager.calls,
        "by_method": manager.by_method,
        "name": manager.name or None,
        "kind": manager.kind,
        "objects": [
            {"type": shared.typeid, "content": shared.content, "calls": shared.calls}
            for shared in manager.objects.values()
        ],
    }


def _pool(pool: Pool) -> dict[str, Any]:
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

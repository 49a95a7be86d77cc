"""Who waits for whom, and whether anybody can still go on: one sentence for a class.

It must never cry wolf, so it says `stuck` only when every process that could move the others is itself in
a wait without a timeout that nothing present can end. Whoever computes, sleeps, or reads a file is not
waiting for a channel, a lock or a process, and therefore can go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ipcviz.world import Channel, Process, TaskState, Wait, WaitFor, World
from ipcviz.world.names import process_name
from ipcviz.world.process import is_feeder

HANDLERS = ("_handle_workers", "_handle_tasks", "_handle_results", "QueueManagerThread", "ExecutorManager")
"""Parts of the names of a library's own threads: they serve, they start nothing by themselves."""


class Say(Protocol):
    """How a sentence is said: `ipcviz.words._` says it in the language of the room."""

    def __call__(self, sentence: str, /, **fields: object) -> str: ...


def _in_english(sentence: str, /, **fields: object) -> str:
    return sentence.format(**fields) if fields else sentence


@dataclass(frozen=True)
class Verdict:
    """Nobody can go on."""

    sentence: str
    """Who waits for what, and who could have ended it."""
    chain: tuple[int, ...]
    """Process keys, each waiting for the next."""
    cycle: tuple[int, ...]
    """Those that wait for each other in a circle; empty where there is none."""


def verdict(world: World, _: Say = _in_english) -> Verdict | None:
    """The verdict on the world as it is, or None while somebody can go on.

    Args:
        world: it is only read.
        _: says the sentences; a trace keeps the English ones.
    """
    alive = [process for process in world.processes.values() if not process.state.over]
    active = [process for process in alive if not is_passive(world, process)]
    if not active or world.ended is not None or world.unwatched:
        # One that nobody sees may be just about to help.
        return None
    waits: dict[int, Wait] = {}
    for process in active:
        wait = _hopeless_wait(world, process)
        if wait is None:
            return None
        waits[process.key] = wait
    edges = {key: _waits_for(world, key, wait) for key, wait in waits.items()}
    cycle = _cycle(edges)
    chain = cycle or _chain(edges, next(iter(waits)))
    told = chain or tuple(waits)
    rest = [key for key in waits if key not in told]
    said = [_say(world, key, waits[key], _) for key in (*told, *rest)[:3] if key in waits]
    more = len(waits) - len(said)
    if more > 0:
        said.append(_("and {count} more wait", count=more))
    return Verdict(_("{said}.", said=_("; ").join(said)), chain, cycle)


def is_passive(world: World, process: Process) -> bool:
    """Whether it acts only when asked: a manager's server, or a pool's worker without a task."""
    if process.serves:
        return True
    pool = world.pools.get(process.works_for)
    return pool is not None and process.key not in pool.busy


def _hopeless_wait(world: World, process: Process) -> Wait | None:
    """The wait its main thread cannot come out of; None if it can, or if another thread of it can go on."""
    if not process.began:
        return None
    main = process.waits.get(0)
    if main is None or main.timeout is not None or _can_end(world, main):
        return None
    for thread, name in process.threads.items():
        if thread == 0 or is_feeder(name) or any(part in name for part in HANDLERS):
            continue
        wait = process.waits.get(thread)
        if wait is None or wait.timeout is not None or _can_end(world, wait):
            return None
    return main


def _can_end(world: World, wait: Wait) -> bool:
    """Whether what the wait is for is there already: then it is only a matter of moments."""
    what = wait.what
    if what is WaitFor.THREAD:
        return False
    if what is WaitFor.PROCESS:
        return world.process(wait.target).state.over
    if what in (WaitFor.LOCK, WaitFor.EVENT, WaitFor.BARRIER, WaitFor.NOTIFY):
        return _lock_can_be_had(world, wait)
    if what is WaitFor.RESULT:
        return _result_can_come(world, wait)
    if what is WaitFor.POOL:
        pool = world.pools.get(wait.target)
        return pool is None or not pool.busy
    if what is WaitFor.ANSWER:
        manager = world.managers.get(wait.target)
        return manager is None or not world.process(manager.server).state.over
    return _channel_can_move(world, wait)


def _lock_can_be_had(world: World, wait: Wait) -> bool:
    lock = world.locks.get(wait.target)
    if lock is None:
        return True
    if wait.what is WaitFor.LOCK:
        return not lock.holders if lock.kind not in ("Semaphore", "BoundedSemaphore") else lock.free > 0
    if wait.what is WaitFor.EVENT:
        return lock.set
    if wait.what is WaitFor.BARRIER:
        return len(world.waiting_for(WaitFor.BARRIER, lock.key)) >= lock.value
    return False


def _result_can_come(world: World, wait: Wait) -> bool:
    """A result comes as long as a task runs or a worker is there to take it."""
    pool = world.pools.get(wait.target)
    if pool is None or pool.broken:
        return True
    if pool.terminated:
        return False
    lost = any(task.state is TaskState.LOST for task in pool.tasks.values())
    return not lost or bool(pool.busy or pool.waiting)


def _channel_can_move(world: World, wait: Wait) -> bool:
    channel = world.channels.get(world.ends.get(wait.target, wait.target))
    if channel is None:
        return True
    if wait.what is WaitFor.SLOT:
        return not channel.full
    if wait.what is WaitFor.DATA:
        return _data_can_come(world, channel, wait)
    if wait.what is WaitFor.TASKS:
        return channel.unfinished <= 0
    if wait.what is WaitFor.TURN:
        # Whoever holds the read lock and can go on will let it go.
        readers = world.waiting_for(WaitFor.DATA, channel.key)
        return any(_can_end(world, reader) or reader.timeout is not None for _, reader in readers)
    if wait.what in (WaitFor.FLUSH, WaitFor.ROOM):
        return not any(w.what is WaitFor.ROOM for p, w in world.waits() if w.target == channel.key)
    return True


def _data_can_come(world: World, channel: Channel, wait: Wait) -> bool:
    if channel.kind == "Pipe":
        sign = -1 if channel.other and wait.target == channel.key else 1
        if any(number * sign > 0 for number in channel.pipe):
            return True
        return bool(channel.holders) and not _writers(channel, wait)
    if channel.pipe:
        return True
    # What lies in the buffer of a living process, its feeder will write.
    return any(buffer and not world.process(key).state.over for key, buffer in channel.buffers.items())


def _writers(channel: Channel, wait: Wait) -> list[int]:
    """Processes that hold the end open from which this reader could still be sent something."""
    if not channel.other:
        return list(channel.holders.get((channel.key, 1), ()))
    end = channel.key if wait.target == channel.other else channel.other
    return list(channel.holders.get((end, 2), ()))


# --- who waits for whom -----------------------------------------------------------------------------


def _waits_for(world: World, key: int, wait: Wait) -> tuple[int, ...]:
    """The processes whose doing this wait needs, as far as that is known."""
    if wait.what is WaitFor.PROCESS:
        return (wait.target,)
    if wait.what is WaitFor.LOCK and wait.target in world.locks:
        return tuple(dict.fromkeys(holder for holder, _ in world.locks[wait.target].holders))
    if wait.what is WaitFor.TURN:
        return tuple(p.key for p, _ in world.waiting_for(WaitFor.DATA, wait.target))
    channel = world.channels.get(world.ends.get(wait.target, wait.target))
    if channel is None:
        return ()
    if wait.what is WaitFor.DATA and channel.kind == "Pipe":
        return tuple(_writers(channel, wait))
    others = channel.producers if wait.what is WaitFor.DATA else channel.consumers
    return tuple(other for other in others if other != key and not world.process(other).state.over)


def _cycle(edges: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
    """The first circle of waiting, in the order of waiting; empty where there is none."""
    for start in edges:
        path: list[int] = []
        key = start
        while key in edges and key not in path:
            path.append(key)
            following = [other for other in edges[key] if other in edges]
            if not following:
                break
            key = following[0]
        else:
            if key in path:
                return tuple(path[path.index(key) :])
    return ()


def _chain(edges: dict[int, tuple[int, ...]], start: int) -> tuple[int, ...]:
    path: list[int] = []
    key: int | None = start
    while key is not None and key not in path:
        path.append(key)
        key = next((other for other in edges.get(key, ()) if other in edges), None)
    return tuple(path)


# --- the sentence -----------------------------------------------------------------------------------


def _say(world: World, key: int, wait: Wait, _: Say) -> str:
    who = process_name(world, key)
    if wait.what is WaitFor.PROCESS:
        return _("{who} waits in join() for {child} to end", who=who, child=process_name(world, wait.target))
    if wait.what is WaitFor.THREAD:
        return _("{who} waits for a lock between threads, held by a thread that fork did not copy", who=who)
    if wait.target in world.locks:
        return _of_lock(world, key, wait, _)
    if wait.target in world.pools:
        return _of_pool(world, who, wait, _)
    if wait.target in world.managers:
        return _("{who} waits for the answer of a manager whose server is gone", who=who)
    return _of_channel(world, key, wait, _)


def _of_lock(world: World, key: int, wait: Wait, _: Say) -> str:
    lock, who = world.locks[wait.target], process_name(world, key)
    name = lock.label
    if wait.what is WaitFor.NOTIFY:
        return _(
            "{who} waits to be notified on {lock}, and nobody is left to call notify()", who=who, lock=name
        )
    if wait.what is WaitFor.EVENT:
        return _("{who} waits for {lock}, and nobody is left to call set()", who=who, lock=name)
    if wait.what is WaitFor.BARRIER:
        there = len(world.waiting_for(WaitFor.BARRIER, lock.key))
        return _("{who} waits at {lock}, where {there} of {all} have come and nobody else will",
                 who=who, lock=name, there=there, all=lock.value)  # fmt: skip
    holders = [holder for holder, _thread in lock.holders]
    if not holders:
        return _("{who} waits for {lock}, which nobody will release", who=who, lock=name)
    first = holders[0]
    if first == key:
        return _("{who} waits for {lock}, which it holds itself", who=who, lock=name)
    owner = process_name(world, first)
    if world.process(first).state.over:
        return _("{who} waits for {lock}, whose owner {owner} is dead: nobody will release it",
                 who=who, lock=name, owner=owner)  # fmt: skip
    return _("{who} waits for {lock}, held by {owner}", who=who, lock=name, owner=owner)


def _of_pool(world: World, who: str, wait: Wait, _: Say) -> str:
    pool = world.pools[wait.target]
    if wait.what is WaitFor.POOL:
        return _("{who} waits for the workers of {pool} to end", who=who, pool=pool.label)
    lost = [task for task in pool.tasks.values() if task.state is TaskState.LOST]
    if pool.terminated:
        return _("{who} waits for a result of {pool}, whose workers were terminated",
                 who=who, pool=pool.label)  # fmt: skip
    if lost:
        return _(
            "{who} waits for the result of {task}, which was lost when {worker} died: "
            "a Pool does not redo it",
            who=who, task=lost[0].id, worker=process_name(world, lost[0].worker),
        )  # fmt: skip
    return _("{who} waits for a result of {pool}", who=who, pool=pool.label)


def _of_channel(world: World, key: int, wait: Wait, _: Say) -> str:
    channel, who = world.channels[world.ends.get(wait.target, wait.target)], process_name(world, key)
    name = channel.label
    if wait.what is WaitFor.SLOT:
        return _("{who} waits in put(): {queue} is full ({fill}/{slots}) and nobody is left to take from it",
                 who=who, queue=name, fill=channel.fill, slots=channel.maxsize)  # fmt: skip
    if wait.what is WaitFor.TURN:
        readers = [p for p, _wait in world.waiting_for(WaitFor.DATA, channel.key)]
        if not readers:
            return _("{who} waits for the read lock of {queue}, which a dead process holds",
                     who=who, queue=name)  # fmt: skip
        return _("{who} waits in get() behind {first}, which waits for data itself",
                 who=who, first=process_name(world, readers[0].key))  # fmt: skip
    if wait.what is WaitFor.TASKS:
        return _("{who} waits in {queue}.join(): {left} of its items will never be task_done",
                 who=who, queue=name, left=channel.unfinished)  # fmt: skip
    if wait.what in (WaitFor.FLUSH, WaitFor.ROOM):
        left = len(channel.buffers.get(key, ()))
        items = _("1 item") if left == 1 else _("{count} items", count=left)
        return _("{who} cannot end before its feeder has written {items} of {queue}: "
                 "the pipe is full, nobody reads", who=who, items=items, queue=name)  # fmt: skip
    if channel.kind == "Pipe":
        writers = [process_name(world, one) for one in _writers(channel, wait)]
        others = _(" and ").join(writers[:3]) or _("somebody")
        return _("{who} waits in recv() on {pipe}: there is no EOF, since {others} still holds "
                 "the other end open", who=who, pipe=name, others=others)  # fmt: skip
    return _("{who} waits in get(): {queue} is empty and nobody is left to put into it", who=who, queue=name)

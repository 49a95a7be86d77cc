"""Who waits for whom, and whether anybody can still go on: one sentence for a class.

It must never cry wolf, so it says `stuck` only when every process that could move the others is itself in
a wait without a timeout that nothing present can end. Whoever computes, sleeps, or reads a file is not
waiting for a channel, a lock or a process, and therefore can go on.
"""

from __future__ import annotations

from dataclasses import dataclass

from ipcviz.world.nouns import NOUNS
from ipcviz.world.process import Process, is_feeder
from ipcviz.world.wait import Say, Wait
from ipcviz.world.world import World

HANDLERS = ("_handle_workers", "_handle_tasks", "_handle_results", "QueueManagerThread", "ExecutorManager")
"""Parts of the names of a library's own threads: they serve, they start nothing by themselves."""


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
    edges = {key: wait.kind.needs(world, world.process(key), wait) for key, wait in waits.items()}
    cycle = _cycle(edges)
    chain = cycle or _chain(edges, next(iter(waits)))
    told = chain or tuple(waits)
    rest = [key for key in waits if key not in told]
    said = [
        waits[key].kind.sentence(world, world.process(key), waits[key], _)
        for key in (*told, *rest)[:3]
        if key in waits
    ]
    more = len(waits) - len(said)
    if more > 0:
        said.append(_("and {count} more wait", count=more))
    return Verdict(_("{said}.", said=_("; ").join(said)), chain, cycle)


def is_passive(world: World, process: Process) -> bool:
    """Whether it acts only when asked: a manager's server, or a pool's worker without a task."""
    return any(passive(world, process) for passive in _PASSIVE)


_PASSIVE = tuple(noun.passive for noun in NOUNS if noun.passive is not None)


def _hopeless_wait(world: World, process: Process) -> Wait | None:
    """The wait its main thread cannot come out of; None if it can, or if another thread of it can go on."""
    if not process.began:
        return None
    main = process.waits.get(0)
    if main is None or main.timeout is not None or main.kind.can_end(world, main):
        return None
    for thread, name in process.threads.items():
        if thread == 0 or is_feeder(name) or any(part in name for part in HANDLERS):
            continue
        wait = process.waits.get(thread)
        if wait is None or wait.timeout is not None or wait.kind.can_end(world, wait):
            return None
    return main


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

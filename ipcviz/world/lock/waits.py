"""Waits for a lock, and for what stands on one: what ends them, whom they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcviz.world.names import process_name
from ipcviz.world.wait import Say, Wait, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.lock.state import Lock
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


def _lock(world: World, wait: Wait) -> Lock | None:
    return world.locks.get(wait.on.key)


def _label(world: World, wait: Wait) -> str:
    lock = _lock(world, wait)
    return "?" if lock is None else lock.label


def _holders(world: World, wait: Wait) -> tuple[int, ...]:
    lock = _lock(world, wait)
    return () if lock is None else tuple(holder for holder, _thread in lock.holders)


def _can_be_had(world: World, wait: Wait) -> bool:
    lock = _lock(world, wait)
    if lock is None:
        return True
    return lock.free > 0 if lock.counts else not lock.holders


def _needs_holders(world: World, _process: Process, wait: Wait) -> tuple[int, ...]:
    return tuple(dict.fromkeys(_holders(world, wait)))


def _acquire_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, name = process_name(world, process.key), _label(world, wait)
    holders = _holders(world, wait)
    if not holders:
        return _("{who} waits for {lock}, which nobody will release", who=who, lock=name)
    first = holders[0]
    if first == process.key:
        return _("{who} waits for {lock}, which it holds itself", who=who, lock=name)
    owner = process_name(world, first)
    if world.process(first).state.over:
        return _("{who} waits for {lock}, whose owner {owner} is dead: nobody will release it",
                 who=who, lock=name, owner=owner)  # fmt: skip
    return _("{who} waits for {lock}, held by {owner}", who=who, lock=name, owner=owner)


def _notify_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, name = process_name(world, process.key), _label(world, wait)
    return _("{who} waits to be notified on {lock}, and nobody is left to call notify()", who=who, lock=name)


def _is_set(world: World, wait: Wait) -> bool:
    lock = _lock(world, wait)
    return lock is None or lock.set


def _flag_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, name = process_name(world, process.key), _label(world, wait)
    return _("{who} waits for {lock}, and nobody is left to call set()", who=who, lock=name)


def _all_there(world: World, wait: Wait) -> bool:
    lock = _lock(world, wait)
    return lock is None or len(world.waiting_for(PARTIES, lock.key)) >= lock.value


def _parties_say(world: World, process: Process, wait: Wait, _: Say) -> str:
    there, lock = len(world.waiting_for(PARTIES, wait.on.key)), _lock(world, wait)
    return _("{who} waits at {lock}, where {there} of {all} have come and nobody else will",
             who=process_name(world, process.key), lock=_label(world, wait), there=there,
             all=0 if lock is None else lock.value)  # fmt: skip


ACQUIRE = WaitKind("lock", "acquire", _can_be_had, _acquire_says, _needs_holders, _holders)
"""`acquire`: someone else has it, or no unit is left."""
NOTIFY = WaitKind(
    "notify", "wait", lambda world, wait: _lock(world, wait) is None, _notify_says, held_by=_holders
)
"""`Condition.wait`."""
FLAG = WaitKind("event", "wait", _is_set, _flag_says, held_by=_holders)
"""`Event.wait`."""
PARTIES = WaitKind("barrier", "wait", _all_there, _parties_say, held_by=_holders)
"""`Barrier.wait`: not everyone is there yet."""

"""How events change a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.lock.state import Holder, Lock
from ipcviz.world.lock.waits import ACQUIRE, FLAG, NOTIFY, PARTIES
from ipcviz.world.wait import Ref

if TYPE_CHECKING:
    from ipcviz.world.noun import Fold
    from ipcviz.world.world import World


def _made(world: World, ev: e.LockMade) -> None:
    lock = world.lock(ev.lock)
    lock.kind = ev.kind
    lock.value = ev.value if ev.kind in ("Semaphore", "BoundedSemaphore", "Barrier") else 1
    lock.maxvalue = ev.maxvalue
    lock.maker = ev.process
    lock.site = ev.site


def _used(world: World, ev: Any) -> Lock:
    lock = world.lock(ev.lock)
    lock.users[ev.process] = lock.users.get(ev.process, 0) + 1
    return lock


def _waiting(world: World, ev: e.LockWaiting) -> None:
    lock = _used(world, ev)
    lock.contended += 1
    world.wait(ev, ACQUIRE, Ref("lock", ev.lock), timeout=ev.timeout)


def _acquired(world: World, ev: e.LockAcquired) -> None:
    lock = _used(world, ev)
    lock.acquires += 1
    before = world.ended_wait
    if before is not None and before.kind is ACQUIRE and before.on.key == ev.lock:
        lock.waited += ev.time - before.since
    holder = (ev.process, ev.thread)
    since, times = lock.holders.get(holder, (ev.time, 0))
    lock.holders[holder] = (since, times + 1)


def _released(world: World, ev: e.LockReleased) -> None:
    lock = _used(world, ev)
    lock.releases += 1
    _let_go(lock, (ev.process, ev.thread), ev.time)


def _let_go(lock: Lock, holder: Holder, time: int) -> None:
    if holder not in lock.holders:
        if not lock.holders:
            # A semaphore may be released by someone who never took it: there is one unit more.
            lock.value += lock.kind in ("Semaphore", "BoundedSemaphore")
            return
        # Or in another's place: whoever has it longest.
        holder = min(lock.holders, key=lambda one: lock.holders[one][0])
    since, times = lock.holders.pop(holder)
    if times > 1:
        lock.holders[holder] = (since, times - 1)
    else:
        lock.held += time - since


def _failed(world: World, ev: e.LockFailed) -> None:
    _used(world, ev).failures += 1


def _condition_waiting(world: World, ev: e.ConditionWaiting) -> None:
    _used(world, ev)
    world.wait(ev, NOTIFY, Ref("lock", ev.lock), timeout=ev.timeout)


def _passed(world: World, ev: e.ConditionWoken | e.EventPassed | e.BarrierPassed) -> None:
    _used(world, ev).passes += 1


def _notified(world: World, ev: e.Notified) -> None:
    _used(world, ev).notifies += 1


def _set(world: World, ev: e.EventSet) -> None:
    lock = _used(world, ev)
    lock.set, lock.changed_at, lock.changed_by = True, ev.time, ev.process


def _cleared(world: World, ev: e.EventCleared) -> None:
    lock = _used(world, ev)
    lock.set, lock.changed_at, lock.changed_by = False, ev.time, ev.process


def _event_waiting(world: World, ev: e.EventWaiting) -> None:
    _used(world, ev)
    world.wait(ev, FLAG, Ref("lock", ev.lock), timeout=ev.timeout)


def _barrier_waiting(world: World, ev: e.BarrierWaiting) -> None:
    _used(world, ev)
    world.wait(ev, PARTIES, Ref("lock", ev.lock), timeout=ev.timeout)


def _barrier_broken(world: World, ev: e.BarrierBroken) -> None:
    _used(world, ev).broken += 1


def _split(text: str) -> tuple[str, str]:
    """`[3] 17` is element 3; anything else is the whole value."""
    if text.startswith("["):
        index, _, value = text.partition("] ")
        return index + "]", value
    return "", text


def _read(world: World, ev: e.ValueRead) -> None:
    lock = _used(world, ev)
    index, value = _split(ev.text)
    lock.reads += 1
    lock.content[index] = value
    lock.seen[ev.process] = value


def _written(world: World, ev: e.ValueWritten) -> None:
    lock = _used(world, ev)
    index, value = _split(ev.text)
    lock.writes += 1
    lock.content[index] = value
    lock.seen.pop(ev.process, None)
    lock.changed_at, lock.changed_by = ev.time, ev.process


FOLD: dict[type, Fold] = {
    e.LockMade: _made,
    e.LockWaiting: _waiting,
    e.LockAcquired: _acquired,
    e.LockReleased: _released,
    e.LockFailed: _failed,
    e.ConditionWaiting: _condition_waiting,
    e.ConditionWoken: _passed,
    e.Notified: _notified,
    e.EventSet: _set,
    e.EventCleared: _cleared,
    e.EventWaiting: _event_waiting,
    e.EventPassed: _passed,
    e.BarrierWaiting: _barrier_waiting,
    e.BarrierPassed: _passed,
    e.BarrierBroken: _barrier_broken,
    e.ValueRead: _read,
    e.ValueWritten: _written,
}

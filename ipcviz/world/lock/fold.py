"""How events change a lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.lock.state import ELEMENTS, Lock
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
    lock = world.locks.get(ev.lock) or world.lock(ev.lock)
    users, process = lock.users, ev.process
    users[process] = users.get(process, 0) + 1
    return lock


def _waiting(world: World, ev: e.LockWaiting) -> None:
    lock = _used(world, ev)
    lock.contended += 1
    world.wait(ev, ACQUIRE, Ref("lock", ev.lock), timeout=ev.timeout)


def _acquired(world: World, ev: e.LockAcquired) -> None:
    lock = _used(world, ev)
    lock.acquires += 1
    time, holder, holders = ev.time, (ev.process, ev.thread), lock.holders
    before = world.ended_wait
    if before is not None and before.kind is ACQUIRE and before.on.key == ev.lock:
        lock.waited += time - before.since
    had = holders.get(holder)
    holders[holder] = (time, 1) if had is None else (had[0], had[1] + 1)


def _released(world: World, ev: e.LockReleased) -> None:
    lock = _used(world, ev)
    # What the holder of an RLock acquired again meanwhile is told with its release.
    lock.acquires += ev.again
    lock.releases += 1 + ev.again
    time, holder, holders = ev.time, (ev.process, ev.thread), lock.holders
    had = holders.pop(holder, None)
    if had is None:
        if not holders:
            # A semaphore may be released by someone who never took it: there is one unit more.
            lock.value += lock.counts
            return
        # Or in another's place: whoever has it longest.
        holder = min(holders, key=lambda one: holders[one][0])
        had = holders.pop(holder)
    since, times = had
    if times > 1:
        holders[holder] = (since, times - 1)
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
    if text[:1] == "[":
        index, _, value = text.partition("] ")
        return index + "]", value
    return "", text


def _read(world: World, ev: e.ValueRead) -> None:
    lock = _used(world, ev)
    index, value = _split(ev.text)
    lock.reads += 1
    content = lock.content
    if index in content or len(content) < ELEMENTS:
        content[index] = value
    lock.seen[ev.process] = value


def _written(world: World, ev: e.ValueWritten) -> None:
    lock = _used(world, ev)
    index, value = _split(ev.text)
    process = ev.process
    lock.writes += 1
    content = lock.content
    if index in content or len(content) < ELEMENTS:
        content[index] = value
    lock.seen.pop(process, None)
    lock.changed_at, lock.changed_by = ev.time, process


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

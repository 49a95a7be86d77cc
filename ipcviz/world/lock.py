"""Locks: the whole semaphore family, who holds, who waits, how long; and what stands on a lock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.process import WaitFor

if TYPE_CHECKING:
    from ipcviz.world.world import World

Holder = tuple[int, int]
"""Process key and thread number."""


@dataclass(slots=True)
class Lock:
    """A Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier, Value or Array."""

    key: int
    id: str
    """`L1`, `L2`, … in order of appearance."""
    kind: str = "Lock"
    name: str = ""
    """The variable the program calls it by; empty where it is not known."""
    inside: str | None = None
    maker: int = 0
    site: e.Site | None = None
    value: int = 1
    """What it started with; for a Barrier the number of parties."""
    maxvalue: int = 0
    holders: dict[Holder, tuple[int, int]] = field(default_factory=dict)
    """Who has it: since when (ns), and how many times (an RLock, a Semaphore)."""
    acquires: int = 0
    releases: int = 0
    contended: int = 0
    """Acquires that had to wait."""
    failures: int = 0
    """Acquires that gave up, and releases that raised."""
    waited: int = 0
    """ns that threads have waited in all."""
    held: int = 0
    """ns that it was held in all, finished holds only."""
    set: bool = False
    """An Event's flag."""
    notifies: int = 0
    passes: int = 0
    """Waits of an Event, Condition or Barrier that came through."""
    broken: int = 0
    content: dict[str, str] = field(default_factory=dict)
    """What was last read or written: index (`""` for a Value) to text."""
    reads: int = 0
    writes: int = 0
    changed_at: int = 0
    """When it was last written, ns; 0 for never."""
    changed_by: int = 0
    seen: dict[int, str] = field(default_factory=dict)
    """What each process read last and has not written back: two of the same are a lost update."""
    users: dict[int, int] = field(default_factory=dict)
    """Process keys of all who used it, in order, and how often."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id

    @property
    def free(self) -> int:
        """Units that are left; a Lock has one."""
        return max(0, self.value - sum(times for _, times in self.holders.values()))


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
    world.wait(ev, WaitFor.LOCK, ev.lock, timeout=ev.timeout)


def _acquired(world: World, ev: e.LockAcquired) -> None:
    lock = _used(world, ev)
    lock.acquires += 1
    before = world.ended_wait
    if before is not None and before.what is WaitFor.LOCK and before.target == ev.lock:
        lock.waited += ev.time - before.since
    holder = (ev.process, ev.thread)
    since, times = lock.holders.get(holder, (ev.time, 0))
    lock.holders[holder] = (since, times + 1)


def _released(world: World, ev: e.LockReleased) -> None:
    lock = _used(world, ev)
    # What an RLock's holder acquired again meanwhile is told with its release.
    lock.acquires += ev.again
    lock.releases += 1 + ev.again
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
    world.wait(ev, WaitFor.NOTIFY, ev.lock, timeout=ev.timeout)


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
    world.wait(ev, WaitFor.EVENT, ev.lock, timeout=ev.timeout)


def _barrier_waiting(world: World, ev: e.BarrierWaiting) -> None:
    _used(world, ev)
    world.wait(ev, WaitFor.BARRIER, ev.lock, timeout=ev.timeout)


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


FOLD: dict[type, Callable[[World, Any], None]] = {
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

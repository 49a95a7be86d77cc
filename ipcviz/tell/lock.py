"""The story's sentences about locks and what stands on them."""

from __future__ import annotations

from typing import Any

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Tell, Telling
from ipcviz.words import _
from ipcviz.world import Ref, World
from ipcviz.world.names import name_of, process_name


def _fields(event: Any, world: World) -> dict[str, str]:
    return {"who": process_name(world, event.process), "lock": name_of(world, Ref("lock", event.lock))}


def _made(ev: e.LockMade, world: World) -> Said:
    return "note", _("{who} makes a {kind}", who=process_name(world, ev.process), kind=ev.kind)


def _waiting(ev: e.LockWaiting, world: World) -> Said:
    return "wait", _("{who} waits for {lock}", **_fields(ev, world))


def _acquired(ev: e.LockAcquired, world: World) -> Said:
    return "go", _("{who} has {lock}", **_fields(ev, world))


def _released(ev: e.LockReleased, world: World) -> Said:
    return "go", _("{who} lets {lock} go", **_fields(ev, world))


def _failed(ev: e.LockFailed, world: World) -> Said:
    return "bad", _("{who} does not get {lock}: {error}", error=ev.error, **_fields(ev, world))


def _condition_waiting(ev: e.ConditionWaiting, world: World) -> Said:
    return "wait", _("{who} lets {lock} go and waits to be notified", **_fields(ev, world))


def _condition_woken(ev: e.ConditionWoken, world: World) -> Said:
    if ev.notified:
        return "go", _("{who} was notified and has {lock} again", **_fields(ev, world))
    return "note", _("{who} was not notified in time and has {lock} again", **_fields(ev, world))


def _notified(ev: e.Notified, world: World) -> Said:
    return "go", _("{who} notifies those who wait for {lock}", **_fields(ev, world))


def _event_set(ev: e.EventSet, world: World) -> Said:
    return "go", _("{who} sets {lock}", **_fields(ev, world))


def _event_cleared(ev: e.EventCleared, world: World) -> Said:
    return "go", _("{who} clears {lock}", **_fields(ev, world))


def _event_waiting(ev: e.EventWaiting, world: World) -> Said:
    return "wait", _("{who} waits until {lock} is set", **_fields(ev, world))


def _event_passed(ev: e.EventPassed, world: World) -> Said:
    if ev.answer:
        return "go", _("{who} sees that {lock} is set", **_fields(ev, world))
    return "note", _("{who} gives up waiting for {lock}", **_fields(ev, world))


def _barrier_waiting(ev: e.BarrierWaiting, world: World) -> Said:
    return "wait", _("{who} waits at {lock} for the others", **_fields(ev, world))


def _barrier_passed(ev: e.BarrierPassed, world: World) -> Said:
    return "go", _("{who} passes {lock}", **_fields(ev, world))


def _barrier_broken(ev: e.BarrierBroken, world: World) -> Said:
    return "bad", _("{who} finds {lock} broken: {error}", error=ev.error, **_fields(ev, world))


def _value_read(ev: e.ValueRead, world: World) -> Said:
    return "go", _("{who} reads {lock}: {value}", value=ev.text, **_fields(ev, world))


def _value_written(ev: e.ValueWritten, world: World) -> Said:
    return "go", _("{who} writes {lock}: {value}", value=ev.text, **_fields(ev, world))


def _own(tell: Tell) -> Tell:
    """A library's own locks are not part of the story."""

    def tell_own(event: Any, world: World) -> Said:
        lock = world.locks.get(event.lock)
        return None if lock is not None and lock.inside else tell(event, world)

    return tell_own


TELL: Telling = {
    e.LockMade: _own(_made),
    e.LockWaiting: _own(_waiting),
    e.LockAcquired: _own(_acquired),
    e.LockReleased: _own(_released),
    e.LockFailed: _own(_failed),
    e.ConditionWaiting: _own(_condition_waiting),
    e.ConditionWoken: _own(_condition_woken),
    e.Notified: _own(_notified),
    e.EventSet: _own(_event_set),
    e.EventCleared: _own(_event_cleared),
    e.EventWaiting: _own(_event_waiting),
    e.EventPassed: _own(_event_passed),
    e.BarrierWaiting: _own(_barrier_waiting),
    e.BarrierPassed: _own(_barrier_passed),
    e.BarrierBroken: _own(_barrier_broken),
    e.ValueRead: _own(_value_read),
    e.ValueWritten: _own(_value_written),
}

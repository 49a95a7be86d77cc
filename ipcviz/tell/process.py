"""The story's sentences about processes: started, joined, ended."""

from __future__ import annotations

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name as _who
from ipcviz.world.names import signal_name


def _began(ev: e.ProcessBegan, world: World) -> Said:
    # A forked child begins at once; that its parent starts it has been told.
    if not ev.parent or ev.start_method == "fork":
        return None
    return "go", _("{who} begins ({method})", who=_who(world, ev.process), method=ev.start_method)


def _started(ev: e.ProcessStarted, world: World) -> Said:
    return "go", _("{who} starts {child}", who=_who(world, ev.process), child=_who(world, ev.child))


def _start_failed(ev: e.StartFailed, world: World) -> Said:
    return "bad", _("{who} cannot start {child}: {error}",
                    who=_who(world, ev.process), child=_who(world, ev.child), error=ev.error)  # fmt: skip


def _failed(ev: e.ProcessFailed, world: World) -> Said:
    return "bad", _("{who} fails: {error}", who=_who(world, ev.process), error=ev.error)


def _ended(ev: e.ProcessEnded, world: World) -> Said:
    process = world.processes[ev.process]
    told = process.error or process.ended != ev.time
    return None if told else ("good", _("{who} ends", who=_who(world, ev.process)))


def _exited(ev: e.ProcessExited, world: World) -> Said:
    child = _who(world, ev.child)
    if ev.exitcode < 0:
        return "bad", _("{who} was killed by {signal}", who=child, signal=signal_name(-ev.exitcode))
    if ev.exitcode > 0:
        return "bad", _("{who} ended with exit code {code}", who=child, code=ev.exitcode)
    first_word_on_it = world.processes[ev.child].ended == ev.time
    return ("good", _("{who} ends", who=child)) if first_word_on_it else None


def _join_waiting(ev: e.JoinWaiting, world: World) -> Said:
    return "wait", _("{who} waits for {child} to end (join)",
                     who=_who(world, ev.process), child=_who(world, ev.child))  # fmt: skip


def _joined(ev: e.Joined, world: World) -> Said:
    if world.ended_wait is None:
        return None
    return "go", _("{who} has joined {child}", who=_who(world, ev.process), child=_who(world, ev.child))


def _join_timed_out(ev: e.JoinTimedOut, world: World) -> Said:
    return "note", _("{who} gives up waiting for {child}, which still runs",
                     who=_who(world, ev.process), child=_who(world, ev.child))  # fmt: skip


def _signal_sent(ev: e.SignalSent, world: World) -> Said:
    return "bad", _("{who} sends {signal} to {child}", who=_who(world, ev.process),
                    signal=signal_name(ev.signal), child=_who(world, ev.child))  # fmt: skip


def _thread_lock_seen(ev: e.ThreadLockSeen, world: World) -> Said:
    who = world.process(ev.waiter).label
    return "wait", _("{who} waits for a lock of a thread that fork did not copy", who=who)


TELL: Telling = {
    e.ProcessBegan: _began,
    e.ProcessStarted: _started,
    e.StartFailed: _start_failed,
    e.ProcessFailed: _failed,
    e.ProcessEnded: _ended,
    e.ProcessExited: _exited,
    e.JoinWaiting: _join_waiting,
    e.Joined: _joined,
    e.JoinTimedOut: _join_timed_out,
    e.SignalSent: _signal_sent,
    e.ThreadLockSeen: _thread_lock_seen,
}

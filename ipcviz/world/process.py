"""Processes: born, waiting, ended; a child's own word and its parent's."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.names import process_name
from ipcviz.world.noun import Cell, Fold, Noun
from ipcviz.world.wait import Ref, Say, Wait, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.channel.item import Item
    from ipcviz.world.world import World


class State(enum.Enum):
    """Where a process stands in its life."""

    STARTING = "starting"
    """Its parent has started it; it has not spoken yet."""
    RUNNING = "running"
    WAITING = "waiting"
    """A thread that runs the program's own code is inside a wait."""
    ENDING = "ending"
    """Its own code is over; exit handlers run, feeders flush."""
    DONE = "done"
    """Exit code 0, or not known to anyone."""
    FAILED = "failed"
    """Exit code above 0."""
    KILLED = "killed"
    """Ended by a signal."""

    @property
    def over(self) -> bool:
        """The process is no more."""
        return self in (State.DONE, State.FAILED, State.KILLED)


@dataclass(slots=True)
class Process:
    """One process of the program."""

    key: int
    """Its number in the log; never used twice."""
    id: str
    """`P1`, `P2`, … in order of appearance."""
    name: str = ""
    pid: int = 0
    parent: int = 0
    """Key of the process that started it; 0 for the main process."""
    start_method: str = ""
    python: str = ""
    """Version of its interpreter; only the main process says it."""
    daemon: bool = False
    started: int | None = None
    """ns of the monotonic clock, as its parent or itself said first."""
    began: bool = False
    """It has spoken itself."""
    ended: int | None = None
    exitcode: int | None = None
    """None while nobody knows it."""
    error: str = ""
    """The exception nobody caught, as `Type: message`."""
    ending: bool = False
    site: e.Site | None = None
    """Where it did its last operation."""
    acted: int = 0
    """When that was, ns of the monotonic clock; 0 for never."""
    threads: dict[int, str] = field(default_factory=dict)
    """Names of its threads that have spoken."""
    waits: dict[int, Wait] = field(default_factory=dict)
    """The wait each thread is in."""
    holding: Item | None = None
    """The item it took last and has not put behind it."""
    puts: int = 0
    gets: int = 0
    works_for: int = 0
    """Key of the pool it is a worker of; 0 for none."""
    serves: int = 0
    """Key of the manager it is the server of; 0 for none."""

    @property
    def state(self) -> State:
        """Where it stands in its life."""
        if self.ended is not None:
            if not self.exitcode:
                return State.FAILED if self.error and self.exitcode is None else State.DONE
            return State.FAILED if self.exitcode > 0 else State.KILLED
        if self.wait is not None:
            return State.WAITING
        if self.ending:
            return State.ENDING
        return State.RUNNING if self.began else State.STARTING

    @property
    def wait(self) -> Wait | None:
        """The wait of its own code (feeder threads have theirs in `waits` too)."""
        for thread, wait in self.waits.items():
            if not is_feeder(self.threads.get(thread, "")):
                return wait
        return None

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return "main" if self.name in ("", "MainProcess") and not self.parent else self.name

    def end(self, time: int, exitcode: int | None) -> None:
        """Mark it as over; the first time counts, a known exit code beats an unknown one."""
        if self.ended is None:
            self.ended = time
        if exitcode is not None:
            self.exitcode = exitcode
        self.waits.clear()


_POOL_THREADS = ("(_handle_results)", "(_handle_tasks)", "(_handle_workers)")


def is_feeder(thread: str) -> bool:
    """Whether this is a thread that `multiprocessing` makes: to write into a Queue's pipe, to run a Pool."""
    return thread == "QueueFeederThread" or thread.endswith(_POOL_THREADS)


def _began(world: World, ev: e.ProcessBegan) -> None:
    process = world.process(ev.process)
    process.began = True
    process.pid = ev.pid
    process.parent = ev.parent
    process.name = ev.name or process.name
    process.start_method = ev.start_method
    process.python = ev.python
    process.daemon = ev.daemon
    if process.started is None:
        process.started = ev.time


def _thread_lock_seen(world: World, ev: e.ThreadLockSeen) -> None:
    process = world.process(ev.waiter)
    # It ends as every wait does, when the thread speaks.
    process.waits[0] = Wait(THREAD, Ref("process", ev.waiter), ev.time, 0)


def _started(world: World, ev: e.ProcessStarted) -> None:
    child = world.process(ev.child)
    child.parent = ev.process
    child.pid = ev.pid
    child.name = child.name or ev.name
    child.start_method = ev.start_method
    child.daemon = ev.daemon
    if child.started is None or ev.time < child.started:
        child.started = ev.time


def _start_failed(world: World, ev: e.StartFailed) -> None:
    child = world.process(ev.child)
    child.parent = ev.process
    child.name = ev.name
    child.error = ev.error
    child.end(ev.time, None)


def _exited(world: World, ev: e.ProcessExited) -> None:
    child = world.process(ev.child)
    child.end(ev.time, ev.exitcode)
    world.process_ended(child)


def _failed(world: World, ev: e.ProcessFailed) -> None:
    world.process(ev.process).error = ev.error


def _ending(world: World, ev: e.ProcessEnding) -> None:
    process = world.process(ev.process)
    process.ending = True
    process.holding = None


def _ended(world: World, ev: e.ProcessEnded) -> None:
    process = world.process(ev.process)
    process.end(ev.time, None)
    world.process_ended(process)


def _join_waiting(world: World, ev: e.JoinWaiting) -> None:
    world.wait(ev, JOIN, Ref("process", ev.child), timeout=ev.timeout)


def _thread_named(world: World, ev: e.ThreadNamed) -> None:
    world.process(ev.process).threads[ev.thread] = ev.name


def _nothing(_world: World, _ev: e.Event) -> None:
    """The end of a wait; the fold has ended it already."""


_FOLD: dict[type, Fold] = {
    e.ProcessBegan: _began,
    e.ProcessStarted: _started,
    e.StartFailed: _start_failed,
    e.ProcessExited: _exited,
    e.ProcessFailed: _failed,
    e.ProcessEnding: _ending,
    e.ProcessEnded: _ended,
    e.JoinWaiting: _join_waiting,
    e.Joined: _nothing,
    e.JoinTimedOut: _nothing,
    e.SignalSent: _nothing,
    e.ThreadNamed: _thread_named,
    e.ThreadLockSeen: _thread_lock_seen,
    e.SiteNamed: _nothing,
}


def _join_can_end(world: World, wait: Wait) -> bool:
    return world.process(wait.on.key).state.over


def _join_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    child = process_name(world, wait.on.key)
    return _("{who} waits in join() for {child} to end", who=process_name(world, process.key), child=child)


def _thread_says(world: World, process: Process, _wait: Wait, _: Say) -> str:
    who = process_name(world, process.key)
    return _("{who} waits for a lock between threads, held by a thread that fork did not copy", who=who)


JOIN = WaitKind(
    "process", "join", _join_can_end, _join_says,
    needs=lambda _world, _process, wait: (wait.on.key,),
    held_by=lambda _world, wait: (wait.on.key,),
)  # fmt: skip
"""`Process.join`."""
THREAD = WaitKind("thread", "acquire", lambda _world, _wait: False, _thread_says, what="threading.Lock")
"""A lock between the threads of one process, where it has only one: it was copied by fork while held."""


def _row(world: World, process: Process) -> dict[str, Any]:
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


PROCESS = Noun(
    "process", "processes", "P", Process, _FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("name", "name"),
        Cell("pid", "pid", "plain"),
        Cell("started by", "parent", "process"),
        Cell("start", "start_method"),
        Cell("daemon", "daemon", "yes"),
        Cell("from", "started", "seconds"),
        Cell("to", "ended", "seconds"),
        Cell("exit code", "exitcode", "plain"),
        Cell("error", "error"),
    ),
    waits=(JOIN, THREAD),
    called=lambda process: f"Process {process.id}",
)  # fmt: skip

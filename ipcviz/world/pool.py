"""Pools: a lane per worker, tasks on their way from submitted to done, callbacks in the parent's thread."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.process import WaitFor

if TYPE_CHECKING:
    from ipcviz.world.world import World

KEPT = 200
"""Finished tasks that a pool remembers, for its lanes."""


class TaskState(enum.Enum):
    """Where a task is on its way."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """Its function raised."""
    LOST = "lost"
    """Its worker died with it."""


@dataclass(slots=True)
class Task:
    """One piece of work, the whole job or a chunk of it."""

    job: int
    part: int
    text: str
    """What is to be done, as `function(arguments)`."""
    state: TaskState
    submitted: int
    """ns of the monotonic clock; so are the following."""
    began: int = 0
    ended: int = 0
    arrived: int = 0
    """When the parent had its result; 0 for not yet."""
    worker: int = 0
    """Process key."""
    answer: str = ""

    @property
    def id(self) -> str:
        """`t4`, or `t4.2` for the third chunk of job 4."""
        return f"t{self.job}.{self.part}" if self.part else f"t{self.job}"


@dataclass(slots=True)
class Job:
    """What one call of a pool method handed in."""

    number: int
    method: str
    text: str
    tasks: int
    """How many it is made of; 0 while nobody knows."""
    submitted: int
    arrived: int = 0
    failed: int = 0


@dataclass(slots=True)
class Method:
    """All jobs handed in by one method of the pool, for comparing `apply` with `apply_async`."""

    first: int
    """When the first was handed in, ns."""
    last: int = 0
    """When the newest result arrived, ns."""
    tasks: int = 0
    arrived: int = 0
    since: int = 0
    """Since when some of its tasks have no result yet, ns; 0 while there are none."""
    spent: int = 0
    """ns in which some of its tasks had no result yet, finished stretches only."""


@dataclass(slots=True)
class Running:
    """A callback that runs, or has run."""

    process: int
    thread: int
    job: int
    kind: str
    text: str
    since: int
    ended: int = 0
    """When it returned, ns; 0 while it runs."""


@dataclass(slots=True)
class Pool:
    """A Pool or a ProcessPoolExecutor."""

    key: int
    id: str
    """`O1`, `O2`, …"""
    kind: str = "Pool"
    name: str = ""
    inside: str | None = None
    processes: int = 0
    start_method: str = ""
    maker: int = 0
    made: int = 0
    workers: list[int] = field(default_factory=list)
    """Process keys in the order of their start; the dead and replaced ones too."""
    jobs: dict[int, Job] = field(default_factory=dict)
    methods: dict[str, Method] = field(default_factory=dict)
    """By name, in order of first use."""
    tasks: dict[tuple[int, int], Task] = field(default_factory=dict)
    """By job and part; finished ones only while they are among the newest `KEPT`."""
    submitted: int = 0
    """Tasks handed in, as far as their number is known."""
    begun: int = 0
    done: int = 0
    failed: int = 0
    lost: int = 0
    peak_busy: int = 0
    callbacks: int = 0
    callback: Running | None = None
    """The callback that runs now; there is one thread for all of them."""
    callback_runs: list[Running] = field(default_factory=list)
    """The newest callbacks, oldest first, the one that runs now included."""
    refused: int = 0
    busy: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Worker to the task (job, part) it works on."""
    busy_ns: int = 0
    """Worker time spent on tasks, finished ones only."""
    finished: list[tuple[int, int]] = field(default_factory=list)
    """The newest finished tasks, oldest first."""
    closed: bool = False
    terminated: bool = False
    broken: bool = False
    ended: int = 0
    """When its last worker was gone or `join` returned; 0 while it works."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id

    @property
    def waiting(self) -> list[Task]:
        """Tasks that no worker has taken, the next one first."""
        return [task for task in self.tasks.values() if task.state is TaskState.WAITING]

    def occupancy(self, now: int) -> float:
        """How much of its workers' time went into tasks so far, from 0 to 1."""
        first = min((job.submitted for job in self.jobs.values()), default=0)
        span = ((self.ended or now) - first) * max(self.processes, 1)
        if not first or span <= 0:
            return 0.0
        running = sum(max(0, now - self.tasks[task].began) for task in self.busy.values())
        return min(1.0, (self.busy_ns + running) / span)


def _made(world: World, ev: e.PoolMade) -> None:
    pool = world.pool(ev.pool)
    pool.kind, pool.processes, pool.start_method = ev.kind, ev.processes, ev.start_method
    pool.maker, pool.made = ev.process, ev.time


def _worker_started(world: World, ev: e.WorkerStarted) -> None:
    pool = world.pool(ev.pool)
    if ev.child not in pool.workers:
        pool.workers.append(ev.child)
    world.process(ev.child).works_for = ev.pool


def _submitted(world: World, ev: e.TaskSubmitted) -> None:
    pool = world.pool(ev.pool)
    pool.jobs[ev.job] = Job(ev.job, ev.method, ev.text, ev.tasks, ev.time)
    pool.submitted += ev.tasks
    method = pool.methods.setdefault(ev.method, Method(ev.time))
    method.tasks += ev.tasks
    method.since = method.since or ev.time
    for part in range(min(ev.tasks, KEPT)):
        if (ev.job, part) not in pool.tasks:
            pool.tasks[ev.job, part] = Task(ev.job, part, ev.text, TaskState.WAITING, ev.time)


def _began(world: World, ev: e.TaskBegan) -> None:
    pool = world.pool(ev.pool)
    task = pool.tasks.get((ev.job, ev.part))
    if task is None:
        task = pool.tasks[ev.job, ev.part] = Task(ev.job, ev.part, ev.text, TaskState.WAITING, ev.time)
    task.text, task.state, task.began, task.worker = ev.text, TaskState.RUNNING, ev.time, ev.process
    pool.begun += 1
    pool.busy[ev.process] = (ev.job, ev.part)
    pool.peak_busy = max(pool.peak_busy, len(pool.busy))
    if ev.process not in pool.workers:
        pool.workers.append(ev.process)
        world.process(ev.process).works_for = ev.pool


def _ended(world: World, ev: e.TaskEnded) -> None:
    pool = world.pool(ev.pool)
    pool.busy.pop(ev.process, None)
    pool.done += ev.fine
    pool.failed += not ev.fine
    task = pool.tasks.get((ev.job, ev.part))
    if task is None:
        return
    task.state = TaskState.DONE if ev.fine else TaskState.FAILED
    task.ended, task.answer = ev.time, ev.text
    pool.busy_ns += task.ended - task.began
    _remember(pool, task)


def _remember(pool: Pool, task: Task) -> None:
    pool.finished.append((task.job, task.part))
    if len(pool.finished) > KEPT:
        pool.tasks.pop(pool.finished.pop(0), None)


def _arrived(world: World, ev: e.ResultArrived) -> None:
    pool = world.pool(ev.pool)
    task = pool.tasks.get((ev.job, ev.part))
    if task is not None:
        task.arrived = ev.time
    job = pool.jobs.get(ev.job)
    if job is not None:
        job.arrived += 1
        job.failed += not ev.fine
        method = pool.methods[job.method]
        method.arrived += 1
        method.last = ev.time
        if not method.tasks:
            method.spent, method.since = ev.time - method.first, 0
        elif method.arrived >= method.tasks and method.since:
            method.spent, method.since = method.spent + ev.time - method.since, 0


def _callback_began(world: World, ev: e.CallbackBegan) -> None:
    pool = world.pool(ev.pool)
    pool.callbacks += 1
    pool.callback = Running(ev.process, ev.thread, ev.job, ev.kind, ev.text, ev.time)
    pool.callback_runs.append(pool.callback)
    if len(pool.callback_runs) > KEPT:
        del pool.callback_runs[0]


def _callback_ended(world: World, ev: e.CallbackEnded) -> None:
    pool = world.pool(ev.pool)
    if pool.callback is not None:
        pool.callback.ended = ev.time
    pool.callback = None


def _result_waiting(world: World, ev: e.ResultWaiting) -> None:
    world.wait(ev, WaitFor.RESULT, ev.pool, timeout=ev.timeout, text=f"t{ev.job}")


def _closed(world: World, ev: e.PoolClosed) -> None:
    world.pool(ev.pool).closed = True


def _terminated(world: World, ev: e.PoolTerminated) -> None:
    world.pool(ev.pool).terminated = True


def _join_waiting(world: World, ev: e.PoolJoinWaiting) -> None:
    world.wait(ev, WaitFor.POOL, ev.pool)


def _joined(world: World, ev: e.PoolJoined) -> None:
    pool = world.pool(ev.pool)
    pool.ended = pool.ended or ev.time


def _refused(world: World, ev: e.PoolRefused) -> None:
    world.pool(ev.pool).refused += 1


def _broken(world: World, ev: e.PoolBroken) -> None:
    world.pool(ev.pool).broken = True


def _nothing(_world: World, _ev: e.Event) -> None:
    """It changes nothing that is drawn; the story tells it."""


def worker_ended(world: World, key: int, time: int) -> None:
    """A worker is gone; if it was busy, its task is lost with it."""
    for pool in world.pools.values():
        task = pool.tasks.get(pool.busy.pop(key, (-1, -1)))
        if task is not None:
            task.state, task.ended = TaskState.LOST, time
            pool.lost += 1
            _remember(pool, task)


FOLD: dict[type, Callable[[World, Any], None]] = {
    e.PoolMade: _made,
    e.WorkerStarted: _worker_started,
    e.TaskSubmitted: _submitted,
    e.TaskBegan: _began,
    e.TaskEnded: _ended,
    e.ResultArrived: _arrived,
    e.CallbackBegan: _callback_began,
    e.CallbackEnded: _callback_ended,
    e.ResultWaiting: _result_waiting,
    e.ResultWaited: _nothing,
    e.ResultGot: _nothing,
    e.ResultAsked: _nothing,
    e.PoolClosed: _closed,
    e.PoolTerminated: _terminated,
    e.PoolJoinWaiting: _join_waiting,
    e.PoolJoined: _joined,
    e.PoolRefused: _refused,
    e.PoolBroken: _broken,
}

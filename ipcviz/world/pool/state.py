"""What a pool is: its workers, its tasks on their way from submitted to done, its callbacks."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass, field

KEPT = 200
"""Finished tasks that a pool remembers, for its lanes; and callbacks that have run; and as many unfinished
jobs of which nobody knows how many tasks they have. Of everything older only the counts are kept."""


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
    workers: dict[int, None] = field(default_factory=dict)
    """Process keys in the order of their start; the dead and replaced ones too."""
    first: int = 0
    """When the first job was handed in, ns; 0 for not yet."""
    jobs: dict[int, Job] = field(default_factory=dict)
    """By number; only those of which a result is still missing."""
    open_jobs: list[int] = field(default_factory=list)
    """Those of which nobody knows how many tasks they have (`imap`), the newest `KEPT`."""
    methods: dict[str, Method] = field(default_factory=dict)
    """By name, in order of first use."""
    tasks: dict[tuple[int, int], Task] = field(default_factory=dict)
    """By job and part; finished ones only while they are among the newest `KEPT`, and of a job that is
    made of more, the first `KEPT` and those that have begun."""
    submitted: int = 0
    """Tasks handed in, as far as their number is known."""
    queued: int = 0
    """Of these, how many no worker has taken."""
    begun: int = 0
    done: int = 0
    failed: int = 0
    lost: int = 0
    lost_tasks: list[Task] = field(default_factory=list)
    """The first `KEPT` of the lost ones."""
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

    def waiting(self) -> Iterator[Task]:
        """Tasks that no worker has taken, the next one first; there may be more than are remembered."""
        return (task for task in self.tasks.values() if task.state is TaskState.WAITING)

    def occupancy(self, now: int) -> float:
        """How much of its workers' time went into tasks so far, from 0 to 1."""
        span = ((self.ended or now) - self.first) * max(self.processes, 1)
        if not self.first or span <= 0:
            return 0.0
        running = sum(max(0, now - self.tasks[task].began) for task in self.busy.values())
        return min(1.0, (self.busy_ns + running) / span)

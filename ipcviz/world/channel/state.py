"""What a channel is: each item's way from waiting for a slot to done, and who gives and takes."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcviz.log.events import Site
from ipcviz.world.channel.buffer import Buffer
from ipcviz.world.channel.item import Item

End = tuple[int, int]
"""An end of a Pipe: its inode, and 0 (reads), 1 (writes) or 2 (both)."""


@dataclass(slots=True)
class Asked:
    """What a channel was asked last, what it answered, and what was true at that moment."""

    process: int
    time: int
    """ns of the monotonic clock."""
    method: str
    answer: int
    in_pipe: int
    in_buffers: int
    """Items in the memory of their producers."""
    fill: int
    """Slots in use."""


@dataclass(slots=True)
class Raised:
    """The newest exception that came out of a method of a channel."""

    process: int
    time: int
    """ns of the monotonic clock."""
    call: str
    """`put('c')`"""
    error: str


@dataclass(slots=True)
class Channel:
    """A Queue, JoinableQueue, SimpleQueue or Pipe."""

    key: int
    """The pipe's inode."""
    id: str
    """`Q1`, `Q2`, … in order of appearance."""
    kind: str = "Queue"
    name: str = ""
    """The variable the program calls it by; empty where it is not known."""
    inside: str | None = None
    """What owns it, for a library's own machinery; None for the program's own."""
    maxsize: int = 0
    """Slots; 0 for no bound."""
    maker: int = 0
    site: Site | None = None
    """Where it was made."""
    buffers: dict[int, Buffer] = field(default_factory=dict)
    """For each producer (process key) what lies in its buffer."""
    pipe: dict[int, Item] = field(default_factory=dict)
    """What is in the pipe, by number, oldest first; what a Pipe's second end sent has negative numbers."""
    puts: int = 0
    gets: int = 0
    lost_items: int = 0
    """Items that a feeder could not pickle or send."""
    task_done: int = 0
    high_water: int = 0
    """The most slots that were in use at once."""
    put_blocked: int = 0
    get_blocked: int = 0
    full_errors: int = 0
    empty_errors: int = 0
    refused: int = 0
    """`task_done` calls that raised `ValueError`, and operations on a closed queue."""
    done_at: int = 0
    """When `task_done` was last called; 0 for never."""
    done_by: int = 0
    producers: dict[int, int] = field(default_factory=dict)
    """Process key of everyone who ever put, or waits to, and how many items it has put."""
    consumers: dict[int, int] = field(default_factory=dict)
    """Process key of everyone who ever took, or waits to, and how many items it has taken."""
    closed_in: set[int] = field(default_factory=set)
    other: int = 0
    """The second end of a duplex Pipe; 0 for any other channel."""
    holders: dict[End, tuple[int, ...]] = field(default_factory=dict)
    """Of a Pipe: the process keys that hold a copy of an end open, as the kernel says."""
    used_at: dict[End, dict[int, None]] = field(default_factory=dict)
    """Of a Pipe: who sent or received at an end, in order."""
    closed_at: dict[End, dict[int, None]] = field(default_factory=dict)
    """Of a Pipe: who closed its copy of an end, in order."""
    receives: dict[End, None] = field(default_factory=dict)
    """Of a Pipe: the ends at which messages arrive, or somebody waits for one."""
    eof_at: dict[End, int] = field(default_factory=dict)
    """Of a Pipe: who was told EOF when it received at an end."""
    eof_errors: int = 0
    asked: Asked | None = None
    raised: Raised | None = None
    taken_early: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Taken before its sending was reported, number to (getter, time); the newest `EARLY` of them."""

    @property
    def fill(self) -> int:
        """Slots in use: put, and neither taken nor lost in the feeder."""
        return max(0, self.puts - self.gets - self.lost_items)

    @property
    def full(self) -> bool:
        """No slot is free."""
        return bool(self.maxsize) and self.fill >= self.maxsize

    @property
    def unfinished(self) -> int:
        """Items put and not yet `task_done`; only a JoinableQueue counts them."""
        return self.puts - self.task_done

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id

    def end(self, key: int, role: int) -> End:
        """The end that an event speaks of; of a duplex Pipe each end does both."""
        return (key, 2) if self.other else (key, role)

    def opposite(self, end: End) -> End:
        """The other end of a Pipe."""
        return (self.other if end[0] == self.key else self.key, 2) if self.other else (self.key, 1 - end[1])

    def end_name(self, end: End) -> str:
        """What the program calls an end of a Pipe; the name of the Pipe where that is not plain."""
        names = [part.strip() for part in self.name.split(",")]
        if len(names) != 2:
            return self.label
        first = end[0] == self.key if self.other else end[1] == 0
        return names[0 if first else 1]

    def use(self, key: int, role: int, process: int) -> None:
        """Of a Pipe: a process sends (role 1) or receives (0) at an end."""
        end = (key, 2) if self.other else (key, role)
        users = self.used_at.get(end)
        if users is None:
            users = self.used_at[end] = {}
        elif process in users and not self.other:
            return
        users[process] = None
        self.receives[end if role == 0 else self.opposite(end)] = None

    def writers(self, end: int) -> tuple[int, ...]:
        """Of a Pipe: the processes that hold the end open from which a reader at this end is sent to."""
        if not self.other:
            return self.holders.get((self.key, 1), ())
        return self.holders.get((self.key if end == self.other else self.other, 2), ())

    def items(self) -> list[Item]:
        """Everything in a slot, the next to be taken first: the pipe in order, then the buffers by age."""
        waiting = [item for buffer in self.buffers.values() for item in buffer.values()]
        waiting.sort(key=lambda item: (item.moved, item.producer, item.ordinal))
        return [*self.pipe.values(), *waiting]


EARLY = 1_000
"""Takings without a sending that a channel remembers: the sending may have been lost with its reporter."""

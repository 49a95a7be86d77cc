"""Channels: each item's way from waiting for a slot to done, and who waits in front and behind."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.process import Process, WaitFor

if TYPE_CHECKING:
    from ipcviz.world.world import World


class Place(enum.Enum):
    """Where an item is on its way."""

    BUFFER = "buffer"
    """It has its slot and lies in its producer's own memory."""
    PIPE = "pipe"
    TAKEN = "taken"
    DONE = "done"
    """Its getter has called `task_done`."""
    LOST = "lost"
    """The feeder could not send it."""


@dataclass(slots=True)
class Item:
    """One thing that was put."""

    producer: int
    """Process key."""
    ordinal: int
    """The how-manieth of its producer's items in this channel, from 0; -1 for a channel without a buffer."""
    text: str
    """A short `repr`."""
    place: Place
    moved: int
    """When it came to where it is, ns of the monotonic clock."""
    number: int = 0
    """Which message of the channel it is, from 1; 0 while it is not in the pipe yet."""
    consumer: int = 0
    """Process key of its getter; 0 while it has none."""
    put_at: int = 0
    """When it got its slot, ns of the monotonic clock."""


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
    site: e.Site | None = None
    """Where it was made."""
    buffers: dict[int, dict[int, Item]] = field(default_factory=dict)
    """For each producer (process key) what lies in its buffer, by ordinal, oldest first."""
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
    _taken_early: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Taken before its sending was reported: number to (getter, time)."""

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

    def items(self) -> list[Item]:
        """Everything in a slot, the next to be taken first: the pipe in order, then the buffers by age."""
        waiting = [item for buffer in self.buffers.values() for item in buffer.values()]
        waiting.sort(key=lambda item: (item.moved, item.producer, item.ordinal))
        return [*self.pipe.values(), *waiting]


def _made(world: World, ev: e.ChannelMade) -> None:
    if ev.other:
        world.ends[ev.other] = ev.channel
    channel = world.channel(ev.channel)
    channel.other = ev.other
    channel.kind = ev.kind
    channel.maxsize = ev.maxsize
    channel.inside = ev.inside or None
    channel.maker = ev.process
    channel.site = ev.site


def _put_waiting(world: World, ev: e.PutWaiting) -> None:
    channel = world.channel(ev.channel)
    channel.put_blocked += 1
    channel.producers.setdefault(ev.process, 0)
    world.wait(ev, WaitFor.SLOT, ev.channel, timeout=ev.timeout, text=ev.text)


def _item_put(world: World, ev: e.ItemPut) -> None:
    channel = world.channel(ev.channel)
    item = Item(ev.process, ev.ordinal, ev.text, Place.BUFFER, ev.time, put_at=ev.time)
    channel.buffers.setdefault(ev.process, {})[ev.ordinal] = item
    _count_put(world, channel, ev.process)


def _count_put(world: World, channel: Channel, process: int) -> None:
    channel.puts += 1
    channel.producers[process] = channel.producers.get(process, 0) + 1
    channel.high_water = max(channel.high_water, channel.fill)
    putter = world.process(process)
    putter.puts += 1


def _put_failed(world: World, ev: e.PutFailed) -> None:
    channel = world.channel(ev.channel)
    channel.producers.setdefault(ev.process, 0)
    call = "send" if channel.kind == "Pipe" else "put"
    channel.raised = Raised(ev.process, ev.time, f"{call}({ev.text})", ev.error)
    if channel.kind == "Pipe":
        _use(channel, ev.channel, 1, ev.process)
    if ev.error == "Full":
        channel.full_errors += 1
    else:
        channel.refused += 1


def _use(channel: Channel, key: int, role: int, process: int) -> None:
    """A process sends (role 1) or receives (0) at an end."""
    end = channel.end(key, role)
    channel.used_at.setdefault(end, {})[process] = None
    channel.receives[end if role == 0 else channel.opposite(end)] = None


def _item_lost(world: World, ev: e.ItemLost) -> None:
    channel = world.channel(ev.channel)
    channel.buffers.get(ev.process, {}).pop(ev.ordinal, None)
    channel.lost_items += 1


def _send_waiting(world: World, ev: e.SendWaiting) -> None:
    channel = world.channel(ev.channel)
    if channel.kind == "Pipe":
        channel.producers.setdefault(ev.process, 0)
        _use(channel, ev.channel, 1, ev.process)
    world.wait(ev, WaitFor.ROOM, ev.channel)


def _item_sent(world: World, ev: e.ItemSent) -> None:
    channel = world.channel(ev.channel)
    item = channel.buffers.get(ev.process, {}).pop(ev.ordinal, None)
    if item is None:
        item = Item(ev.process, ev.ordinal, ev.text, Place.PIPE, ev.time, put_at=ev.time)
        if ev.ordinal < 0:
            _count_put(world, channel, ev.process)
    if channel.kind == "Pipe":
        _use(channel, ev.channel, 1, ev.process)
    number = -ev.number if ev.channel == channel.other else ev.number
    item.place, item.moved, item.number = Place.PIPE, ev.time, number
    early = channel._taken_early.pop(number, None) if channel._taken_early else None
    if early is None:
        channel.pipe[number] = item
    else:
        _hand_over(world.process(early[0]), item, early[1])


def _hand_over(getter: Process, item: Item, time: int) -> None:
    item.place, item.moved, item.consumer = Place.TAKEN, time, getter.key
    getter.holding = item


def _turn_waiting(world: World, ev: e.TurnWaiting) -> None:
    _get_waiting(world, ev, WaitFor.TURN)


def _data_waiting(world: World, ev: e.DataWaiting) -> None:
    _get_waiting(world, ev, WaitFor.DATA)


def _get_waiting(world: World, ev: e.TurnWaiting | e.DataWaiting, what: WaitFor) -> None:
    channel = world.channel(ev.channel)
    channel.consumers.setdefault(ev.process, 0)
    if channel.kind == "Pipe":
        _use(channel, ev.channel, 0, ev.process)
    getter = world.process(ev.process)
    getter.holding = None
    before = world.ended_wait
    same_get = before is not None and before.what is WaitFor.TURN and before.target == ev.channel
    world.wait(ev, what, ev.channel, timeout=ev.timeout)
    if same_get and before is not None:
        getter.waits[ev.thread].since = before.since
    else:
        channel.get_blocked += 1


def _item_taken(world: World, ev: e.ItemTaken) -> None:
    channel = world.channel(ev.channel)
    channel.gets += 1
    channel.consumers[ev.process] = channel.consumers.get(ev.process, 0) + 1
    if channel.kind == "Pipe":
        _use(channel, ev.channel, 0, ev.process)
    getter = world.process(ev.process)
    getter.gets += 1
    # What the first end of a duplex Pipe takes, the second has sent.
    number = -ev.number if channel.other and ev.channel == channel.key else ev.number
    item = channel.pipe.pop(number, None)
    if item is None:
        channel._taken_early[number] = (ev.process, ev.time)
    else:
        _hand_over(getter, item, ev.time)


def _get_failed(world: World, ev: e.GetFailed) -> None:
    channel = world.channel(ev.channel)
    channel.consumers.setdefault(ev.process, 0)
    pipe = channel.kind == "Pipe"
    channel.raised = Raised(ev.process, ev.time, "recv()" if pipe else "get()", ev.error)
    if pipe:
        _use(channel, ev.channel, 0, ev.process)
    if ev.error == "Empty":
        channel.empty_errors += 1
    elif ev.error.startswith("EOFError"):
        channel.eof_errors += 1
        channel.eof_at[channel.end(ev.channel, 0)] = ev.process
    elif ev.error == "ValueError":
        channel.refused += 1


def _task_done(world: World, ev: e.TaskDone) -> None:
    channel = world.channel(ev.channel)
    channel.task_done += 1
    channel.done_at, channel.done_by = ev.time, ev.process
    process = world.process(ev.process)
    if process.holding is not None:
        process.holding.place, process.holding.moved = Place.DONE, ev.time
        process.holding = None


def _task_done_refused(world: World, ev: e.TaskDoneRefused) -> None:
    channel = world.channel(ev.channel)
    channel.refused += 1
    channel.raised = Raised(ev.process, ev.time, "task_done()", "ValueError")


def _tasks_waiting(world: World, ev: e.TasksWaiting) -> None:
    world.wait(ev, WaitFor.TASKS, ev.channel)


def _flush_waiting(world: World, ev: e.FlushWaiting) -> None:
    world.wait(ev, WaitFor.FLUSH, ev.channel)


def _holders_seen(world: World, ev: e.HoldersSeen) -> None:
    channel = world.channel(ev.channel)
    keys = tuple(int(key) for key in ev.holders.split(",") if key.isdigit())
    channel.holders[ev.channel, ev.role] = keys


def _closed(world: World, ev: e.ChannelClosed) -> None:
    channel = world.channel(ev.channel)
    channel.closed_in.add(ev.process)
    if channel.kind == "Pipe":
        channel.closed_at.setdefault(channel.end(ev.channel, ev.role), {})[ev.process] = None


def _asked(world: World, ev: e.ChannelAsked) -> None:
    channel = world.channel(ev.channel)
    if channel.inside:
        return
    waiting = sum(map(len, channel.buffers.values()))
    channel.asked = Asked(ev.process, ev.time, ev.method, ev.answer, len(channel.pipe), waiting, channel.fill)


def _nothing(_world: World, _ev: e.Event) -> None:
    """It changes nothing that is drawn; the story tells it."""


FOLD: dict[type, Callable[[World, Any], None]] = {
    e.ChannelMade: _made,
    e.PutWaiting: _put_waiting,
    e.ItemPut: _item_put,
    e.PutFailed: _put_failed,
    e.ItemLost: _item_lost,
    e.SendWaiting: _send_waiting,
    e.ItemSent: _item_sent,
    e.TurnWaiting: _turn_waiting,
    e.DataWaiting: _data_waiting,
    e.ItemTaken: _item_taken,
    e.GetFailed: _get_failed,
    e.TaskDone: _task_done,
    e.TaskDoneRefused: _task_done_refused,
    e.TasksWaiting: _tasks_waiting,
    e.TasksFinished: _nothing,
    e.ChannelAsked: _asked,
    e.ChannelClosed: _closed,
    e.FlushWaiting: _flush_waiting,
    e.Flushed: _nothing,
    e.FlushCancelled: _nothing,
    e.HoldersSeen: _holders_seen,
}

"""How events change a channel, and the items on their way through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcviz.log import events as e
from ipcviz.world.channel.buffer import Buffer
from ipcviz.world.channel.item import Item, Place
from ipcviz.world.channel.state import EARLY, Asked, Channel, Raised
from ipcviz.world.channel.waits import DATA, FLUSH, ROOM, SLOT, TASKS, TURN, WRITE_LOCK
from ipcviz.world.wait import Ref, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.noun import Fold
    from ipcviz.world.world import World

_BUFFER, _PIPE, _TAKEN = Place.BUFFER, Place.PIPE, Place.TAKEN


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


def _wait(
    world: World, ev: e.PutWaiting | e.SendWaiting | e.TurnWaiting | e.DataWaiting | e.TasksWaiting
    | e.FlushWaiting, kind: WaitKind, channel: Channel, timeout: float | None = None, text: str = "",
) -> None:  # fmt: skip
    wait = world.wait(ev, kind, Ref("channel", channel.key), timeout=timeout, text=text)
    wait.end = ev.channel


# The way of an item.


def _put_waiting(world: World, ev: e.PutWaiting) -> None:
    channel = world.channel(ev.channel)
    channel.put_blocked += 1
    channel.producers.setdefault(ev.process, 0)
    _wait(world, ev, SLOT, channel, ev.timeout, ev.text)


def _item_put(world: World, ev: e.ItemPut) -> None:
    channel = world.channels.get(ev.channel) or world.channel(ev.channel)
    process, ordinal, time = ev.process, ev.ordinal, ev.time
    item = Item(process, ordinal, ev.text, _BUFFER, time, 0, 0, time)
    buffer = channel.buffers.get(process)
    if buffer is None:
        buffer = channel.buffers[process] = Buffer(process)
    buffer.put(item)
    _count_put(world, channel, process)


def _count_put(world: World, channel: Channel, process: int) -> None:
    channel.puts = puts = channel.puts + 1
    fill = puts - channel.gets - channel.lost_items
    if fill > channel.high_water:
        channel.high_water = fill
    producers = channel.producers
    producers[process] = producers.get(process, 0) + 1
    (world.processes.get(process) or world.process(process)).puts += 1


def _put_failed(world: World, ev: e.PutFailed) -> None:
    channel = world.channel(ev.channel)
    channel.producers.setdefault(ev.process, 0)
    call = "send" if channel.kind == "Pipe" else "put"
    channel.raised = Raised(ev.process, ev.time, f"{call}({ev.text})", ev.error)
    if channel.kind == "Pipe":
        channel.use(ev.channel, 1, ev.process)
    if ev.error == "Full":
        channel.full_errors += 1
    else:
        channel.refused += 1


def _item_lost(world: World, ev: e.ItemLost) -> None:
    channel = world.channel(ev.channel)
    buffer = channel.buffers.get(ev.process)
    if buffer is not None:
        buffer.take(ev.ordinal)
    channel.lost_items += 1


def _send_waiting(world: World, ev: e.SendWaiting) -> None:
    channel = world.channel(ev.channel)
    if channel.kind == "Pipe":
        channel.producers.setdefault(ev.process, 0)
        channel.use(ev.channel, 1, ev.process)
    # Without a size it is not written yet: the write lock is taken.
    _wait(world, ev, ROOM if ev.size >= 0 else WRITE_LOCK, channel)


def _item_sent(world: World, ev: e.ItemSent) -> None:
    channel = world.channels.get(ev.channel) or world.channel(ev.channel)
    process, ordinal, number, time = ev.process, ev.ordinal, ev.number, ev.time
    if ev.channel == channel.other:
        number = -number
    buffer = channel.buffers.get(process)
    item = buffer.take(ordinal) if buffer is not None else None
    if item is None:
        item = Item(process, ordinal, ev.text, _PIPE, time, number, 0, time)
        if ordinal < 0:
            _count_put(world, channel, process)
    else:
        item.place, item.moved, item.number = _PIPE, time, number
    if channel.kind == "Pipe":
        channel.use(ev.channel, 1, process)
    if channel.taken_early and number in channel.taken_early:
        getter, taken_at = channel.taken_early.pop(number)
        item.place, item.moved, item.consumer = _TAKEN, taken_at, getter
        world.process(getter).holding = item
    else:
        channel.pipe[number] = item


def _turn_waiting(world: World, ev: e.TurnWaiting) -> None:
    _get_waiting(world, ev, TURN)


def _data_waiting(world: World, ev: e.DataWaiting) -> None:
    _get_waiting(world, ev, DATA)


def _get_waiting(world: World, ev: e.TurnWaiting | e.DataWaiting, kind: WaitKind) -> None:
    channel = world.channels.get(ev.channel) or world.channel(ev.channel)
    process = ev.process
    if process not in channel.consumers:
        channel.consumers[process] = 0
    if channel.kind == "Pipe":
        channel.use(ev.channel, 0, process)
    getter = world.processes.get(process) or world.process(process)
    getter.holding = None
    before = world.ended_wait
    _wait(world, ev, kind, channel, ev.timeout)
    if before is not None and before.kind is TURN and before.end == ev.channel:
        # The same get, which has waited for the read lock first.
        getter.waits[ev.thread].since = before.since
    else:
        channel.get_blocked += 1


def _item_taken(world: World, ev: e.ItemTaken) -> None:
    channel = world.channels.get(ev.channel) or world.channel(ev.channel)
    process, number, time = ev.process, ev.number, ev.time
    channel.gets += 1
    consumers = channel.consumers
    consumers[process] = consumers.get(process, 0) + 1
    if channel.kind == "Pipe":
        channel.use(ev.channel, 0, process)
        if channel.other and ev.channel == channel.key:
            # What the first end of a duplex Pipe takes, the second has sent.
            number = -number
    getter = world.processes.get(process) or world.process(process)
    getter.gets += 1
    item = channel.pipe.pop(number, None)
    if item is not None:
        item.place, item.moved, item.consumer = _TAKEN, time, process
        getter.holding = item
        return
    early = channel.taken_early
    early[number] = (process, time)
    if len(early) > EARLY:
        del early[next(iter(early))]


def _get_failed(world: World, ev: e.GetFailed) -> None:
    channel = world.channel(ev.channel)
    channel.consumers.setdefault(ev.process, 0)
    pipe = channel.kind == "Pipe"
    channel.raised = Raised(ev.process, ev.time, "recv()" if pipe else "get()", ev.error)
    if pipe:
        channel.use(ev.channel, 0, ev.process)
    if ev.error == "Empty":
        channel.empty_errors += 1
    elif ev.error.startswith("EOFError"):
        channel.eof_errors += 1
        channel.eof_at[channel.end(ev.channel, 0)] = ev.process
    elif ev.error == "ValueError":
        channel.refused += 1


# What a JoinableQueue counts.


def _task_done(world: World, ev: e.TaskDone) -> None:
    channel = world.channels.get(ev.channel) or world.channel(ev.channel)
    key, time = ev.process, ev.time
    channel.task_done += 1
    channel.done_at, channel.done_by = time, key
    process = world.processes.get(key) or world.process(key)
    if process.holding is not None:
        process.holding.place, process.holding.moved = Place.DONE, time
        process.holding = None


def _task_done_refused(world: World, ev: e.TaskDoneRefused) -> None:
    channel = world.channel(ev.channel)
    channel.refused += 1
    channel.raised = Raised(ev.process, ev.time, "task_done()", "ValueError")


def _tasks_waiting(world: World, ev: e.TasksWaiting) -> None:
    _wait(world, ev, TASKS, world.channel(ev.channel))


# The feeder, the ends, the questions.


def _flush_waiting(world: World, ev: e.FlushWaiting) -> None:
    _wait(world, ev, FLUSH, world.channel(ev.channel))


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


FOLD: dict[type, Fold] = {
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

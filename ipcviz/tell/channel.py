"""The story's sentences about queues; a Pipe has words of its own for the same events."""

from __future__ import annotations

from typing import Any

from ipcviz.log import events as e
from ipcviz.tell import pipe
from ipcviz.tell.pipe import channel_of
from ipcviz.tell.sentence import Said, Tell, Telling, nothing
from ipcviz.words import _
from ipcviz.world import Channel, World
from ipcviz.world.names import process_name as _who


def _queue(world: World, key: int) -> str:
    return channel_of(world, key).label


def _made(ev: e.ChannelMade, world: World) -> Said:
    if ev.inside:
        return None
    if ev.maxsize:
        return "note", _("{who} makes a {kind} with {slots} slots",
                         who=_who(world, ev.process), kind=ev.kind, slots=ev.maxsize)  # fmt: skip
    return "note", _("{who} makes a {kind} without a bound", who=_who(world, ev.process), kind=ev.kind)


def _put_waiting(ev: e.PutWaiting, world: World) -> Said:
    return "wait", _("{who} waits in put({item}): {queue} is full",
                     who=_who(world, ev.process), item=ev.text, queue=_queue(world, ev.channel))  # fmt: skip


def _item_put(ev: e.ItemPut, world: World) -> Said:
    channel = channel_of(world, ev.channel)
    return "go", _("{who} puts {item} into {queue}{fill}", who=_who(world, ev.process), item=ev.text,
                   queue=channel.label, fill=_fill(channel))  # fmt: skip


def _fill(channel: Channel) -> str:
    if not channel.maxsize:
        return ""
    fill = f" ({channel.fill}/{channel.maxsize})"
    return fill + " " + _("FULL") if channel.full else fill


def _put_failed(ev: e.PutFailed, world: World) -> Said:
    return "bad", _("{who}: put({item}) raises {error}",
                    who=_who(world, ev.process), item=ev.text, error=ev.error)  # fmt: skip


def _item_lost(ev: e.ItemLost, world: World) -> Said:
    return "bad", _("the feeder of {who} loses an item: {error}", who=_who(world, ev.process), error=ev.error)


def _item_sent(ev: e.ItemSent, world: World) -> Said:
    who, queue = _who(world, ev.process), _queue(world, ev.channel)
    item = channel_of(world, ev.channel).pipe.get(ev.number)
    text = ev.text or (item.text if item is not None else "")
    if ev.ordinal < 0:
        return "go", _("{who} puts {item} into {queue}{fill}", who=who, item=text, queue=queue, fill="")
    if not text:
        return None
    return "note", _("the feeder of {who} writes {item} into the pipe", who=who, item=text)


def _send_waiting(ev: e.SendWaiting, world: World) -> Said:
    if ev.size < 0:
        return "wait", _("{who} waits for its turn to write into the pipe of {queue}",
                         who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip
    return "wait", _("{who} writes {size} bytes into the pipe, which may be full",
                     who=_who(world, ev.process), size=ev.size)  # fmt: skip


def _turn_waiting(ev: e.TurnWaiting, world: World) -> Said:
    return "wait", _("{who} waits in get() for its turn: another getter holds the read lock of {queue}",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _data_waiting(ev: e.DataWaiting, world: World) -> Said:
    return "wait", _("{who} waits in get(): nothing in the pipe of {queue}",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _item_taken(ev: e.ItemTaken, world: World) -> Said:
    channel, holding = channel_of(world, ev.channel), world.processes[ev.process].holding
    item = holding.text if holding is not None and holding.number == ev.number else _("an item")
    empty = " " + _("EMPTY") if not channel.fill else ""
    fill = f" ({channel.fill}/{channel.maxsize}){empty}" if channel.maxsize else empty
    return "go", _("{who} takes {item} from {queue}{fill}",
                   who=_who(world, ev.process), item=item, queue=channel.label, fill=fill)  # fmt: skip


def _get_failed(ev: e.GetFailed, world: World) -> Said:
    return "bad", _("{who}: get() raises {error}", who=_who(world, ev.process), error=ev.error)


def _task_done(ev: e.TaskDone, world: World) -> Said:
    channel = channel_of(world, ev.channel)
    left = channel.unfinished if ev.unfinished < 0 else ev.unfinished
    return "go", _("{who} calls task_done: {left} unfinished", who=_who(world, ev.process), left=left)


def _task_done_refused(ev: e.TaskDoneRefused, world: World) -> Said:
    return "bad", _("{who}: one task_done too many raises ValueError", who=_who(world, ev.process))


def _tasks_waiting(ev: e.TasksWaiting, world: World) -> Said:
    channel = channel_of(world, ev.channel)
    return "wait", _("{who} waits in {queue}.join(): {left} unfinished",
                     who=_who(world, ev.process), queue=channel.label, left=channel.unfinished)  # fmt: skip


def _tasks_finished(ev: e.TasksFinished, world: World) -> Said:
    return "good", _("{who} comes back from {queue}.join(): every item is task_done",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _asked(ev: e.ChannelAsked, world: World) -> Said:
    answer = str(ev.answer) if ev.method == "qsize" else str(bool(ev.answer))
    channel = channel_of(world, ev.channel)
    if ev.method == "empty" and ev.answer and channel.fill:
        return "bad", _("{who} asks {queue}.empty() and hears True, though {count} were put and not taken",
                        who=_who(world, ev.process), queue=channel.label, count=channel.fill)  # fmt: skip
    return "note", _("{who} asks {queue}.{method}() and hears {answer}", who=_who(world, ev.process),
                     queue=channel.label, method=ev.method, answer=answer)  # fmt: skip


def _closed(ev: e.ChannelClosed, world: World) -> Said:
    return "note", _("{who} closes its end of {queue}",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _flush_waiting(ev: e.FlushWaiting, world: World) -> Said:
    return "wait", _("{who} waits until its feeder has written everything into the pipe",
                     who=_who(world, ev.process))  # fmt: skip


def _flushed(ev: e.Flushed, world: World) -> Said:
    if world.ended_wait is None:
        return None
    return "go", _("the feeder of {who} has written everything", who=_who(world, ev.process))


def _flush_cancelled(ev: e.FlushCancelled, world: World) -> Said:
    return "bad", _("{who} will not wait for its feeder: items may be lost", who=_who(world, ev.process))


_QUEUE: Telling = {
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
    e.TasksFinished: _tasks_finished,
    e.ChannelAsked: _asked,
    e.ChannelClosed: _closed,
    e.FlushWaiting: _flush_waiting,
    e.Flushed: _flushed,
    e.FlushCancelled: _flush_cancelled,
    e.HoldersSeen: nothing,
}


def _own(kind: type, tell: Tell) -> Tell:
    """A library's own channels are not part of the story; a Pipe has words of its own."""
    of_pipe = pipe.TELL.get(kind, tell)

    def tell_own(event: Any, world: World) -> Said:
        channel = channel_of(world, event.channel)
        if channel.inside:
            return None
        return (of_pipe if channel.kind == "Pipe" else tell)(event, world)

    return tell_own


TELL: Telling = {kind: _own(kind, tell) for kind, tell in _QUEUE.items()}

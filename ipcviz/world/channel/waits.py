"""Waits for a channel: what ends them, whom they need, and what is said where they never end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcviz.world.channel.state import Channel
from ipcviz.world.names import process_name
from ipcviz.world.wait import Say, Wait, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


def _channel(world: World, wait: Wait) -> Channel:
    """A channel that was spoken of; after lost reports it may be one of which nothing is known."""
    return world.channels.get(wait.on.key) or Channel(wait.on.key, "?")


def _alive(world: World, process: Process, keys: dict[int, int]) -> tuple[int, ...]:
    return tuple(key for key in keys if key != process.key and not world.process(key).state.over)


def _needs_getters(world: World, process: Process, wait: Wait) -> tuple[int, ...]:
    return _alive(world, process, _channel(world, wait).consumers)


# A slot, for put.


def _slot_is_free(world: World, wait: Wait) -> bool:
    return not _channel(world, wait).full


def _slot_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    channel = _channel(world, wait)
    return _("{who} waits in put(): {queue} is full ({fill}/{slots}) and nobody is left to take from it",
             who=process_name(world, process.key), queue=channel.label, fill=channel.fill,
             slots=channel.maxsize)  # fmt: skip


# The read lock, and then data, for get.


def _readers(world: World, wait: Wait) -> tuple[int, ...]:
    """Who holds the read lock."""
    return tuple(reader.key for reader, _wait in world.waiting_for(DATA, wait.on.key))


def _turn_can_come(world: World, wait: Wait) -> bool:
    """Whoever holds the read lock and can go on will let it go."""
    readers = world.waiting_for(DATA, wait.on.key)
    return any(_data_can_come(world, reader) or reader.timeout is not None for _who, reader in readers)


def _turn_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, readers = process_name(world, process.key), _readers(world, wait)
    if not readers:
        return _("{who} waits for the read lock of {queue}, which a dead process holds",
                 who=who, queue=_channel(world, wait).label)  # fmt: skip
    return _("{who} waits in get() behind {first}, which waits for data itself",
             who=who, first=process_name(world, readers[0]))  # fmt: skip


def _data_can_come(world: World, wait: Wait) -> bool:
    channel = _channel(world, wait)
    if channel.kind != "Pipe":
        # What lies in the buffer of a living process, its feeder will write.
        buffers = channel.buffers.items()
        return bool(channel.pipe) or any(left and not world.process(key).state.over for key, left in buffers)
    sign = -1 if channel.other and wait.end == channel.key else 1
    if any(number * sign > 0 for number in channel.pipe):
        return True
    sender = channel.key if wait.end == channel.other or not channel.other else channel.other
    if any(writing.end == sender for _who, writing in world.waiting_for(ROOM, channel.key)):
        return True
    return bool(channel.holders) and not channel.writers(wait.end)


def _needs_givers(world: World, process: Process, wait: Wait) -> tuple[int, ...]:
    channel = _channel(world, wait)
    return channel.writers(wait.end) if channel.kind == "Pipe" else _alive(world, process, channel.producers)


def _data_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    channel, who = _channel(world, wait), process_name(world, process.key)
    if channel.kind != "Pipe":
        return _(
            "{who} waits in get(): {queue} is empty and nobody is left to put into it",
            who=who, queue=channel.label,
        )  # fmt: skip
    writers = [process_name(world, one) for one in channel.writers(wait.end)]
    others = _(" and ").join(writers[:3]) or _("somebody")
    return _("{who} waits in recv() on {pipe}: there is no EOF, since {others} still holds "
             "the other end open", who=who, pipe=channel.label, others=others)  # fmt: skip


# Every task_done, for JoinableQueue.join.


def _tasks_are_done(world: World, wait: Wait) -> bool:
    return _channel(world, wait).unfinished <= 0


def _tasks_say(world: World, process: Process, wait: Wait, _: Say) -> str:
    channel = _channel(world, wait)
    return _("{who} waits in {queue}.join(): {left} of its items will never be task_done",
             who=process_name(world, process.key), queue=channel.label, left=channel.unfinished)  # fmt: skip


# The write lock, and then room in the pipe, for whoever writes into it or waits until that is done.


def _writers(world: World, wait: Wait) -> tuple[int, ...]:
    """Who writes, and therefore holds the write lock if there is one."""
    writing = world.waiting_for(ROOM, wait.on.key)
    return tuple(writer.key for writer, it in writing if it.end == wait.end)


def _is_written(world: World, wait: Wait) -> bool:
    """Nobody waits to write: then a feeder that is waited for gets on."""
    waiting = (world.waiting_for(kind, wait.on.key) for kind in (ROOM, WRITE_LOCK))
    return wait.on.key not in world.channels or not any(waiting)


def _is_unknown(world: World, wait: Wait) -> bool:
    return wait.on.key not in world.channels


def _flush_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    channel = _channel(world, wait)
    left = len(channel.buffers.get(process.key, ()))
    items = _("1 item") if left == 1 else _("{count} items", count=left)
    return _("{who} cannot end before its feeder has written {items} of {queue}: "
             "the pipe is full, nobody reads", who=process_name(world, process.key), items=items,
             queue=channel.label)  # fmt: skip


def _room_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    channel = _channel(world, wait)
    call = "send" if channel.kind == "Pipe" else "put"
    return _("{who} waits in {call}() on {channel}: the pipe is full, nobody reads",
             who=process_name(world, process.key), call=call, channel=channel.label)  # fmt: skip


def _write_lock_says(world: World, process: Process, wait: Wait, _: Say) -> str:
    who, queue, writers = process_name(world, process.key), _channel(world, wait).label, _writers(world, wait)
    if not writers:
        return _("{who} waits for the write lock of {queue}, which a dead process holds",
                 who=who, queue=queue)  # fmt: skip
    return _("{who} waits for the write lock of {queue}, held by {owner}",
             who=who, queue=queue, owner=process_name(world, writers[0]))  # fmt: skip


SLOT = WaitKind("slot", "put", _slot_is_free, _slot_says, _needs_getters)
"""`put`: the queue is full."""
TURN = WaitKind(
    "turn", "get", _turn_can_come, _turn_says,
    lambda world, _process, wait: _readers(world, wait), _readers,
)  # fmt: skip
"""`get`: another getter holds the read lock."""
DATA = WaitKind("data", "get", _data_can_come, _data_says, _needs_givers)
"""`get`: nothing in the pipe."""
TASKS = WaitKind("tasks", "join", _tasks_are_done, _tasks_say, _needs_getters)
"""`JoinableQueue.join`: items not yet `task_done`."""
FLUSH = WaitKind("flush", "join_thread", _is_written, _flush_says, _needs_getters)
"""`join_thread`, or the end of the process: the feeder has not written everything."""
WRITE_LOCK = WaitKind(
    "write lock", "send", _is_unknown, _write_lock_says,
    lambda world, _process, wait: _writers(world, wait), _writers,
)  # fmt: skip
"""Another process writes a message into the same pipe."""
ROOM = WaitKind("room", "send", _is_unknown, _room_says, _needs_getters)
"""A message is being written and the pipe may have no room for it."""

"""The story's sentences about Pipes: messages, ends, who holds them open, and why there is an EOF."""

from __future__ import annotations

from typing import Any

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling
from ipcviz.words import _
from ipcviz.world import Channel, World
from ipcviz.world.names import process_name


def channel_of(world: World, key: int) -> Channel:
    """A channel that was spoken of; after lost reports it may be one of which nothing is known."""
    key = world.ends.get(key, key)
    return world.channels.get(key) or Channel(key, "?")


def _pipe(world: World, event: Any) -> Channel:
    return channel_of(world, event.channel)


def _fields(world: World, event: Any, role: int) -> dict[str, str]:
    """Who, and at which end; 0 is the role of one that receives, 1 of one that sends."""
    pipe = _pipe(world, event)
    return {"who": process_name(world, event.process), "end": pipe.end_name(pipe.end(event.channel, role))}


def _made(ev: e.ChannelMade, world: World) -> Said:
    who = process_name(world, ev.process)
    if ev.other:
        return "note", _("{who} makes a Pipe: both ends send and receive", who=who)
    return "note", _("{who} makes a Pipe: one end receives, one sends", who=who)


def _send_waiting(ev: e.SendWaiting, world: World) -> Said:
    return "wait", _("{who} writes {size} bytes into the pipe, which may be full",
                     who=process_name(world, ev.process), size=ev.size)  # fmt: skip


def _sent(ev: e.ItemSent, world: World) -> Said:
    return "go", _("{who} sends {item} into {end}", item=ev.text, **_fields(world, ev, 1))


def _send_failed(ev: e.PutFailed, world: World) -> Said:
    return "bad", _("{who}: send({item}) at {end} raises {error}",
                    item=ev.text, error=ev.error, **_fields(world, ev, 1))  # fmt: skip


def _waiting(ev: e.DataWaiting, world: World) -> Said:
    fields = _fields(world, ev, 0)
    if ev.timeout is not None:
        return "wait", _("{who} waits in poll() at {end}", **fields)
    return "wait", _("{who} waits in recv() at {end}", **fields)


def _taken(ev: e.ItemTaken, world: World) -> Said:
    holding = world.processes[ev.process].holding
    item = holding.text if holding is not None and abs(holding.number) == ev.number else _("a message")
    return "go", _("{who} receives {item} from {end}", item=item, **_fields(world, ev, 0))


def _receive_failed(ev: e.GetFailed, world: World) -> Said:
    fields = _fields(world, ev, 0)
    if ev.error.startswith("EOFError"):
        pipe = _pipe(world, ev)
        far = pipe.end_name(pipe.opposite(pipe.end(ev.channel, 0)))
        return "good", _(
            "{who}: recv() at {end} raises EOFError, {far} is closed everywhere", far=far, **fields
        )
    return "bad", _("{who}: recv() at {end} raises {error}", error=ev.error, **fields)


def _asked(ev: e.ChannelAsked, world: World) -> Said:
    answer = str(ev.answer) if ev.method == "fileno" else str(bool(ev.answer))
    fields = _fields(world, ev, 0)
    if ev.method == "fileno" and not _pipe(world, ev).other:
        fields["end"] = _pipe(world, ev).label
    return "note", _("{who} asks {queue}.{method}() and hears {answer}", who=fields["who"],
                     queue=fields["end"], method=ev.method, answer=answer)  # fmt: skip


def _closed(ev: e.ChannelClosed, world: World) -> Said:
    return "note", _("{who} closes its copy of {end}", **_fields(world, ev, ev.role))


def _holders(ev: e.HoldersSeen, world: World) -> Said:
    pipe = _pipe(world, ev)
    end = pipe.end_name((ev.channel, ev.role))
    names = [process_name(world, int(key)) for key in ev.holders.split(",") if key.isdigit()]
    if not names:
        return "note", _("{end} is closed everywhere", end=end)
    return "note", _("{end} is open in {who}", end=end, who=", ".join(names))


TELL: Telling = {
    e.ChannelMade: _made,
    e.SendWaiting: _send_waiting,
    e.ItemSent: _sent,
    e.PutFailed: _send_failed,
    e.DataWaiting: _waiting,
    e.ItemTaken: _taken,
    e.GetFailed: _receive_failed,
    e.ChannelAsked: _asked,
    e.ChannelClosed: _closed,
    e.HoldersSeen: _holders,
}

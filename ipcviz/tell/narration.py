"""One sentence for each thing that happened, told from the event and the world right after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ipcviz import words
from ipcviz.log import events as e
from ipcviz.tell import locks, managers, pipes, pools
from ipcviz.words import _
from ipcviz.world import Channel, World
from ipcviz.world.names import process_name as _who
from ipcviz.world.names import signal_name
from ipcviz.world.verdict import verdict


class Sentence(NamedTuple):
    """What the story says about one event."""

    time: int
    """ns of the monotonic clock."""
    mood: str
    """`go` something moved on, `wait` somebody stopped, `good` and `bad` ends, `note` the rest."""
    who: int
    """Key of the process it is about; 0 for nobody."""
    text: str


def narrate(event: e.Event, world: World) -> Sentence | None:
    """The sentence for an event that `world` has just taken in; None for what nobody needs to be told."""
    tell = _TELL.get(type(event))
    if tell is None:
        return None
    said: tuple[str, str] | None = tell(event, world)
    return None if said is None else Sentence(event.time, said[0], event.process, said[1])


def why_ended(world: World) -> str:
    """How the program ended, in one line; empty while it runs."""
    end = world.ended
    if end is None:
        return ""
    if end.outcome == "finished":
        return _("finished")
    word = {
        "failed": _("failed"),
        "killed": _("killed"),
        "interrupted": _("interrupted"),
        "stuck": _("stuck"),
    }
    return f"{word.get(end.outcome, end.outcome)}: {_why(world, end)}"


def why_stuck(world: World) -> str:
    """Why nobody can go on, in the language of the room; empty while somebody can."""
    global _told_stuck
    stuck = world.stuck
    if stuck is None:
        return ""
    # The screen asks with every frame, and among hundreds of processes the answer takes its time.
    if stuck is not _told_stuck[0] or words.language() != _told_stuck[1]:
        _told_stuck = (stuck, words.language(), _why_stuck(world, stuck))
    return _told_stuck[2]


_told_stuck: tuple[e.StuckSeen | None, str, str] = (None, "", "")
"""The newest verdict that was told, in which language, and the sentence."""


def _why_stuck(world: World, stuck: e.StuckSeen) -> str:
    # Its own sentence is English; the world is still the one it was said of.
    found = verdict(world, _)
    why = found.sentence if found is not None else stuck.why
    return _("nobody can go on: {why}", why=why) if stuck.certain else _(
        "probably nobody can go on: {why}", why=why)  # fmt: skip


def _why(world: World, end: e.ProgramEnded) -> str:
    for process in world.processes.values():
        if process.error and process.exitcode:
            return _("{who} ended with exit code {code}: {error}",
                     who=process.label, code=process.exitcode, error=process.error)  # fmt: skip
    return end.why or _("exit code {code}", code=end.exitcode)


def _queue(world: World, key: int) -> str:
    return _channel(world, key).label


def _channel(world: World, key: int) -> Channel:
    """A channel that was spoken of; after lost reports it may be one of which nothing is known."""
    key = world.ends.get(key, key)
    return world.channels.get(key) or Channel(key, "?")


Said = locks.Said


def _program_started(_ev: e.ProgramStarted, _world: World) -> Said:
    return "note", _("the program starts")


def _program_ended(ev: e.ProgramEnded, world: World) -> Said:
    mood = "good" if ev.outcome == "finished" else "bad"
    return mood, _("the program is over: {how}", how=why_ended(world))


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
    channel = _channel(world, ev.channel)
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
    item = _channel(world, ev.channel).pipe.get(ev.number)
    text = ev.text or (item.text if item is not None else "")
    if ev.ordinal < 0:
        return "go", _("{who} puts {item} into {queue}{fill}", who=who, item=text, queue=queue, fill="")
    if not text:
        return None
    return "note", _("the feeder of {who} writes {item} into the pipe", who=who, item=text)


def _send_waiting(ev: e.SendWaiting, world: World) -> Said:
    return "wait", _("{who} writes {size} bytes into the pipe, which may be full",
                     who=_who(world, ev.process), size=ev.size)  # fmt: skip


def _turn_waiting(ev: e.TurnWaiting, world: World) -> Said:
    return "wait", _("{who} waits in get() for its turn: another getter holds the read lock of {queue}",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _data_waiting(ev: e.DataWaiting, world: World) -> Said:
    return "wait", _("{who} waits in get(): nothing in the pipe of {queue}",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _item_taken(ev: e.ItemTaken, world: World) -> Said:
    channel, holding = _channel(world, ev.channel), world.processes[ev.process].holding
    item = holding.text if holding is not None and holding.number == ev.number else _("an item")
    empty = " " + _("EMPTY") if not channel.fill else ""
    fill = f" ({channel.fill}/{channel.maxsize}){empty}" if channel.maxsize else empty
    return "go", _("{who} takes {item} from {queue}{fill}",
                   who=_who(world, ev.process), item=item, queue=channel.label, fill=fill)  # fmt: skip


def _get_failed(ev: e.GetFailed, world: World) -> Said:
    return "bad", _("{who}: get() raises {error}", who=_who(world, ev.process), error=ev.error)


def _task_done(ev: e.TaskDone, world: World) -> Said:
    channel = _channel(world, ev.channel)
    left = channel.unfinished if ev.unfinished < 0 else ev.unfinished
    return "go", _("{who} calls task_done: {left} unfinished", who=_who(world, ev.process), left=left)


def _task_done_refused(ev: e.TaskDoneRefused, world: World) -> Said:
    return "bad", _("{who}: one task_done too many raises ValueError", who=_who(world, ev.process))


def _tasks_waiting(ev: e.TasksWaiting, world: World) -> Said:
    channel = _channel(world, ev.channel)
    return "wait", _("{who} waits in {queue}.join(): {left} unfinished",
                     who=_who(world, ev.process), queue=channel.label, left=channel.unfinished)  # fmt: skip


def _tasks_finished(ev: e.TasksFinished, world: World) -> Said:
    return "good", _("{who} comes back from {queue}.join(): every item is task_done",
                     who=_who(world, ev.process), queue=_queue(world, ev.channel))  # fmt: skip


def _asked(ev: e.ChannelAsked, world: World) -> Said:
    answer = str(ev.answer) if ev.method == "qsize" else str(bool(ev.answer))
    channel = _channel(world, ev.channel)
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


def _lost(ev: e.EventsLost, world: World) -> Said:
    return "bad", _("{count} reports of {who} were lost", count=ev.how_many, who=_who(world, ev.whose))


def _unwatched(ev: e.UnwatchedSeen, world: World) -> Said:
    return "bad", _("{count} processes run unwatched: there are too many", count=ev.how_many)


def _thread_lock_seen(ev: e.ThreadLockSeen, world: World) -> Said:
    who = world.process(ev.waiter).label
    return "wait", _("{who} waits for a lock of a thread that fork did not copy", who=who)


def _stuck(_ev: e.StuckSeen, world: World) -> Said:
    return "bad", why_stuck(world)


def _on_channel(kind: type, tell: Callable[[Any, World], Said]) -> Callable[[Any, World], Said]:
    """A library's own channels are not part of the story; a Pipe has words of its own."""
    of_pipe = pipes.TELL.get(kind, tell)

    def tell_own(event: Any, world: World) -> Said:
        channel = _channel(world, event.channel)
        if channel.inside:
            return None
        return (of_pipe if channel.kind == "Pipe" else tell)(event, world)

    return tell_own


def _nothing(_event: Any, _world: World) -> Said:
    return None


_TELL_CHANNEL: dict[type, Callable[[Any, World], Said]] = {
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
    e.HoldersSeen: _nothing,
}

_TELL: dict[type, Callable[[Any, World], Said]] = {
    e.ProgramStarted: _program_started,
    e.ProgramEnded: _program_ended,
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
    e.EventsLost: _lost,
    e.StuckSeen: _stuck,
    e.UnwatchedSeen: _unwatched,
    e.ThreadLockSeen: _thread_lock_seen,
    **locks.TELL,
    **managers.TELL,
    **pools.TELL,
    **{kind: _on_channel(kind, tell) for kind, tell in _TELL_CHANNEL.items()},
}

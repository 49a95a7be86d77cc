"""The story's sentences about pools, their tasks and their callbacks."""

from __future__ import annotations

from typing import Any

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling, nothing
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name


def _who(world: World, event: Any) -> str:
    return process_name(world, event.process)


def _pool(world: World, key: int) -> str:
    pool = world.pools.get(key)
    return "?" if pool is None else pool.label


def _task(ev: Any) -> str:
    return f"t{ev.job}.{ev.part}" if getattr(ev, "part", 0) else f"t{ev.job}"


def _made(ev: e.PoolMade, world: World) -> Said:
    return "note", _("{who} makes a {kind} of {count} workers",
                     who=_who(world, ev), kind=ev.kind, count=ev.processes)  # fmt: skip


def _submitted(ev: e.TaskSubmitted, world: World) -> Said:
    return "go", _("{who} hands in {task} by {method}: {what}",
                   who=_who(world, ev), task=_task(ev), method=ev.method, what=ev.text)  # fmt: skip


def _began(ev: e.TaskBegan, world: World) -> Said:
    return "go", _("{who} takes {task}: {what}", who=_who(world, ev), task=_task(ev), what=ev.text)


def _ended(ev: e.TaskEnded, world: World) -> Said:
    if ev.fine:
        return "good", _(
            "{who} sends back {task}: {answer}", who=_who(world, ev), task=_task(ev), answer=ev.text
        )
    return "bad", _("{task} raised in {who}: {answer}", who=_who(world, ev), task=_task(ev), answer=ev.text)


def _arrived(ev: e.ResultArrived, world: World) -> Said:
    return "go", _("the result of {task} is with {who}", who=_who(world, ev), task=_task(ev))


def _callback_began(ev: e.CallbackBegan, world: World) -> Said:
    thread = world.process(ev.process).threads.get(ev.thread, "")
    return "go", _("{callback} of {task} runs in {who}, thread {thread}",
                   callback=ev.text, task=_task(ev), who=_who(world, ev), thread=thread)  # fmt: skip


def _callback_ended(ev: e.CallbackEnded, world: World) -> Said:
    return "go", _("{callback} of {task} has returned", callback=ev.text, task=_task(ev))


def _waiting(ev: e.ResultWaiting, world: World) -> Said:
    return "wait", _("{who} waits for the result of {task}", who=_who(world, ev), task=_task(ev))


def _waited(ev: e.ResultWaited, world: World) -> Said:
    if ev.answer == "timeout":
        return "bad", _("{who} has waited too long for {task}", who=_who(world, ev), task=_task(ev))
    return None


def _got(ev: e.ResultGot, world: World) -> Said:
    if ev.fine:
        return "go", _("{who} gets {answer} for {task}", who=_who(world, ev), answer=ev.text, task=_task(ev))
    return "bad", _("get() raises in {who} for {task}: {answer}",
                    who=_who(world, ev), task=_task(ev), answer=ev.text)  # fmt: skip


def _asked(ev: e.ResultAsked, world: World) -> Said:
    answer = bool(ev.answer)
    return "note", _("{who} asks {method}() of {task}: {answer}",
                     who=_who(world, ev), method=ev.method, task=_task(ev), answer=answer)  # fmt: skip


def _closed(ev: e.PoolClosed, world: World) -> Said:
    return "go", _("{who} closes {pool}: no more tasks", who=_who(world, ev), pool=_pool(world, ev.pool))


def _terminated(ev: e.PoolTerminated, world: World) -> Said:
    return "go", _("{who} terminates {pool}", who=_who(world, ev), pool=_pool(world, ev.pool))


def _join_waiting(ev: e.PoolJoinWaiting, world: World) -> Said:
    return "wait", _("{who} waits until the workers of {pool} have ended",
                     who=_who(world, ev), pool=_pool(world, ev.pool))  # fmt: skip


def _joined(ev: e.PoolJoined, world: World) -> Said:
    return "go", _("every worker of {pool} has ended", pool=_pool(world, ev.pool))


def _refused(ev: e.PoolRefused, world: World) -> Said:
    return "bad", _(
        "{method}() raises in {who}: {error}", method=ev.method, who=_who(world, ev), error=ev.error
    )


def _broken(ev: e.PoolBroken, world: World) -> Said:
    return "bad", _("{pool} is broken: a worker died, every waiting task fails", pool=_pool(world, ev.pool))


TELL: Telling = {
    e.PoolMade: _made,
    e.WorkerStarted: nothing,
    e.TaskSubmitted: _submitted,
    e.TaskBegan: _began,
    e.TaskEnded: _ended,
    e.ResultArrived: _arrived,
    e.CallbackBegan: _callback_began,
    e.CallbackEnded: _callback_ended,
    e.ResultWaiting: _waiting,
    e.ResultWaited: _waited,
    e.ResultGot: _got,
    e.ResultAsked: _asked,
    e.PoolClosed: _closed,
    e.PoolTerminated: _terminated,
    e.PoolJoinWaiting: _join_waiting,
    e.PoolJoined: _joined,
    e.PoolRefused: _refused,
    e.PoolBroken: _broken,
}

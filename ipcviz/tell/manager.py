"""The story's sentences about managers and the calls of their proxies."""

from __future__ import annotations

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling, nothing
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import plain_method, process_name


def _started(ev: e.ManagerStarted, world: World) -> Said:
    return "note", _("{server} serves the objects of a manager", server=process_name(world, ev.server))


def _waiting(ev: e.CallWaiting, world: World) -> Said:
    call = f"{plain_method(ev.method)}({ev.arguments})"
    return "wait", _("{who} sends {call} to the {kind} in the manager",
                     who=process_name(world, ev.process), call=call, kind=ev.typeid)  # fmt: skip


def _returned(ev: e.CallReturned, world: World) -> Said:
    who = process_name(world, ev.process)
    if ev.fine:
        return "go", _("{who} has the answer: {answer}", who=who, answer=ev.text)
    return "bad", _("the call of {who} raises {answer}", who=who, answer=ev.text)


TELL: Telling = {
    e.ManagerStarted: _started,
    e.CallWaiting: _waiting,
    e.CallReturned: _returned,
    e.ContentChanged: nothing,
}

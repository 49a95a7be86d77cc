"""Managers: the server process, its objects with their contents, every proxy call as a round trip."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.names import process_name
from ipcviz.world.noun import Cell, Fold, Noun
from ipcviz.world.wait import Ref, Say, Wait, WaitKind

if TYPE_CHECKING:
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


OBJECTS = 1_000
"""Objects that a manager remembers: the newest."""


@dataclass(slots=True)
class Call:
    """One round trip from a proxy to the server and back."""

    process: int
    thread: int
    ident: str
    typeid: str
    method: str
    arguments: str
    began: int
    """ns of the monotonic clock."""
    ended: int | None = None
    fine: bool = True
    answer: str = ""


@dataclass(slots=True)
class Shared:
    """An object that lives in the server process."""

    ident: str
    typeid: str
    content: str = ""
    changed_at: int = 0
    """When its content was last another than before, ns."""
    calls: int = 0


@dataclass(slots=True)
class Manager:
    """A manager and what it serves."""

    key: int
    """From its address."""
    id: str
    """`M1`, `M2`, …"""
    kind: str = "SyncManager"
    name: str = ""
    server: int = 0
    """Process key of the server."""
    maker: int = 0
    objects: dict[str, Shared] = field(default_factory=dict)
    """By ident, in order of appearance; the newest `OBJECTS`."""
    calls: int = 0
    by_method: dict[str, int] = field(default_factory=dict)
    under_way: dict[tuple[int, int], Call] = field(default_factory=dict)
    """By caller: process key and thread number."""
    last: dict[int, Call] = field(default_factory=dict)
    """The newest call of each process, over or not."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id


def _started(world: World, ev: e.ManagerStarted) -> None:
    manager = world.get(MANAGER, ev.manager)
    manager.kind, manager.server, manager.maker = ev.kind, ev.server, ev.process
    world.process(ev.server).serves = ev.manager


def _shared(manager: Manager, ident: str, typeid: str) -> Shared:
    found = manager.objects.get(ident)
    if found is None:
        found = manager.objects[ident] = Shared(ident, typeid)
        if len(manager.objects) > OBJECTS:
            del manager.objects[next(iter(manager.objects))]
    found.typeid = typeid or found.typeid
    return found


def _call_waiting(world: World, ev: e.CallWaiting) -> None:
    manager = world.get(MANAGER, ev.manager)
    _shared(manager, ev.ident, ev.typeid).calls += 1
    manager.calls += 1
    manager.by_method[ev.method] = manager.by_method.get(ev.method, 0) + 1
    call = Call(ev.process, ev.thread, ev.ident, ev.typeid, ev.method, ev.arguments, ev.time)
    manager.under_way[ev.process, ev.thread] = manager.last[ev.process] = call
    world.wait(ev, ANSWER, Ref("manager", ev.manager), text=ev.method)


def _call_returned(world: World, ev: e.CallReturned) -> None:
    call = world.get(MANAGER, ev.manager).under_way.pop((ev.process, ev.thread), None)
    if call is not None:
        call.ended, call.fine, call.answer = ev.time, ev.fine, ev.text


def _content_changed(world: World, ev: e.ContentChanged) -> None:
    shared = _shared(world.get(MANAGER, ev.manager), ev.ident, ev.typeid)
    if shared.content != ev.text:
        shared.content, shared.changed_at = ev.text, ev.time


_FOLD: dict[type, Fold] = {
    e.ManagerStarted: _started,
    e.CallWaiting: _call_waiting,
    e.CallReturned: _call_returned,
    e.ContentChanged: _content_changed,
}


def _answer_can_come(world: World, wait: Wait) -> bool:
    manager = world.managers.get(wait.on.key)
    server = None if manager is None else world.processes.get(manager.server)
    return server is None or not server.state.over


def _answer_says(world: World, process: Process, _wait: Wait, _: Say) -> str:
    who = process_name(world, process.key)
    return _("{who} waits for the answer of a manager whose server is gone", who=who)


def _server(world: World, wait: Wait) -> tuple[int, ...]:
    manager = world.managers.get(wait.on.key)
    return (manager.server,) if manager is not None and manager.server else ()


ANSWER = WaitKind("answer", "call", _answer_can_come, _answer_says, held_by=_server)
"""A proxy call: the manager's server has not answered."""


def _row(world: World, manager: Manager) -> dict[str, Any]:
    return {
        "id": manager.id,
        "process": world.process(manager.server).id if manager.server else None,
        "calls": manager.calls,
        "by_method": manager.by_method,
        "name": manager.name or None,
        "kind": manager.kind,
        "objects": [
            {"type": shared.typeid, "content": shared.content, "calls": shared.calls}
            for shared in manager.objects.values()
        ],
    }


MANAGER = Noun(
    "manager", "managers", "M", Manager, _FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("process", "process", "process"),
        Cell("calls", "calls", "count"),
        Cell("by method", "by_method", "counts"),
    ),
    waits=(ANSWER,),
    called=lambda manager: f"Manager {manager.id}",
    passive=lambda _world, process: bool(process.serves),
)  # fmt: skip

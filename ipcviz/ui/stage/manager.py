"""Managers in the arena: the server process, its objects, and each caller's newest round trip."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ipcviz.ui.canvas import clip
from ipcviz.ui.stage.arena import listed
from ipcviz.ui.stage.block import Block, Card, Waiting
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Call, Manager, Process, Wait
from ipcviz.world.manager import ANSWER
from ipcviz.world.names import plain_method


def _users(scene: Scene) -> set[int]:
    return {key for manager in scene.world.managers.values() for key in manager.last}


def _servers(scene: Scene) -> set[int]:
    return {manager.server for manager in scene.world.managers.values()}


def _cards(scene: Scene, width: int) -> Iterator[Card]:
    for manager in scene.world.managers.values():
        if manager.server:
            yield _card(scene, manager, width)


def _card(scene: Scene, manager: Manager, width: int) -> Card:
    server = scene.world.process(manager.server)
    over = server.state.over
    rows: Card = [
        [(manager.label, "text!"), (manager.kind, "dim")],
        [("✘ " + _("its server {who} has ended", who=scene.name(server)), "dim")] if over
        else [("▶ " + _("server process {who}", who=scene.name(server)),
               "text#" if server.key == scene.chosen else "text")],
    ]  # fmt: skip
    for shared in manager.objects.values():
        if shared.calls or shared.content:
            fresh = scene.recent(shared.changed_at)
            content = clip(f" {shared.content or '…'} ", max(4, width - cell_len(shared.typeid) - 1))
            rows.append([(shared.typeid or "?", "dim"), (content, "good#" if fresh else "key#")])
    rows.append([(_("{count} calls", count=manager.calls), "dim"), (_by_method(manager), "dim")])
    names = [scene.name(scene.world.process(key)) for key, _thread in manager.under_way]
    if names and not over:
        rows.append([("◷ " + _("being served:"), "wait"), (listed(names, width - 16), "wait")])
    return rows


def _by_method(manager: Manager) -> str:
    return ", ".join(
        f"{plain_method(method)} {count}" for method, count in manager.by_method.items() if method[:1] != "#"
    )


def _round_trip(scene: Scene, who: Process, short: bool) -> tuple[str, str] | None:
    """The newest call of a process, with its answer once that is there; short is without arguments."""
    calls = [manager.last[who.key] for manager in scene.world.managers.values() if who.key in manager.last]
    if not calls:
        return None
    call = max(calls, key=lambda one: one.began)
    said = plain_method(call.method)
    if not short or _writes(call):
        said += f"({call.arguments})"
    if call.ended is None:
        return f"{said} ──▶", "wait" if not who.state.over else "dim"
    if _writes(call) and call.fine:
        return f"{said} ✔" if short else f"{said} ─▶ ✔", "dim" if who.state.over else "good"
    style = "bad" if not call.fine else "dim" if who.state.over else "key!"
    return f"{said} ─▶ {call.answer}", style


def _writes(call: Call) -> bool:
    """Whether there is nothing to be heard but that it was done."""
    return call.answer == "None"


def _waits_for_answer(_scene: Scene, wait: Wait) -> tuple[str, ...]:
    call = f"{plain_method(wait.text)}()"
    return _("waits for the answer to {call}", call=call), _("waits: {call}", call=call), call


BLOCK = Block(
    waits={ANSWER: Waiting(_waits_for_answer)},
    cards=_cards,
    users=_users,
    servers=_servers,
    beside=_round_trip,
    rank=1,
)

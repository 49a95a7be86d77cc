"""Locks and shared values in the arena: who has them, who waits for them, what is in them."""

from __future__ import annotations

from collections.abc import Iterator

from ipcviz.ui.stage.arena import wrapped
from ipcviz.ui.stage.block import Block, Card, Doing, Runs, Waiting
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Lock, Process, Wait
from ipcviz.world.lock import ACQUIRE, FLAG, LOCK, NOTIFY, PARTIES
from ipcviz.world.names import name_of, process_name


def _users(scene: Scene) -> set[int]:
    return {key for lock in scene.world.locks.values() if not lock.inside for key in lock.users}


def _cards(scene: Scene, width: int) -> Iterator[Card]:
    for lock in scene.world.locks.values():
        if not lock.inside and lock.users:
            yield _card(scene, lock, width)


def _card(scene: Scene, lock: Lock, width: int) -> Card:
    title: Runs = [(lock.label, "text!")]
    if lock.kind.lower() != lock.label.lower():
        title.append((lock.kind, "dim"))
    rows = [title + _state(scene, lock)]
    waiting = [
        scene.name(who) for kind in LOCK.waits for who, _wait in scene.world.waiting_for(kind, lock.key)
    ]
    if waiting and scene.world.ended is None and lock.kind != "Barrier":
        lead = "◷ " + _("waiting, in this order:")
        rows.append([(lead, "wait!")])
        rows += [[("  " + line, "wait")] for line in wrapped(waiting, width - 3)]
    if lock.kind == "Barrier" and lock.passes:
        rows.append([("✔ " + _("{count} have passed", count=lock.passes), "good")])
    if lock.kind in ("Value", "Array"):
        rows += _readers(scene, lock, width)
    return rows


def _state(scene: Scene, lock: Lock) -> Runs:
    if lock.kind == "Event":
        return [(" " + _("SET") + " ", "good#") if lock.set else (" " + _("not set") + " ", "dim#")]
    if lock.kind == "Barrier":
        there = len(scene.world.waiting_for(PARTIES, lock.key)) if scene.world.ended is None else 0
        said = _("{there} of {all} are there", there=there, all=lock.value)
        return [(said, "wait!" if there else "dim")]
    if lock.kind in ("Value", "Array"):
        fresh = "good#" if scene.recent(lock.changed_at) else "key#"
        content = ", ".join(f"{index}{' ' if index else ''}{text}" for index, text in lock.content.items())
        return [(f" {content or '…'} ", fresh), *_holder(scene, lock, quiet=True)]
    return _holder(scene, lock, quiet=False)


def _holder(scene: Scene, lock: Lock, *, quiet: bool) -> Runs:
    if not lock.holders:
        if quiet:
            return []
        return [(" " + (_("{count} free", count=lock.free) if lock.counts else _("free")) + " ", "good#")]
    names = []
    for (key, _thread), (since, times) in lock.holders.items():
        seconds = max(0, scene.clock - since) // 100_000_000 / 10
        twice = f" ×{times}" if times > 1 else ""
        names.append(f"{scene.name(scene.world.process(key))}{twice} {seconds:.1f} s")
    style = "bad#" if _dead(scene, lock) else "wait#"
    return [(" " + _("held by {who}", who=", ".join(names)) + " ", style)]


def _dead(scene: Scene, lock: Lock) -> bool:
    """Whether a holder is no more: nobody will let go."""
    return any(scene.world.process(key).state.over for key, _thread in lock.holders)


def _readers(scene: Scene, lock: Lock, width: int) -> Card:
    """Who has read and not written back yet: two with the same number are a lost update to come."""
    world = scene.world
    seen = [
        f"{scene.name(world.process(key))}: {text}"
        for key, text in lock.seen.items()
        if not world.process(key).state.over
    ]
    if not seen:
        return []
    lead = _("read, not written back:")
    return [[(lead, "wait!")], *([("  " + line, "wait")] for line in wrapped(seen, width - 3))]


def _has(scene: Scene, process: Process) -> Doing | None:
    held = [
        lock.label for lock in scene.world.locks.values()
        if lock.holders and any(key == process.key for key, _thread in lock.holders)
    ]  # fmt: skip
    return ("▶", (_("has {lock}", lock=", ".join(held)),), "key") if held else None


def _acquires(scene: Scene, wait: Wait) -> tuple[str, ...]:
    world, name = scene.world, name_of(scene.world, wait.on)
    plain = _("waits for {lock}", lock=name)
    holders = world.locks[wait.on.key].holders if wait.on.key in world.locks else {}
    if len(holders) != 1:
        return plain, name
    holder = process_name(world, next(iter(holders))[0])
    return _("waits for {lock}, held by {who}", lock=name, who=holder), plain, name


def _waits_to_be_notified(scene: Scene, wait: Wait) -> tuple[str, ...]:
    name = name_of(scene.world, wait.on)
    return _("waits to be notified ({lock})", lock=name), _("waits to be notified"), name


def _waits_for_flag(scene: Scene, wait: Wait) -> tuple[str, ...]:
    name = name_of(scene.world, wait.on)
    return _("waits until {lock} is set", lock=name), name


def _waits_at_barrier(scene: Scene, wait: Wait) -> tuple[str, ...]:
    name = name_of(scene.world, wait.on)
    return _("waits at {lock} for the others", lock=name), _("waits at {lock}", lock=name), name


BLOCK = Block(
    waits={
        ACQUIRE: Waiting(_acquires, lambda: _("wait for a lock")),
        NOTIFY: Waiting(_waits_to_be_notified, lambda: _("wait to be notified")),
        FLAG: Waiting(_waits_for_flag, lambda: _("wait for an event")),
        PARTIES: Waiting(_waits_at_barrier, lambda: _("wait at a barrier")),
    },
    cards=_cards,
    users=_users,
    has=_has,
    rank=2,
)

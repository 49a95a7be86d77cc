"""Locks, shared values and managers on the stage: who uses them on the left, what they are on the right."""

from __future__ import annotations

from collections.abc import Iterable

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import process
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Lock, Manager, Process, WaitFor

_PLAIN = ("Lock", "RLock", "Semaphore", "BoundedSemaphore")


def users(scene: Scene) -> list[Process]:
    """Everyone who used a lock or called a manager, in order of birth; servers are drawn as managers."""
    world = scene.world
    keys = {key for lock in world.locks.values() if not lock.inside for key in lock.users}
    keys |= {key for manager in world.managers.values() for key in manager.last}
    main = next(iter(world.processes), 0)
    found = sorted(keys - {manager.server for manager in world.managers.values()})
    others = [key for key in found if key != main]
    return [world.process(key) for key in (others or found)]


def height(scene: Scene, room: int) -> int:
    """Rows it needs, at most `room`."""
    people = len(users(scene)) + 1
    return min(room, max(people, sum(len(card) + 1 for card in _cards(scene, 60))))


def draw(canvas: Canvas, scene: Scene, y: int, room: int) -> None:
    """Draw it from row y on."""
    split = max(34, canvas.width * 2 // 5) if canvas.width >= 100 else canvas.width // 2 - 2
    found = process.lines(scene, users(scene), max(1, room - 1))
    names = process.name_width(found, split)
    for row, it in enumerate(found):
        end = process.draw(canvas, scene, it, 1, y + row, split - 3, names)
        said = _call_of(scene, it.processes[0]) if len(it.processes) == 1 else ""
        if said and end + 2 < split:
            canvas.put(end + 2, y + row, clip(said, split - end - 3), "key")
    _column(canvas, scene, split, y, room)


def _call_of(scene: Scene, who: Process) -> str:
    """The newest round trip of a process, with its answer once that is there."""
    for manager in scene.world.managers.values():
        call = manager.last.get(who.key)
        if call is None or who.state.over:
            continue
        said = f"{_plain(call.method)}({call.arguments})"
        if call.ended is None:
            return f"── {said} ─▶"
        return f"── {said} ─▶ {call.answer}"
    return ""


def _plain(method: str) -> str:
    """`getitem` for `__getitem__`."""
    return method.strip("_#").lower()


Run = tuple[str, str]
Row = list[Run]
"""A line of a card: texts with their styles."""


def _column(canvas: Canvas, scene: Scene, x: int, y: int, room: int) -> None:
    width = canvas.width - x - 1
    last = y + room
    for card in _cards(scene, width - 4):
        if y + len(card) + 1 > last:
            canvas.put(x + 2, last - 1, "…", "dim")
            return
        for row, runs in enumerate(card):
            canvas.put(x, y + row, "┃" if row else "┏", "line")
            at = x + 2
            for text, style in runs:
                at = canvas.put(at, y + row, clip(text, max(0, x + width - at)), style) + 1
        y += len(card) + 1


def _cards(scene: Scene, width: int) -> Iterable[list[Row]]:
    for manager in scene.world.managers.values():
        yield _manager(scene, manager)
    for lock in scene.world.locks.values():
        if not lock.inside and lock.users:
            yield _lock(scene, lock)


def _manager(scene: Scene, manager: Manager) -> list[Row]:
    server = scene.name(scene.world.process(manager.server)) if manager.server else "?"
    rows: list[Row] = [[
        (_("manager {name}", name=manager.label), "text!"),
        (_("served by {who}", who=server), "dim"),
        (_("{count} calls", count=manager.calls), "dim"),
    ]]  # fmt: skip
    for shared in manager.objects.values():
        if shared.calls or shared.content:
            fresh = scene.recent(shared.changed_at)
            rows.append([(shared.typeid or "?", "dim"), (shared.content or "…", "good!" if fresh else "text!")])
    if manager.under_way:
        names = ", ".join(scene.name(scene.world.process(key)) for key, _thread in manager.under_way)
        rows.append([("◷ " + _("being served: {who}", who=names), "wait")])
    return rows


def _lock(scene: Scene, lock: Lock) -> list[Row]:
    title: Row = [(lock.label, "text!")]
    if lock.kind.lower() != lock.label.lower():
        title.append((lock.kind, "dim"))
    rows = [title + _state(scene, lock)]
    waiting = _queue(scene, lock)
    if waiting:
        rows.append([("◷ " + _("waiting: {who}", who=waiting), "wait")])
    if lock.kind in ("Value", "Array"):
        rows.append(_readers(scene, lock))
    return [row for row in rows if row]


def _state(scene: Scene, lock: Lock) -> Row:
    if lock.kind == "Event":
        return [(" " + _("SET") + " ", "good#") if lock.set else (" " + _("not set") + " ", "dim#")]
    if lock.kind == "Barrier":
        there = len(scene.world.waiting_for(WaitFor.BARRIER, lock.key))
        return [(_("{there} of {all} are there", there=there, all=lock.value), "text")]
    if lock.kind in ("Value", "Array"):
        fresh = "good!" if scene.recent(lock.changed_at) else "text!"
        content = ", ".join(f"{index}{' ' if index else ''}{text}" for index, text in lock.content.items())
        return [("= " + (content or "…"), fresh), *_holder(scene, lock, quiet=True)]
    return _holder(scene, lock, quiet=False)


def _holder(scene: Scene, lock: Lock, *, quiet: bool) -> Row:
    if not lock.holders:
        if quiet:
            return []
        many = lock.kind in ("Semaphore", "BoundedSemaphore")
        return [(_("{count} free", count=lock.free) if many else " " + _("free") + " ", "good")]
    names = []
    for (key, _thread), (since, times) in lock.holders.items():
        seconds = max(0, scene.clock - since) // 100_000_000 / 10
        twice = f" ×{times}" if times > 1 else ""
        names.append(f"{scene.name(scene.world.process(key))}{twice} {seconds:.1f} s")
    return [(_("held by {who}", who=", ".join(names)), "bad!" if _dead(scene, lock) else "key!")]


def _dead(scene: Scene, lock: Lock) -> bool:
    """Whether a holder is no more: nobody will let go."""
    return any(scene.world.process(key).state.over for key, _thread in lock.holders)


def _queue(scene: Scene, lock: Lock) -> str:
    kinds = (WaitFor.LOCK, WaitFor.NOTIFY, WaitFor.EVENT, WaitFor.BARRIER)
    waits = [pair for kind in kinds for pair in scene.world.waiting_for(kind, lock.key)]
    names = [scene.name(who) for who, _wait in waits]
    more = f" +{len(names) - 6}" if len(names) > 6 else ""
    return ", ".join(names[:6]) + more


def _readers(scene: Scene, lock: Lock) -> Row:
    """Who has read and not written back yet: two with the same number are a lost update to come."""
    seen = [
        f"{scene.name(scene.world.process(key))}: {text}"
        for key, text in lock.seen.items()
        if not scene.world.process(key).state.over
    ]
    if not seen:
        return []
    return [(_("read and not written back: {what}", what=", ".join(seen[:6])), "wait")]


def there_is_something(scene: Scene) -> bool:
    """Whether the program uses any lock or manager."""
    used = any(not lock.inside and lock.users for lock in scene.world.locks.values())
    return used or any(manager.server for manager in scene.world.managers.values())



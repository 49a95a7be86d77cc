"""Locks, shared values and managers on the stage: who uses them on the left, what they are on the right."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import process
from ipcviz.ui.stage.process import Line
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Call, Lock, Manager, Process, WaitFor
from ipcviz.world.names import plain_method

LOCK_WAITS = (WaitFor.LOCK, WaitFor.NOTIFY, WaitFor.EVENT, WaitFor.BARRIER)

STATE = 12
"""Cells that the state of a process gets at least."""

Runs = list[tuple[str, str]]
"""A line of a card: texts with their styles."""


def users(scene: Scene) -> list[Process]:
    """Everyone who used a lock or called a manager, in order of birth; servers are drawn as managers."""
    world = scene.world
    keys = {key for lock in world.locks.values() if not lock.inside for key in lock.users}
    keys |= {key for manager in world.managers.values() for key in manager.last}
    main = next(iter(world.processes), 0)
    found = sorted(keys - {manager.server for manager in world.managers.values()})
    others = [key for key in found if key != main]
    return [world.process(key) for key in (others or found)]


def there_is_something(scene: Scene) -> bool:
    """Whether the program uses any lock or manager."""
    used = any(not lock.inside and lock.users for lock in scene.world.locks.values())
    return used or any(manager.server for manager in scene.world.managers.values())


def height(scene: Scene, width: int, room: int) -> int:
    """Rows it needs: every card, and as many of those who use them as there is room for."""
    cards = sum(len(card) + 1 for card in _cards(scene, width - _split(width) - 3))
    return max(cards - 1, min(room, len(users(scene))), 1)


def draw(canvas: Canvas, scene: Scene, y: int, room: int) -> None:
    """Draw it from row y on, `room` rows of it."""
    split = _split(canvas.width)
    found = process.lines(scene, users(scene), max(1, room))
    names = process.name_width(found, canvas.width)
    calls, said = _calls_of(scene, found, split - 2 - names - STATE)
    # The state gets what the calls leave.
    state = max(names + STATE, split - 2 - min(said, split // 2))
    for row, it in enumerate(found):
        process.draw(canvas, scene, it, 1, y + row, state - 1 if said else split - 3, names)
        text, style = calls[it.processes[0].key]
        canvas.put(state + 1, y + row, clip(text, split - state - 2), style)
    for row, runs in _column(scene, canvas.width - split - 3):
        canvas.put(split, y + row, "┃", "line")
        at = split + 2
        for text, style in runs:
            at = canvas.put(at, y + row, clip(text, max(0, canvas.width - 1 - at)), style) + 1


def _split(width: int) -> int:
    """Where the cards begin."""
    return width * (12 if width >= 100 else 11) // 20


def _column(scene: Scene, width: int) -> Iterator[tuple[int, Runs]]:
    row = 0
    for card in _cards(scene, width):
        for runs in card:
            yield row, runs
            row += 1
        row += 1


# Who uses them.


def _calls_of(scene: Scene, found: list[Line], room: int) -> tuple[dict[int, tuple[str, str]], int]:
    """The newest round trip of each process, and how wide they are; without arguments where room is short."""
    calls: dict[int, tuple[str, str]] = {}
    for short in (False, True):
        calls = {it.processes[0].key: _call_of(scene, it, short=short) for it in found}
        if max((cell_len(text) for text, _style in calls.values()), default=0) <= room:
            break
    return calls, max((cell_len(text) for text, _style in calls.values()), default=0)


def _call_of(scene: Scene, it: Line, *, short: bool) -> tuple[str, str]:
    """The newest round trip of a process, with its answer once that is there."""
    who = it.processes[0]
    if len(it.processes) > 1:
        return "", ""
    calls = [manager.last[who.key] for manager in scene.world.managers.values() if who.key in manager.last]
    if not calls:
        return "", ""
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


# What they use.


def _cards(scene: Scene, width: int) -> Iterator[list[Runs]]:
    for manager in scene.world.managers.values():
        if manager.server:
            yield _manager(scene, manager, width)
    for lock in scene.world.locks.values():
        if not lock.inside and lock.users:
            yield _lock(scene, lock, width)


def _manager(scene: Scene, manager: Manager, width: int) -> list[Runs]:
    server = scene.world.process(manager.server)
    over = server.state.over
    rows: list[Runs] = [
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
        rows.append([("◷ " + _("being served:"), "wait"), (_listed(names, width - 16), "wait")])
    return rows


def _by_method(manager: Manager) -> str:
    return ", ".join(
        f"{plain_method(method)} {count}" for method, count in manager.by_method.items() if method[:1] != "#"
    )


def _lock(scene: Scene, lock: Lock, width: int) -> list[Runs]:
    title: Runs = [(lock.label, "text!")]
    if lock.kind.lower() != lock.label.lower():
        title.append((lock.kind, "dim"))
    rows = [title + _state(scene, lock)]
    waiting = [
        scene.name(who) for kind in LOCK_WAITS for who, _wait in scene.world.waiting_for(kind, lock.key)
    ]
    if waiting and scene.world.ended is None and lock.kind != "Barrier":
        lead = "◷ " + _("waiting, in this order:")
        rows.append([(lead, "wait!")])
        rows += [[("  " + line, "wait")] for line in _wrapped(waiting, width - 3)]
    if lock.kind == "Barrier" and lock.passes:
        rows.append([("✔ " + _("{count} have passed", count=lock.passes), "good")])
    if lock.kind in ("Value", "Array"):
        rows += _readers(scene, lock, width)
    return rows


def _wrapped(names: list[str], width: int) -> list[str]:
    """The names in at most two lines, and how many more there are."""
    first = _listed(names, width)
    if " +" not in first:
        return [first]
    count = first.count(",") + 1
    # The first line needs no room for a number.
    while cell_len(", ".join(names[: count + 1]) + ",") <= width:
        count += 1
    return [", ".join(names[:count]) + ",", _listed(names[count:], width)]


def _listed(names: list[str], width: int) -> str:
    """As many names as fit, and how many more."""
    text = ""
    for number, name in enumerate(names):
        longer = f"{text}, {name}" if text else name
        rest = len(names) - number - 1
        if cell_len(longer) + (len(f" +{rest}") if rest else 0) > width and text:
            return f"{text} +{rest + 1}"
        text = longer
    return clip(text, width)


def _state(scene: Scene, lock: Lock) -> Runs:
    if lock.kind == "Event":
        return [(" " + _("SET") + " ", "good#") if lock.set else (" " + _("not set") + " ", "dim#")]
    if lock.kind == "Barrier":
        there = len(scene.world.waiting_for(WaitFor.BARRIER, lock.key)) if scene.world.ended is None else 0
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
        many = lock.kind in ("Semaphore", "BoundedSemaphore")
        return [(" " + (_("{count} free", count=lock.free) if many else _("free")) + " ", "good#")]
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


def _readers(scene: Scene, lock: Lock, width: int) -> list[Runs]:
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
    return [[(lead, "wait!")], *([("  " + line, "wait")] for line in _wrapped(seen, width - 3))]

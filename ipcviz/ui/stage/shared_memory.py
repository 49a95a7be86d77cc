"""Shared memory in the arena: a box with its size or elements, who has it open, whether it was unlinked."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ipcviz.ui.canvas import clip, pad
from ipcviz.ui.stage.arena import listed
from ipcviz.ui.stage.block import Block, Card, Runs
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Process
from ipcviz.world.names import process_name
from ipcviz.world.shared_memory import SHARED_MEMORY, SharedMemory

WIDEST = 44
"""Cells of the widest box."""


def _memories(scene: Scene) -> list[SharedMemory]:
    return list(scene.world.of(SHARED_MEMORY).values())


def _users(scene: Scene) -> set[int]:
    return {key for memory in _memories(scene) for key in memory.users}


def _cards(scene: Scene, width: int) -> Iterator[Card]:
    for memory in _memories(scene):
        if memory.users:
            yield _card(scene, memory, min(width, WIDEST))


def _card(scene: Scene, memory: SharedMemory, width: int) -> Card:
    leaked = memory.leaked(scene.world)
    edge = "bad" if leaked else "dim" if memory.unlinked is not None else "text"
    inside, style = _inside(scene, memory, width - 4)
    return [
        [(memory.label, "text!"), (memory.kind, "dim")],
        [(_edge("┌", "┐", clip(memory.system_name, width - 6), width), edge)],
        [("│", edge), (pad(inside, width - 4), style), ("│", edge)],
        [(_edge("└", "┘", _open_in(scene, memory, width - 6), width), edge)],
        *_fate(scene, memory, leaked),
    ]


def _edge(left: str, right: str, said: str, width: int) -> str:
    """A horizontal edge of the box, with a few words in it."""
    return f"{left}─ {said} " + "─" * (width - 5 - cell_len(said)) + right


def _inside(scene: Scene, memory: SharedMemory, width: int) -> tuple[str, str]:
    """Its elements where it is a list, else how large it is."""
    size = _("{count} bytes", count=f"{memory.size:,}")
    if not memory.content:
        return size, "dim" if memory.unlinked is not None else "text"
    known = sorted(memory.content.items())
    text = "  ".join(f"[{index}] {value}" for index, value in known)
    return clip(text, width), "good#" if scene.recent(memory.changed_at) else "key#"


def _open_in(scene: Scene, memory: SharedMemory, width: int) -> str:
    names = [scene.name(process) for process in memory.holders(scene.world)]
    if not names:
        return "✔ " + _("closed everywhere")
    lead = "▶ " + _("open in:") + " "
    return lead + listed(names, width - cell_len(lead))


def _fate(scene: Scene, memory: SharedMemory, leaked: bool) -> Iterator[Runs]:
    if memory.unlinked is not None:
        who = process_name(scene.world, memory.unlinker)
        yield [("✔ " + _("unlinked by {who}", who=who), "good")]
    elif leaked:
        yield [(" ✘ " + _("leaked: never unlinked") + " ", "bad#")]
    elif not memory.holders(scene.world):
        yield [("◷ " + _("still there: not unlinked"), "wait")]


def _beside(scene: Scene, who: Process, _short: bool) -> tuple[str, str] | None:
    names = [memory.label for memory in _memories(scene) if who.key in memory.open]
    return (_("open: {names}", names=", ".join(names)), "dim") if names and not who.state.over else None


BLOCK = Block(cards=_cards, users=_users, beside=_beside, rank=3)

"""Processes that are not watched, in the arena: how many, and what they are."""

from __future__ import annotations

from collections.abc import Iterator

from ipcviz.ui.canvas import clip
from ipcviz.ui.stage.block import Block, Card
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world.unwatched_process import UNWATCHED_PROCESS

MOST = 4
"""So many are named, the newest; the others are counted."""


def _cards(scene: Scene, width: int) -> Iterator[Card]:
    found = list(scene.world.of(UNWATCHED_PROCESS).values())
    if not found:
        return
    rows: Card = [[("░ " + _("not watched: {count}", count=len(found)), "wait!")]]
    for it in found[-MOST:]:
        pid = f"pid {it.pid}"
        rows.append([(clip(it.what, max(8, width - len(pid) - 2)), "text"), (pid, "dim")])
    if len(found) > MOST:
        rows.append([(_("and {count} more", count=len(found) - MOST), "dim")])
    yield rows


BLOCK = Block(cards=_cards, rank=5)

"""Values and arrays without a lock in the arena: what they are, and that nobody sees what is done to them."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ipcviz.ui.stage.arena import listed
from ipcviz.ui.stage.block import Block, Card
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world.raw_value import RAW_VALUE, RawValue

MOST = 6
"""So many are drawn, the newest; the others are counted."""


def _users(scene: Scene) -> set[int]:
    return {key for value in scene.world.of(RAW_VALUE).values() for key in value.where}


def _cards(scene: Scene, width: int) -> Iterator[Card]:
    values = list(scene.world.of(RAW_VALUE).values())
    more = len(values) - MOST
    for value in values[-MOST:]:
        yield _card(scene, value, width)
    if more > 0:
        yield [[(_("and {count} more without a lock", count=more), "dim")]]


def _card(scene: Scene, value: RawValue, width: int) -> Card:
    unseen = "░ " + _("no lock: use not seen")
    lead = _("in:")
    room = width - cell_len(unseen) - cell_len(lead) - 2
    names = [scene.name(scene.world.process(key)) for key in value.where]
    return [
        [(value.label, "text!"), (value.kind, "dim"), (value.ctype, "dim")],
        [(unseen, "wait"), (lead, "dim"), (listed(names, room), "dim")],
    ]


BLOCK = Block(cards=_cards, users=_users, rank=4)

"""The contract of a noun's block on the stage, and where a stretch of the stage comes from.

The module here that has a noun's name declares its `BLOCK`: what stands on the stage because of it, and
the words for whoever waits for it. A noun that takes no stretch of the stage for itself gives cards; they
stand together in the arena, with their users on the left.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol

from ipcviz.ui.canvas import Canvas
from ipcviz.ui.stage.scene import Scene
from ipcviz.world import NOUNS, Process, Wait, WaitKind


class Size(enum.Enum):
    """How the height of the stage is shared; also the order from top to bottom."""

    FILLS = "fills"
    """Takes what the others leave, at least `LEAST`."""
    NEEDS = "needs"
    """Takes what it needs; with much room it may need more."""
    INNER = "inner"
    """A part of a library's own object: `LEAST` rows at the bottom."""


LEAST = 6
"""Rows that something gets that fills, where other things want room too."""


class Part(Protocol):
    """Something that takes a stretch of the stage for itself."""

    size: Size

    @property
    def people(self) -> Collection[int]:
        """Keys of the processes that stand beside it."""

    def rows(self, width: int, room: int) -> int:
        """Rows that it takes, where `room` is its share; `draw` relies on what was said last."""

    def draw(self, canvas: Canvas, y: int) -> None:
        """Draw it from row y on."""


class Waiting(NamedTuple):
    """The words for a kind of wait."""

    alone: Callable[[Scene, Wait], tuple[str, ...]]
    """For one who waits: the same in fewer and fewer cells."""
    together: Callable[[], str] | None = None
    """For several who wait alike; None for the same words."""


Runs = list[tuple[str, str]]
"""A line of a card: texts with their styles."""
Card = list[Runs]
"""A thing in the arena, a line below the other."""
Doing = tuple[str, tuple[str, ...], str]
"""Glyph, words in fewer and fewer cells, style."""


@dataclass(frozen=True)
class Block:
    """What a noun puts on the stage."""

    waits: Mapping[WaitKind, Waiting] = field(default_factory=dict)
    """The words for each kind of wait that the noun declares."""
    parts: Callable[[Scene], Iterable[Part]] = lambda _scene: ()
    """What takes a stretch of the stage for itself."""
    cards: Callable[[Scene, int], Iterable[Card]] = lambda _scene, _width: ()
    """What stands in the arena, at most so many cells wide."""
    users: Callable[[Scene], Collection[int]] = lambda _scene: ()
    """Keys of the processes that stand left of the cards."""
    servers: Callable[[Scene], Collection[int]] = lambda _scene: ()
    """Keys of the processes that are drawn as cards themselves."""
    beside: Callable[[Scene, Process, bool], tuple[str, str] | None] = lambda _scene, _process, _short: None
    """What is said right of a user's state, and its style; in fewer cells where it has to be short."""
    idle: Callable[[Scene, Process], bool] = lambda _scene, _process: False
    """Whether a process only waits for somebody to give it work."""
    has: Callable[[Scene, Process], Doing | None] = lambda _scene, _process: None
    """What is said of a process that runs because of what it has in hand."""
    rank: int = 0
    """Blocks of a lower rank stand higher; those of the same rank in the order of the nouns."""


@cache
def blocks() -> tuple[Block, ...]:
    """The blocks of all nouns, from top to bottom."""
    found: list[Block] = [import_module(f"ipcviz.ui.stage.{noun.name}").BLOCK for noun in NOUNS]
    return tuple(sorted(found, key=lambda block: block.rank))


@cache
def waiting_words() -> Mapping[WaitKind, Waiting]:
    """The words of all kinds of wait."""
    return {kind: words for block in blocks() for kind, words in block.waits.items()}

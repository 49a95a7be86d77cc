"""The contract of a noun: everything that the generic code asks of a kind of thing in the world.

A noun is one module of this folder. It declares its state class, how events change it, its row of
`stats --json` and the columns of its table, and the kinds of wait that can be for it; `ipcviz.world.nouns`
lists them. Its sentences are in `ipcviz.tell` and its picture in `ipcviz.ui.stage`, in modules of the
noun's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from ipcviz.world.process import Process
    from ipcviz.world.wait import WaitKind
    from ipcviz.world.world import World

S = TypeVar("S")
Fold = Callable[["World", Any], None]
"""Takes one event into the world."""


class Cell(NamedTuple):
    """A column of a noun's table: its heading, the key of the row it shows, and how the value is written."""

    heading: str
    key: str
    style: Literal["text", "yes", "count", "plain", "seconds", "amount", "process", "counts"] = "text"
    """`count` groups thousands, `plain` does not; `amount` is seconds if it is a float, else a count;
    `process` is the id of one, shown by its name; `counts` is a dict of names to counts."""


@dataclass(frozen=True, eq=False)
class Noun(Generic[S]):
    """One kind of thing."""

    name: str
    """`channel`; also the name of its module in `ipcviz.world`, `ipcviz.tell` and `ipcviz.ui.stage`."""
    plural: str
    """`channels`: its dictionary in the World, its key in `stats --json`, the title of its table."""
    letter: str
    """Of its ids: `Q` for `Q1`, `Q2`, … in order of appearance."""
    make: Callable[[int, str], S]
    """A new thing from its key and its id; it has `key`, `id`, `name` and `label`, and whatever it likes."""
    fold: Mapping[type, Fold]
    """By type of event."""
    row: Callable[[World, S], dict[str, Any]]
    """Its entry in `stats --json`; keys may be added, never renamed."""
    cells: tuple[Cell, ...]
    """The columns of its table, out of its row."""
    waits: tuple[WaitKind, ...] = ()
    """The kinds of wait that can be for it."""
    called: Callable[[S], str] = lambda it: f"{it.kind} {it.id}"  # type: ignore[attr-defined]
    """What `stats --json` calls one of it that somebody waits for: `Queue Q1`."""
    passive: Callable[[World, Process], bool] | None = None
    """Whether a process acts only when it is asked to, because of its part in one of these."""
    process_ended: Callable[[World, Process], None] | None = None
    """What becomes of these when a process has ended."""

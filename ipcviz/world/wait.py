"""Waits: what a thread waits for, and what each kind of wait means to the noun that declares it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from ipcviz.log.events import Site
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


class Say(Protocol):
    """How a sentence is said: `ipcviz.words._` says it in the language of the room."""

    def __call__(self, sentence: str, /, **fields: object) -> str: ...


class Ref(NamedTuple):
    """One thing in the world: which noun, and its key among those of that noun."""

    noun: str
    """`channel`, `lock`, …: `Noun.name`."""
    key: int


def _nobody(_world: World, _process: Process, _wait: Wait) -> tuple[int, ...]:
    return ()


def _held_by_nobody(_world: World, _wait: Wait) -> tuple[int, ...]:
    return ()


@dataclass(frozen=True, eq=False)
class WaitKind:
    """One kind of wait: declared once, by the noun that is waited for, and compared by identity."""

    name: str
    """Unique among all kinds."""
    operation: str
    """The call that waits, as `stats --json` says it: `put`, `get`, `join`."""
    can_end: Callable[[World, Wait], bool]
    """Whether what the wait is for is there already: then it is only a matter of moments."""
    sentence: Callable[[World, Process, Wait, Say], str]
    """Who waits for what and why it never comes, for a wait that nothing present can end."""
    needs: Callable[[World, Process, Wait], tuple[int, ...]] = _nobody
    """Keys of the processes one of which has to act before the wait can end, as far as that is known."""
    held_by: Callable[[World, Wait], tuple[int, ...]] = _held_by_nobody
    """Keys of the processes that have what is waited for."""
    what: str = ""
    """What `stats --json` says the wait is for, where that is not the thing that `Wait.on` refers to."""

    def __post_init__(self) -> None:
        if self.name in _KINDS:
            raise ValueError(f"two kinds of wait are called {self.name!r}")
        _KINDS[self.name] = self

    def __reduce__(self) -> tuple[Any, ...]:
        # A checkpoint that is read back refers to the same kind.
        return _kind, (self.name,)

    def __repr__(self) -> str:
        return f"<wait {self.name}>"


_KINDS: dict[str, WaitKind] = {}


def _kind(name: str) -> WaitKind:
    return _KINDS[name]


@dataclass(slots=True)
class Wait:
    """One wait that has begun and not ended."""

    kind: WaitKind
    on: Ref
    """What it is for."""
    since: int
    """ns of the monotonic clock."""
    thread: int
    timeout: float | None = None
    """Seconds; None waits for ever."""
    text: str = ""
    """The item a putter stands there with, the method of a proxy, the task (`t4`) whose result is missing."""
    site: Site | None = None
    end: int = 0
    """Of a wait on a channel: the inode of the end it is at; the key of the channel unless that is a Pipe."""

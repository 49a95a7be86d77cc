"""Shared memory: who made it, who has it open, whether its name was ever given back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ipcviz.log import events as e
from ipcviz.world.noun import Cell, Fold, Noun

if TYPE_CHECKING:
    from ipcviz.world.process import Process
    from ipcviz.world.world import World

ELEMENTS = 64
"""Elements of a list whose values are remembered: the first."""


@dataclass(slots=True)
class SharedMemory:
    """A block of shared memory, or a ShareableList in one."""

    key: int
    """From its name and its inode."""
    id: str
    """`S1`, `S2`, …"""
    kind: str = "SharedMemory"
    name: str = ""
    """The variable the program calls it by."""
    system_name: str = ""
    """What other processes find it by: `psm_12345678`."""
    size: int = 0
    """Bytes."""
    tracked: bool = True
    maker: int = 0
    """Key of the process that made it; 0 where it was there before."""
    made: int | None = None
    """ns of the monotonic clock."""
    site: e.Site | None = None
    """Where it was made."""
    open: dict[int, int] = field(default_factory=dict)
    """Process key to how often that process has it open."""
    users: dict[int, None] = field(default_factory=dict)
    """Keys of the processes that have had it open, in this order."""
    attached: dict[int, int] = field(default_factory=dict)
    """Process key to how often it was attached there, by its name."""
    closed: dict[int, int] = field(default_factory=dict)
    """Process key to how often it was closed there, by `close()` or because nothing referred to it."""
    unlinked: int | None = None
    """When its name was removed, ns."""
    unlinker: int = 0
    """Key of the process that did that."""
    refused: int = 0
    """Calls that raised."""
    content: dict[int, str] = field(default_factory=dict)
    """The values of a list by position, as they were last read or written."""
    changed_at: int = 0
    """When an element was last written, ns."""
    reads: int = 0
    writes: int = 0

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id

    def leaked(self, world: World) -> bool:
        """The program that made it is over and has never unlinked it."""
        return world.ended is not None and bool(self.maker) and self.unlinked is None

    def holders(self, world: World) -> list[Process]:
        """The processes that have it open."""
        found = (world.process(key) for key in self.open)
        return [process for process in found if not process.state.over]


def _opened(
    world: World, ev: e.SharedMemoryMade | e.SharedMemoryAttached | e.SharedMemoryInherited, handles: int = 1
) -> SharedMemory:
    memory = world.get(SHARED_MEMORY, ev.memory)
    memory.open[ev.process] = memory.open.get(ev.process, 0) + handles
    memory.users[ev.process] = None
    return memory


def _made(world: World, ev: e.SharedMemoryMade) -> None:
    memory = _opened(world, ev)
    memory.kind, memory.size, memory.tracked = ev.kind, ev.size, ev.tracked
    memory.system_name = ev.system_name
    memory.maker, memory.made, memory.site = ev.process, ev.time, ev.site


def _attached(world: World, ev: e.SharedMemoryAttached) -> None:
    memory = _opened(world, ev)
    memory.attached[ev.process] = memory.attached.get(ev.process, 0) + 1
    memory.size, memory.system_name = memory.size or ev.size, ev.system_name
    if ev.kind != "SharedMemory":
        memory.kind = ev.kind


def _inherited(world: World, ev: e.SharedMemoryInherited) -> None:
    _opened(world, ev, ev.handles)


def _closed(world: World, ev: e.SharedMemoryClosed) -> None:
    memory = world.get(SHARED_MEMORY, ev.memory)
    memory.closed[ev.process] = memory.closed.get(ev.process, 0) + 1
    left = memory.open.pop(ev.process, 0) - 1
    if left > 0:
        memory.open[ev.process] = left


def _unlinked(world: World, ev: e.SharedMemoryUnlinked) -> None:
    memory = world.get(SHARED_MEMORY, ev.memory)
    memory.unlinked, memory.unlinker = ev.time, ev.process


def _refused(world: World, ev: e.SharedMemoryRefused) -> None:
    if ev.memory:
        world.get(SHARED_MEMORY, ev.memory).refused += 1


def _read(world: World, ev: e.ElementRead) -> None:
    memory = world.get(SHARED_MEMORY, ev.memory)
    memory.reads += 1
    _remember(memory, ev)


def _written(world: World, ev: e.ElementWritten) -> None:
    memory = world.get(SHARED_MEMORY, ev.memory)
    if not ev.first:
        memory.writes += 1
        memory.changed_at = ev.time
    _remember(memory, ev)


def _remember(memory: SharedMemory, ev: e.ElementRead | e.ElementWritten) -> None:
    if 0 <= ev.position < ELEMENTS:
        memory.content[ev.position] = ev.text


def _process_ended(world: World, process: Process) -> None:
    for memory in world.of(SHARED_MEMORY).values():
        # The kernel closes what a process leaves open.
        memory.open.pop(process.key, None)


_FOLD: dict[type, Fold] = {
    e.SharedMemoryMade: _made,
    e.SharedMemoryAttached: _attached,
    e.SharedMemoryInherited: _inherited,
    e.SharedMemoryClosed: _closed,
    e.SharedMemoryUnlinked: _unlinked,
    e.SharedMemoryRefused: _refused,
    e.ElementRead: _read,
    e.ElementWritten: _written,
}


def _row(world: World, memory: SharedMemory) -> dict[str, Any]:
    def ids(keys: dict[int, Any]) -> list[str]:
        return [world.process(key).id for key in keys]

    return {
        "id": memory.id,
        "name": memory.name or None,
        "kind": memory.kind,
        "system_name": memory.system_name,
        "size": memory.size,
        "creator": world.process(memory.maker).id if memory.maker else None,
        "created": None if memory.made is None else world.seconds(memory.made),
        "at": f"{memory.site.file}:{memory.site.line}" if memory.site else None,
        "users": ids(memory.users),
        "attached": sum(memory.attached.values()),
        "closed": sum(memory.closed.values()),
        "open": [process.id for process in memory.holders(world)],
        "unlinked": None if memory.unlinked is None else world.seconds(memory.unlinked),
        "unlinked_by": world.process(memory.unlinker).id if memory.unlinker else None,
        "leaked": memory.leaked(world),
        "tracked": memory.tracked,
        "refused": memory.refused,
        "reads": memory.reads,
        "writes": memory.writes,
    }


SHARED_MEMORY = Noun(
    "shared_memory", "shared_memory", "S", SharedMemory, _FOLD, _row,
    cells=(
        Cell("id", "id"),
        Cell("name", "name"),
        Cell("kind", "kind"),
        Cell("in the system", "system_name"),
        Cell("bytes", "size", "count"),
        Cell("made by", "creator", "process"),
        Cell("attached", "attached", "count"),
        Cell("closed", "closed", "count"),
        Cell("unlinked", "unlinked", "seconds"),
        Cell("leaked", "leaked", "yes"),
        Cell("reads", "reads", "count"),
        Cell("writes", "writes", "count"),
        Cell("refused", "refused", "count"),
    ),
    process_ended=_process_ended,
)  # fmt: skip

"""What a lock is: who holds it, how often and how long it was had; and what stands on a lock."""

from __future__ import annotations

from dataclasses import dataclass, field

from ipcviz.log.events import Site

ELEMENTS = 1_000
"""Elements of an Array that are remembered: the first that were spoken of."""
Holder = tuple[int, int]
"""Process key and thread number."""


@dataclass(slots=True)
class Lock:
    """A Lock, RLock, Semaphore, BoundedSemaphore, Condition, Event, Barrier, Value or Array."""

    key: int
    id: str
    """`L1`, `L2`, … in order of appearance."""
    kind: str = "Lock"
    name: str = ""
    """The variable the program calls it by; empty where it is not known."""
    inside: str | None = None
    maker: int = 0
    site: Site | None = None
    value: int = 1
    """What it started with; for a Barrier the number of parties."""
    maxvalue: int = 0
    holders: dict[Holder, tuple[int, int]] = field(default_factory=dict)
    """Who has it: since when (ns), and how many times (an RLock, a Semaphore)."""
    acquires: int = 0
    releases: int = 0
    contended: int = 0
    """Acquires that had to wait."""
    failures: int = 0
    """Acquires that gave up, and releases that raised."""
    waited: int = 0
    """ns that threads have waited in all."""
    held: int = 0
    """ns that it was held in all, finished holds only."""
    set: bool = False
    """An Event's flag."""
    notifies: int = 0
    passes: int = 0
    """Waits of an Event, Condition or Barrier that came through."""
    broken: int = 0
    content: dict[str, str] = field(default_factory=dict)
    """What was last read or written: index (`""` for a Value) to text; at most `ELEMENTS` of an Array."""
    reads: int = 0
    writes: int = 0
    changed_at: int = 0
    """When it was last written, ns; 0 for never."""
    changed_by: int = 0
    seen: dict[int, str] = field(default_factory=dict)
    """What each process read last and has not written back: two of the same are a lost update."""
    users: dict[int, int] = field(default_factory=dict)
    """Process keys of all who used it, in order, and how often."""

    @property
    def label(self) -> str:
        """The name a person knows it by."""
        return self.name or self.id

    @property
    def counts(self) -> bool:
        """Several may have it at once, and it may be released by one who never took it."""
        return self.kind in ("Semaphore", "BoundedSemaphore")

    @property
    def free(self) -> int:
        """Units that are left; a Lock has one."""
        return max(0, self.value - sum(times for _, times in self.holders.values()))

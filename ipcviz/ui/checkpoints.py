"""Checkpoints: packed worlds along a log, so that any moment seen before is soon reached again."""

from __future__ import annotations

import contextlib
import gc
from bisect import bisect_right
from collections.abc import Iterator

from ipcviz.world import World

SPACING = 25_000
"""Events from one to the next: these are folded again in a twentieth of a second."""
MOST = 1_000
"""Checkpoints that are kept, as long as they fit into `BYTES`; more of them are thinned."""
BYTES = 64_000_000
PER_EVENT = 80
"""A large world takes long to pack: the next one is due only after an event for so many bytes of this."""


class Checkpoints:
    """Worlds by the number of events they have taken in, in that order."""

    def __init__(self) -> None:
        self.due = SPACING
        """The head from which on the next one is wanted."""
        self._heads: list[int] = []
        self._packed: list[bytes] = []
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._heads)

    def keep(self, head: int, world: World) -> None:
        """Keep this world, which has taken in the first `head` events."""
        with _no_collecting():
            packed = world.packed()
        self._heads.append(head)
        self._packed.append(packed)
        self._bytes += len(packed)
        self.due = head + max(SPACING, len(packed) // PER_EVENT)
        while len(self._heads) > 2 and (len(self._heads) > MOST or self._bytes > BYTES):
            self._thin()

    def nearest(self, head: int) -> int:
        """The head of the last one that is not behind this head; 0 for the empty world at the beginning."""
        place = bisect_right(self._heads, head)
        return self._heads[place - 1] if place else 0

    def world(self, head: int) -> World:
        """The world of the checkpoint with this head, or the empty one."""
        place = bisect_right(self._heads, head)
        if not place:
            return World()
        with _no_collecting():
            return World.unpacked(self._packed[place - 1])

    def _thin(self) -> None:
        """Drop the one that leaves the smallest gap, so that all gaps grow alike; never the newest."""
        heads = [0, *self._heads]
        place = min(range(len(self._heads) - 1), key=lambda it: heads[it + 2] - heads[it])
        del self._heads[place]
        self._bytes -= len(self._packed.pop(place))


@contextlib.contextmanager
def _no_collecting() -> Iterator[None]:
    """A large world makes many objects at once, all of them alive: looking for dead ones triples the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()

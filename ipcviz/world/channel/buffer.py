"""What lies in the memory of one producer, in order; a very long buffer is kept small."""

from __future__ import annotations

import marshal
import zlib
from collections import deque
from collections.abc import Iterator
from typing import Any

from ipcviz.world.channel.item import Item, Place

AT_HAND = 2_000
"""Items that are kept as they are at the front of a buffer."""
BATCH = 1_000
"""Items behind those are packed so many at a time: about ten bytes an item instead of 300."""


class Buffer:
    """Items by ordinal, the oldest first. Its feeder takes them from the front.

    A producer that is quicker than its feeder can have a million of them.
    """

    __slots__ = ("_back", "_front", "_packed", "_producer")

    def __init__(self, producer: int) -> None:
        self._producer = producer
        self._front: dict[int, Item] = {}
        self._packed: deque[bytes] = deque()
        """Batches of `BATCH` items, the oldest first."""
        self._back: dict[int, Item] = {}
        """What came last; empty while everything fits to the front."""

    def __len__(self) -> int:
        return len(self._front) + BATCH * len(self._packed) + len(self._back)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Buffer) and list(self.values()) == list(other.values())

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self._producer, self._front, self._packed, self._back)

    def put(self, item: Item) -> None:
        """Add the newest."""
        if not self._back and not self._packed and len(self._front) < AT_HAND:
            self._front[item.ordinal] = item
            return
        back = self._back
        back[item.ordinal] = item
        if len(back) >= BATCH:
            told = [(one.ordinal, one.text, one.put_at) for one in back.values()]
            self._packed.append(zlib.compress(marshal.dumps(told), 1))
            back.clear()

    def take(self, ordinal: int) -> Item | None:
        """Remove the item of this ordinal; None where there is none."""
        item = self._front.pop(ordinal, None)
        while item is None and (self._packed or self._back):
            # Not in order, which a feeder does not do: everything up to it comes to the front.
            self._advance()
            item = self._front.pop(ordinal, None)
        if not self._front and (self._packed or self._back):
            self._advance()
        return item

    def _advance(self) -> None:
        """Bring what comes next to the front."""
        if self._packed:
            self._front.update((item.ordinal, item) for item in self._unpacked(self._packed.popleft()))
        else:
            self._front.update(self._back)
            self._back.clear()

    def values(self) -> Iterator[Item]:
        """All of them, the oldest first."""
        yield from self._front.values()
        for batch in self._packed:
            yield from self._unpacked(batch)
        yield from self._back.values()

    def _unpacked(self, batch: bytes) -> Iterator[Item]:
        for ordinal, text, time in marshal.loads(zlib.decompress(batch)):
            yield Item(self._producer, ordinal, text, Place.BUFFER, time, 0, 0, time)


def _again(producer: int, front: dict[int, Item], packed: deque[bytes], back: dict[int, Item]) -> Buffer:
    buffer = Buffer(producer)
    buffer._front, buffer._packed, buffer._back = front, packed, back
    return buffer

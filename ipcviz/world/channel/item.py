"""One item, and where it is on its way."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any


class Place(enum.Enum):
    """Where an item is on its way."""

    BUFFER = "buffer"
    """It has its slot and lies in its producer's own memory."""
    PIPE = "pipe"
    TAKEN = "taken"
    DONE = "done"
    """Its getter has called `task_done`."""
    LOST = "lost"
    """The feeder could not send it."""


@dataclass(slots=True)
class Item:
    """One thing that was put."""

    producer: int
    """Process key."""
    ordinal: int
    """The how-manieth of its producer's items in this channel, from 0; -1 for a channel without a buffer."""
    text: str
    """A short `repr`."""
    place: Place
    moved: int
    """When it came to where it is, ns of the monotonic clock."""
    number: int = 0
    """Which message of the channel it is, from 1; 0 while it is not in the pipe yet."""
    consumer: int = 0
    """Process key of its getter; 0 while it has none."""
    put_at: int = 0
    """When it got its slot, ns of the monotonic clock."""

    def __reduce__(self) -> tuple[Any, ...]:
        # A checkpoint may hold a hundred thousand of them: this takes half the time and room.
        return Item, (
            self.producer, self.ordinal, self.text, self.place, self.moved, self.number, self.consumer,
            self.put_at,
        )  # fmt: skip

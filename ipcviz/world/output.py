"""The end of what the program wrote, and how much there was in all."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

CHARACTERS = 100_000
"""Of the program's output so much is kept, at least the newest piece; the log has all of it."""

Piece = tuple[int, str]
"""Stream (1 standard output, 2 standard error) and text."""


@dataclass
class Output:
    """Where the session captures what the program writes: its newest pieces."""

    pieces: deque[Piece] = field(default_factory=deque)
    """Oldest first."""
    count: int = 0
    """Pieces written in all."""
    characters: int = 0
    """Of the pieces that are kept."""

    def add(self, stream: int, text: str) -> None:
        """The program wrote this."""
        self.pieces.append((stream, text))
        self.count += 1
        self.characters += len(text)
        while self.characters > CHARACTERS and len(self.pieces) > 1:
            self.characters -= len(self.pieces.popleft()[1])

    def since(self, count: int) -> list[Piece]:
        """What was written after the first `count` pieces, as far as it is kept."""
        new = min(self.count - count, len(self.pieces))
        return list(islice(self.pieces, len(self.pieces) - new, None)) if new > 0 else []

    def __iter__(self) -> Iterator[Piece]:
        return iter(self.pieces)

"""What a sentence of the story is, and how a noun declares its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ipcviz.world import World

Said = tuple[str, str] | None
"""Mood and sentence; None for what nobody needs to be told."""
Tell = Callable[[Any, World], Said]
"""Tells one event, from the event and the world right after it."""
Telling = Mapping[type, Tell]
"""What a noun's module declares as `TELL`: for each type of event how it is told."""


class Sentence(NamedTuple):
    """What the story says about one event."""

    time: int
    """ns of the monotonic clock."""
    mood: str
    """`go` something moved on, `wait` somebody stopped, `good` and `bad` ends, `note` the rest."""
    who: int
    """Key of the process it is about; 0 for nobody."""
    text: str


def nothing(_event: Any, _world: World) -> Said:
    """What the stage shows, or nobody needs to know."""
    return None

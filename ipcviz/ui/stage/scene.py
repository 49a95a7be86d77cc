"""What a picture is made from: a world, the moment shown, and whose item has which colour."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ipcviz.ui.theme import ITEMS
from ipcviz.words import _
from ipcviz.world import Channel, Item, Process, World

FLIGHT = 0.4
"""Seconds of the view that an item is on its way from a process into a slot, or out of one."""
FLASH = 0.6
"""Seconds of the view that a `task_done` is seen."""


@dataclass
class Scene:
    """A world at a moment."""

    world: World
    clock: int
    """The moment shown, ns of the program's clock."""
    age: Callable[[int], float] = lambda _time: 3600.0
    """Seconds of the view since what happened at that time came on the screen."""
    motion: bool = True
    """Whether items are seen on their way; else they are at once where they are going."""
    inside: bool = False
    """Whether the parts of the library's own objects are shown too."""
    chosen: int = 0
    """Key of the process that the keys for signals mean; 0 for none."""
    live: bool = False
    """Whether the program runs and can be sent a signal."""
    complaint: str = ""
    """Why there is nothing to see."""
    moving: bool = False
    """Something in this picture is on its way, so that the next frame differs."""
    _colours: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for channel in (*self.channels(), *self.parts()):
            for producer in channel.producers:
                self._colours.setdefault(producer, f"item{len(self._colours) % ITEMS}")

    def channels(self) -> list[Channel]:
        """The program's own channels."""
        return [channel for channel in self.world.channels.values() if not channel.inside]

    def parts(self) -> list[Channel]:
        """The channels inside the library's own objects; none while nobody wants to see them."""
        return [it for it in self.world.channels.values() if it.inside] if self.inside else []

    def title(self, channel: Channel) -> str:
        """What a channel is called on the stage; the parts of a pool by what they are there for."""
        if not channel.inside:
            return channel.label
        if channel.key in self.world.pools:
            return _("tasks")
        if any(self.world.process(key).works_for for key in channel.producers):
            return _("results")
        return channel.id

    def colour(self, process: int) -> str:
        """The colour of a producer and of all its items."""
        return self._colours.get(process, "text")

    def coming(self, item: Item) -> float | None:
        """How far it is on its way from its producer into its slot, 0 to 1; None when it has arrived."""
        return self._share(self.age(item.put_at)) if self.motion and item.put_at else None

    def going(self, item: Item) -> float | None:
        """How far it is on its way from its slot to its getter; an item first arrives, then it leaves."""
        if not self.motion or not item.consumer:
            return None
        since = self.age(item.moved)
        if item.put_at:
            since = min(since, self.age(item.put_at) - FLIGHT)
        return self._share(max(0.0, since))

    def recent(self, time: int) -> bool:
        """Whether something flashes that happened at `time`."""
        if not time or self.age(time) >= FLASH:
            return False
        self.moving = True
        return True

    def name(self, process: Process) -> str:
        """What a process is called on the stage."""
        return process.label or process.id

    def _share(self, seconds: float) -> float | None:
        if seconds >= FLIGHT:
            return None
        self.moving = True
        return max(0.0, seconds / FLIGHT)

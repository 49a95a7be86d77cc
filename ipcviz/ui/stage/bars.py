"""Times side by side below a pool: its methods, or processes without a pool before it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, pad
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.theme import ITEMS
from ipcviz.words import _
from ipcviz.world import Method, Pool, Process

BAR = 44
"""Cells of the longest bar."""


@dataclass(frozen=True)
class Bar:
    """One of several times to compare."""

    name: str
    seconds: float
    says: str


def bars_of(scene: Scene, pool: Pool) -> list[Bar]:
    """What is worth comparing: the methods that handed in tasks, or processes without a pool before it."""
    methods = {name: it for name, it in pool.methods.items() if it.arrived or it.since}
    sizes = [it.tasks or it.arrived for it in methods.values() if it.arrived]
    # Only what did as much work can be compared.
    size = max(sizes, key=lambda one: (sizes.count(one), one), default=0)
    found = [
        Bar(name, _seconds(scene, it), _tasks(it.tasks or it.arrived))
        for name, it in methods.items()
        if (it.tasks or it.arrived) == size
    ]
    alone = list(_alone(scene, pool))
    if alone and found:
        began = min(it.started or 0 for it in alone)
        ended = max(it.ended or 0 for it in alone)
        said = _("{count} processes started", count=len(alone))
        found = [
            Bar(
                bar.name,
                bar.seconds,
                f"{bar.says}, " + _("{count} processes started", count=len(pool.workers)),
            )
            for bar in found
        ]
        found.insert(0, Bar("Process", (ended - began) / 1e9, said))
    return found if len(found) > 1 else []


def _tasks(count: int) -> str:
    return _("one task") if count == 1 else _("{count} tasks", count=count)


def _alone(scene: Scene, pool: Pool) -> Iterable[Process]:
    """Processes that had done their work by themselves before the pool was there."""
    plain = [it for it in scene.world.processes.values() if it.parent and not it.works_for and not it.serves]
    if len(plain) > 1 and all(it.ended is not None and it.ended <= pool.made for it in plain):
        return plain
    return ()


def draw(canvas: Canvas, bars: list[Bar], y: int) -> None:
    """Times side by side."""
    longest = max((bar.seconds for bar in bars), default=0.0)
    name = max((cell_len(bar.name) for bar in bars), default=0)
    said = max((cell_len(bar.says) for bar in bars), default=0)
    most = max(10, min(BAR, canvas.width - name - said - 14))
    for row, bar in enumerate(bars):
        x = canvas.put(1, y + row, pad(bar.name, name), "text!")
        length = max(1, round(most * bar.seconds / longest)) if longest else 1
        x = canvas.put(x + 1, y + row, " " * length, f"item{row % ITEMS}#")
        x = canvas.put(
            x + 1, y + row, f"{bar.seconds:.1f} s" if longest >= 1 else f"{bar.seconds:.2f} s", "text!"
        )
        canvas.put(x + 2, y + row, clip(bar.says, canvas.width - x - 2), "dim")


def _seconds(scene: Scene, method: Method) -> float:
    """How long tasks handed in by a method had no result yet."""
    now = scene.clock if scene.world.ended is None else method.last
    return (method.spent + (max(0, now - method.since) if method.since else 0)) / 1e9

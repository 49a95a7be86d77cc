"""One row of the table: a figure, what it must reach, and how two programs are measured in turn."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Row:
    """One figure."""

    name: str
    figure: float
    unit: str
    goal: float
    at_least: bool
    """The goal is a lower bound; else an upper one."""
    detail: str = ""
    """The best and the worst, or the absolute figures behind a ratio."""

    @property
    def reached(self) -> bool:
        """Whether the figure is good enough."""
        return self.figure >= self.goal if self.at_least else self.figure <= self.goal


def tell(text: str) -> None:
    """Progress, beside the table."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


@dataclass
class Turns:
    """Figures of two programs that took turns."""

    bare: list[float]
    watched: list[float]

    @property
    def ratio(self) -> float:
        """The watched program's median over the bare one's."""
        return statistics.median(self.watched) / statistics.median(self.bare)

    @property
    def ratios(self) -> list[float]:
        """Of each pair of neighbours."""
        return sorted(watched / bare for bare, watched in zip(self.bare, self.watched, strict=True))


def take_turns(name: str, times: int, bare: Callable[[], float], watched: Callable[[], float]) -> Turns:
    """Measure both, one after the other, so that whatever else the machine does meets both."""
    turns = Turns([], [])
    # Once for nothing: files are read, modules are compiled.
    bare(), watched()
    for n in range(times):
        turns.bare.append(bare())
        turns.watched.append(watched())
        tell(f"{name} {n + 1}/{times}: {turns.bare[-1]:.4g} bare, {turns.watched[-1]:.4g} watched")
    return turns

"""The arena: what takes no stretch of the stage for itself, as cards; who uses it stands on the left."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import line
from ipcviz.ui.stage.block import Card, Runs, blocks
from ipcviz.ui.stage.line import Line
from ipcviz.ui.stage.scene import Scene
from ipcviz.world import Process

STATE = 12
"""Cells that the state of a process gets at least."""


class Arena:
    """The cards of all nouns in a scene, and their users."""

    def __init__(self, scene: Scene, width: int) -> None:
        self.scene = scene
        self._left = width * (12 if width >= 100 else 11) // 20
        """Where the cards begin."""
        self.cards: list[Card] = [
            card for block in blocks() for card in block.cards(scene, width - self._left - 3)
        ]
        self.servers = {key for block in blocks() for key in block.servers(scene)}
        self.users = self._users()
        """In order of birth; main only where it is the only one."""

    @property
    def people(self) -> set[int]:
        """Keys of everyone who is drawn here."""
        return {user.key for user in self.users} | self.servers

    def rows(self, room: int) -> int:
        """Rows it needs: every card, and as many of those who use them as there is room for."""
        cards = sum(len(card) + 1 for card in self.cards)
        return max(cards - 1, min(room, len(self.users)), 1)

    def draw(self, canvas: Canvas, y: int, room: int) -> None:
        """Draw it from row y on, `room` rows of it."""
        scene, left = self.scene, self._left
        found = line.lines(scene, self.users, max(1, room))
        names = line.name_width(found, canvas.width)
        beside, said = _beside(scene, found, left - 2 - names - STATE)
        # The state gets what is said beside it leaves.
        state = max(names + STATE, left - 2 - min(said, left // 2))
        for row, it in enumerate(found):
            line.draw(canvas, scene, it, 1, y + row, state - 1 if said else left - 3, names)
            text, style = beside[it.processes[0].key]
            canvas.put(state + 1, y + row, clip(text, left - state - 2), style)
        for row, runs in self._lines():
            canvas.put(left, y + row, "┃", "line")
            at = left + 2
            for text, style in runs:
                at = canvas.put(at, y + row, clip(text, max(0, canvas.width - 1 - at)), style) + 1

    def _users(self) -> list[Process]:
        keys = {key for block in blocks() for key in block.users(self.scene)}
        main = next(iter(self.scene.world.processes), 0)
        found = sorted(keys - self.servers)
        others = [key for key in found if key != main]
        return [self.scene.world.process(key) for key in (others or found)]

    def _lines(self) -> Iterator[tuple[int, Runs]]:
        row = 0
        for card in self.cards:
            for runs in card:
                yield row, runs
                row += 1
            row += 1


def _beside(scene: Scene, found: list[Line], room: int) -> tuple[dict[int, tuple[str, str]], int]:
    """What is said beside each user, and how wide that is; in fewer cells where room is short."""
    said: dict[int, tuple[str, str]] = {}
    widest = 0
    for short in (False, True):
        said = {it.processes[0].key: _of(scene, it, short=short) for it in found}
        widest = max((cell_len(text) for text, _style in said.values()), default=0)
        if widest <= room:
            break
    return said, widest


def _of(scene: Scene, it: Line, *, short: bool) -> tuple[str, str]:
    if len(it.processes) > 1:
        return "", ""
    said = (block.beside(scene, it.processes[0], short) for block in blocks())
    return next((one for one in said if one is not None), ("", ""))


def wrapped(names: list[str], width: int) -> list[str]:
    """The names in at most two lines, and how many more there are."""
    first = listed(names, width)
    if " +" not in first:
        return [first]
    count = first.count(",") + 1
    # The first line needs no room for a number.
    while cell_len(", ".join(names[: count + 1]) + ",") <= width:
        count += 1
    return [", ".join(names[:count]) + ",", listed(names[count:], width)]


def listed(names: list[str], width: int) -> str:
    """As many names as fit, and how many more."""
    text = ""
    for number, name in enumerate(names):
        longer = f"{text}, {name}" if text else name
        rest = len(names) - number - 1
        if cell_len(longer) + (len(f" +{rest}") if rest else 0) > width and text:
            return f"{text} +{rest + 1}"
        text = longer
    return clip(text, width)

"""A grid of cells to draw on, correct for wide characters, read back as rows of styled runs."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby

from rich.cells import cell_len, get_character_cell_size

Row = tuple[tuple[str, ...], tuple[str, ...]]
"""The characters of a row (a wide one is followed by an empty text) and the style of each cell."""

ASCII = str.maketrans(
    {
        "─": "-", "│": "|", "┌": "+", "┐": "+", "└": "+", "┘": "+", "├": "+", "┤": "+", "┬": "+", "┴": "+",
        "┼": "+", "━": "=", "▶": ">", "◀": "<", "◷": "~", "✔": "+", "✘": "x", "☠": "!", "…": "~", "×": "x",
        "·": ".", "○": "o", "●": "*", "█": "#", "░": ".", "–": "-", "→": ">", "←": "<", "−": "-",
        "↓": "v", "↑": "^", "┃": "|", "┊": ":", "═": "=",
    }
)  # fmt: skip
"""Each drawn glyph as one ASCII character, for terminals that draw them two cells wide or not at all."""


class Canvas:
    """What a widget draws on before it becomes lines of the terminal."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self._text: list[list[str]] = [[" "] * width for _ in range(height)]
        self._style: list[list[str]] = [[""] * width for _ in range(height)]

    def put(self, x: int, y: int, text: str, style: str = "") -> int:
        """Write text from cell x; what is outside is cut off. Returns the cell after it."""
        if not 0 <= y < self.height:
            return x + cell_len(text)
        row, styles = self._text[y], self._style[y]
        for char in text:
            size = 1 if " " <= char <= "~" else get_character_cell_size(char)
            if size == 0:
                continue
            if x >= 0 and x + size <= self.width:
                self._clear(row, x)
                if size == 2:
                    self._clear(row, x + 1)
                    row[x + 1] = ""
                    styles[x + 1] = style
                row[x] = char
                styles[x] = style
            x += size
        return x

    def put_right(self, x: int, y: int, text: str, style: str = "") -> int:
        """Write text that ends before cell x; returns its first cell."""
        start = x - cell_len(text)
        self.put(start, y, text, style)
        return start

    def put_middle(self, x: int, y: int, width: int, text: str, style: str = "") -> None:
        """Write text in the middle of `width` cells, all of them in this style."""
        text = clip(text, width)
        left = (width - cell_len(text)) // 2
        self.put(x, y, " " * left + text + " " * (width - left - cell_len(text)), style)

    def blank(self, x: int, y: int) -> int:
        """How many cells from x on are still blank."""
        row = self._text[y][x:]
        return next((count for count, char in enumerate(row) if char != " "), len(row))

    def column(self, x: int, top: int, bottom: int, char: str, style: str = "") -> None:
        """Write one character in every row from top to bottom, both included."""
        for y in range(top, bottom + 1):
            self.put(x, y, char, style)

    def row(self, y: int) -> Row:
        """One row to compare with another frame's."""
        return tuple(self._text[y]), tuple(self._style[y])

    def window(self, top: int, height: int) -> Canvas:
        """Some of the rows."""
        part = Canvas(self.width, 0)
        part.height = height
        part._text = self._text[top : top + height]
        part._style = self._style[top : top + height]
        return part

    def text(self) -> str:
        """Everything as plain text, for tests and for the clipboard."""
        return "\n".join("".join(row).rstrip() for row in self._text)

    @staticmethod
    def _clear(row: list[str], x: int) -> None:
        """Half a wide character cannot stay."""
        if row[x] == "" and x > 0:
            row[x - 1] = " "
        elif x + 1 < len(row) and row[x + 1] == "":
            row[x + 1] = " "


def runs(row: Row) -> list[tuple[str, str]]:
    """A row as (text, style), neighbours of one style joined."""
    chars, styles = row
    found, start = [], 0
    for style, cells in groupby(styles):
        end = start + sum(1 for _ in cells)
        found.append(("".join(chars[start:end]), style))
        start = end
    return found


@lru_cache(4096)
def clip(text: str, width: int) -> str:
    """At most `width` cells of the text, with … where something is cut off."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    kept, used = "", 0
    for char in text:
        size = get_character_cell_size(char)
        if used + size > width - 1:
            break
        kept, used = kept + char, used + size
    return kept + "…"


def pad(text: str, width: int) -> str:
    """Exactly `width` cells of the text."""
    text = clip(text, width)
    return text + " " * (width - cell_len(text))


def middle_clip(text: str, width: int, tail: int = 4) -> str:
    """A text cut in the middle: the number at the end of a name is what tells it from the others."""
    if cell_len(text) <= width:
        return text
    tail = max(0, min(tail, width - 2))
    return clip(text[: len(text) - tail], width - tail) + text[len(text) - tail :]

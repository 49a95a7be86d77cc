"""A picture of the screen as SVG, correct for Chinese and free of anything from the network."""

from __future__ import annotations

import re
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

if TYPE_CHECKING:
    from textual.app import App

FONTS = (
    "'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', 'Source Han Mono SC', "
    "'Sarasa Mono SC', 'PingFang SC', 'Microsoft YaHei', monospace"
)
_FONT_FACE = re.compile(r"\s*@font-face \{.*?\}", re.DOTALL)
_FAMILY = re.compile(r"font-family: Fira Code, monospace;")
_EAST_ASIAN = re.compile(r"\s*font-variant-east-asian: full-width;")
_TEXT = re.compile(r'(<text [^>]*?textLength=")([\d.]+)("[^>]*>)([^<]*)(</text>)')
_PIECE = re.compile(r"[\u1100-\uffff]+|[^\u1100-\uffff]+")
CELL = 12.2
"""Width of a cell in the pictures that Rich makes."""


def svg(app: App[Any], title: str) -> str:
    """The screen as it is now."""
    return mend(app.export_screenshot(title=title))


def mend(picture: str) -> str:
    """Give each text the width of its cells, name fonts that exist, and ask no server for one."""
    picture = _FONT_FACE.sub("", picture)
    picture = _EAST_ASIAN.sub("", picture)
    picture = _FAMILY.sub(f"font-family: {FONTS};", picture)
    return _TEXT.sub(_widen, picture)


def save(picture: str, folder: Path, name: str) -> Path:
    """Write the picture under a name that is not taken yet."""
    number = 1
    while True:
        path = folder / (f"{name}.svg" if number == 1 else f"{name}-{number}.svg")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(picture)
        except FileExistsError:
            number += 1
        else:
            return path


def _widen(found: re.Match[str]) -> str:
    """One `<text>` for each stretch of wide or narrow characters, each stretched over its own cells.

    Blanks at the ends go: not every viewer keeps them, and without them the rest would be out of place.
    """
    head, _length, rest, said, tail = found.groups()
    before, x_place, after = head.partition(' x="')
    start, _quote, after = after.partition('"')
    assert x_place, "Rich gives every text its place"
    x, pieces = float(start), []
    for piece in _PIECE.findall(unescape(said).replace("\xa0", " ")):
        cells, bare = cell_len(piece), piece.strip(" ")
        if bare:
            left = x + (len(piece) - len(piece.lstrip(" "))) * CELL
            shown = escape(bare, quote=False).replace(" ", "&#160;")
            # Chinese glyphs are a little narrower than two cells: widen them rather than set them apart.
            widen = ' lengthAdjust="spacingAndGlyphs"' if cells > len(piece) else ""
            width = f'{cell_len(bare) * CELL:g}"{widen}'
            pieces.append(f'{before} x="{left:g}"{after}{width}{rest[1:]}{shown}{tail}')
        x += cells * CELL
    return "".join(pieces)

"""The figures of a run as a page for people: aligned columns of plain text, Chinese included."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from ipcviz.world import NOUNS, Noun

Row = Mapping[str, Any]


def table(figures: Mapping[str, Any]) -> str:
    """The page that `ipcviz stats` prints, from what `ipcviz stats --json` says."""
    parts = [
        _heading(figures),
        _waits(figures),
        *(_section(noun, figures) for noun in NOUNS),
    ]
    return "\n\n".join(part for part in parts if part)


def columns(rows: Iterable[Sequence[str]], *, right: Collection[int] = (), gap: str = "  ") -> list[str]:
    """Lines in which every column is as wide as its widest cell; the `right` ones end flush."""
    cells = [list(row) for row in rows]
    if not cells:
        return []
    widths = [max(width(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [
        gap.join(
            " " * (wide - width(cell)) + cell if column in right else cell + " " * (wide - width(cell))
            for column, (cell, wide) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]


def width(text: str) -> int:
    """Cells that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _heading(figures: Mapping[str, Any]) -> str:
    program = figures.get("program", {})
    exitcode = program.get("exitcode")
    first = " ".join(program.get("argv") or ["?"])
    facts = [
        f"Python {program.get('python') or '?'}",
        str(program.get("start_method") or "?"),
        _seconds(program.get("duration")),
        f"exit code {exitcode}" if exitcode is not None else "no exit code",
    ]
    second = str(figures.get("outcome", "?"))
    if figures.get("why"):
        second += f": {figures['why']}"
    lost = figures.get("lost", 0)
    third = f"{_count(figures.get('events', 0))} events, {'LOST ' if lost else 'lost '}{_count(lost)}"
    if figures.get("unwatched"):
        third += f", {_count(figures['unwatched'])} processes or more UNWATCHED: there were too many"
    return "\n".join((_clean(f"{first}   ({', '.join(facts)})"), _clean(second), third))


def _waits(figures: Mapping[str, Any]) -> str:
    waits = figures.get("waits") or ()
    if not waits:
        return ""
    names = _names(figures)

    def called(key: Any) -> str:
        return str(names.get(key, key))

    lines = ["Waits"]
    for wait in waits:
        holders = ", ".join(called(key) for key in wait.get("held_by") or ())
        since = _seconds(wait.get("since"))
        held = f", held by {holders}" if holders else ""
        lines.append(
            _clean(f"  {called(wait.get('process'))} waits for {wait.get('for')} since {since}{held}")
        )
    cycle = figures.get("cycle")
    if cycle:
        lines.append(_clean(f"  in a circle: {' → '.join(called(key) for key in (*cycle, cycle[0]))}"))
    return "\n".join(lines)


def _names(figures: Mapping[str, Any]) -> dict[Any, str]:
    """What a person calls each process."""
    return {row.get("id"): str(row.get("name") or row.get("id")) for row in figures.get("processes", ())}


def _own(figures: Mapping[str, Any], key: str) -> list[Row]:
    return [row for row in figures.get(key) or () if row.get("inside") is None]


def _inside(figures: Mapping[str, Any], key: str) -> int:
    return sum(row.get("inside") is not None for row in figures.get(key) or ())


def _section(noun: Noun[Any], figures: Mapping[str, Any]) -> str:
    """One table; columns in which no row has anything to say are left out."""
    rows, names, inside = _own(figures, noun.plural), _names(figures), _inside(figures, noun.plural)
    title = noun.plural.replace("_", " ").capitalize()
    note = f"  and {inside} inside objects of the library: see --json" if inside else ""
    if not rows:
        return f"{title}\n{note}" if note else ""
    said = [
        (cell, [_clean(_WRITTEN[cell.style](row.get(cell.key), names)) for row in rows])
        for cell in noun.cells
        if cell.key in ("id", "name") or any(row.get(cell.key) not in _NOTHING for row in rows)
    ]
    lines = columns(
        zip(*([cell.heading, *told] for cell, told in said), strict=True),
        right={number for number, (cell, _told) in enumerate(said) if cell.style in _FLUSH_RIGHT},
    )
    return "\n".join((title, *(f"  {line}" for line in lines), *([note] if note else ())))


_NOTHING: tuple[Any, ...] = (None, "", 0, False, [], {})


def _clean(text: str) -> str:
    """Without what would break the line: a name may hold anything."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _text(value: Any, _names: Mapping[Any, str]) -> str:
    return "" if value is None else str(value)


def _yes(value: Any, _names: Mapping[Any, str]) -> str:
    return "yes" if value else ""


def _process(value: Any, names: Mapping[Any, str]) -> str:
    return "" if value is None else names.get(value, str(value))


def _methods(value: Any, _names: Mapping[Any, str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in (value or {}).items())


def _number(value: Any, _names: Mapping[Any, str]) -> str:
    return "" if value is None else _count(value)


def _amount(value: Any, names: Mapping[Any, str]) -> str:
    """How much waiting there was: seconds, or how often."""
    return _time(value, names) if isinstance(value, float) else _number(value, names)


def _time(value: Any, _names: Mapping[Any, str]) -> str:
    return "" if value is None else _seconds(value)


def _count(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def _seconds(value: Any) -> str:
    return "?" if value is None else f"{value:.3f} s"


_WRITTEN: dict[str, Callable[[Any, Mapping[Any, str]], str]] = {
    "text": _text,
    "yes": _yes,
    "count": _number,
    "plain": _text,
    "seconds": _time,
    "amount": _amount,
    "process": _process,
    "counts": _methods,
}
"""How the value of a cell is written, by its style."""
_FLUSH_RIGHT = ("count", "plain", "seconds", "amount")

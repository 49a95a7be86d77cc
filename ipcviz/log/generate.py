"""Makes `events.py` and `FORMAT.md` from the table of events: `python -m ipcviz.log.generate`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ipcviz.log import slots, table, trace

TARGET = Path(__file__).with_name("events.py")
PAGE = Path(__file__).with_name("FORMAT.md")
_TYPES = {
    table.ID: "int",
    table.MADE: "int",
    table.KEY: "int",
    table.NUMBER: "int",
    table.TIMEOUT: "float | None",
    table.FLAG: "bool",
    table.TEXT: "str",
}
_HEAD = '''\
"""The types of the events. Made from `ipcviz.log.table` by `python -m ipcviz.log.generate`: do not edit.

Every event carries when it happened (`time`, ns of the monotonic clock), in which `process` (its key in this
log) and `thread` (its number in that process, 0 for the first to speak), and at which `site` of the program's
own code. A wait is two events: `...Waiting` and whatever ends it.
"""

from __future__ import annotations

from typing import NamedTuple

SESSION = 0
"""The process key under which the session itself speaks: births, deaths and losses it saw."""


class Site(NamedTuple):
    """A place in the program's own code: the first frame outside the standard library and ipcviz."""

    file: str
    line: int
    function: str
'''
_COMMON = """\
    time: int
    process: int
    thread: int
    site: Site | None
"""


def source() -> str:
    """The text of `events.py`."""
    rows = [row for _, row in sorted(table.EVENTS.items())]
    names = " | ".join(row.name for row in rows)
    union = "\n".join(textwrap.wrap(names, 104, initial_indent="    ", subsequent_indent="    "))
    return "\n\n".join([_HEAD, *map(_type, rows), f"Event = (\n{union}\n)  # fmt: skip\n"])


def _type(row: table.Row) -> str:
    lines = [f"class {row.name}(NamedTuple):", _doc(row.doc), "", _COMMON.rstrip("\n")]
    for field, (kind, meaning) in row.fields.items():
        lines.append(f"    {field}: {_TYPES[kind]}")
        if meaning:
            lines.append(_doc(meaning))
    return "\n".join(lines) + "\n"


def _doc(text: str) -> str:
    first, *rest = textwrap.wrap(text, 103, break_long_words=False)
    if not rest:
        return f'    """{first}"""'
    return "\n".join([f'    """{first}', *(f"    {line}" for line in rest), '    """'])


_WORDS = ("a", "b", "c")
_FLAGS = ("flag 1", "flag 2")


def page() -> str:
    """The text of `FORMAT.md`."""
    rows = [row for _, row in sorted(table.EVENTS.items())]
    head = (
        f"# The trace format, version {trace.FORMAT}\n\nMade by `python -m ipcviz.log.generate` from"
        " `slots.py`, `trace.py` and `table.py`: do not edit.\n"
    )
    parts = [head, "## The file\n", _quoted(trace.__doc__), "## A record\n", _quoted(slots.__doc__)]
    parts.append(f"## Events\n\nTexts are separated by the byte {ord(table.SEPARATOR)}, in order.\n")
    return "\n".join([*parts, *map(_section, rows)])


def _quoted(doc: str | None) -> str:
    return f"```\n{(doc or '').strip()}\n```\n"


def _section(row: table.Row) -> str:
    words, flags = iter(_WORDS), iter(_FLAGS)
    lines = [f"### {row.number} {row.name}\n", row.doc, ""]
    if row.fields:
        lines += ["| field | kind | where | |", "|---|---|---|---|"]
    for field, (kind, meaning) in row.fields.items():
        where = "text" if kind == table.TEXT else next(flags) if kind == table.FLAG else next(words)
        lines.append(f"| `{field}` | {kind} | {where} | {meaning} |")
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")
    PAGE.write_text(page(), encoding="utf-8")

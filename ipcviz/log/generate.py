"""Makes `events.py`, the types of the events, from the table: `python -m ipcviz.log.generate`."""

from __future__ import annotations

import textwrap
from pathlib import Path

from ipcviz.log import table

TARGET = Path(__file__).with_name("events.py")
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


if __name__ == "__main__":
    TARGET.write_text(source(), encoding="utf-8")

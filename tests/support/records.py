"""Records for tests, by the four fields that records had in formats 1 and 2: object, number, extra, text."""

from __future__ import annotations

import struct

from ipcviz.log import legacy, table

_RECORD = struct.Struct("<HBBIQQQq")


def encode(
    row: table.Row, time: int, *, obj: int = 0, number: int = 0, extra: int = 0, text: str = "",
    thread: int = 0, site: int = 0,
) -> bytes:  # fmt: skip
    """A record as it is written today."""
    data = text.encode()
    head = _RECORD.pack(_RECORD.size + len(data), row.number, thread, site, time, obj, number, extra)
    return legacy.renewed(head + data)

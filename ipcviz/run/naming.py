"""Find what the program calls a thing it makes, while the line that made it can still be read."""

from __future__ import annotations

from ipcviz.log import codec, events, table
from ipcviz.tell.source import assigned_name

_MADE = {row.number: row.makes for row in table.EVENTS.values() if row.makes}
"""The rows that tell of something that was made, and the field that says which."""
KINDS = frozenset((table.SITE_NAMED.number, *_MADE))
"""Rows that `Naming.notice` wants to see."""


class Naming:
    """Remembers the places that processes name, and reads there."""

    def __init__(self) -> None:
        self._places: codec.Places = {}
        self.pipe_ends: set[int] = set()
        """The ends of the program's Pipes, by inode."""

    def notice(self, process: int, record: bytes) -> bytes | None:
        """Look at a record; the record that names what it made, if there is a name."""
        fact = codec.decode(process, record, self._places)
        if isinstance(fact, events.SiteNamed):
            place = events.Site(fact.file, fact.line, fact.function)
            self._places[process << codec.PLACE_BITS | fact.number] = place
            return None
        if isinstance(fact, events.ChannelMade) and fact.kind == "Pipe":
            self.pipe_ends |= {fact.channel, fact.other or fact.channel}
        made = _MADE.get(codec.row_number(record))
        if made is None or fact.site is None:
            return None
        name = assigned_name(fact.site.file, fact.site.line, getattr(fact, "kind", None))
        if name is None:
            return None
        return codec.encode(table.OBJECT_NAMED, fact.time, object=getattr(fact, made), name=name)

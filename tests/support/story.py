"""A few events in, a few facts out: tells a world what happened, one line per event."""

from __future__ import annotations

from typing import Any

from ipcviz.log import codec, events, table
from ipcviz.log.log import Log
from ipcviz.world import Channel, Process, World
from tests.support.records import encode

MAIN, A, B, C, D = 1, 2, 3, 4, 5
QUEUE = 4711


class Story:
    """Appends events to a log, 1 ms apart; `world` is the fold of all of them."""

    def __init__(self) -> None:
        self.log = Log()
        self.now = 1_000_000
        self.add(events.SESSION, table.PROGRAM_STARTED)
        self.add(MAIN, table.PROCESS_BEGAN, number=100, text="MainProcess\x1fmain\x1f0")

    def add(
        self, process: int, kind: table.Row, *, obj: int = 0, number: int = 0, extra: int = 0, text: str = "",
        thread: int = 0,
    ) -> Story:  # fmt: skip
        self.now += 1_000_000
        record = encode(
            kind, self.now, obj=obj, number=number, extra=extra, text=text, thread=thread
        )
        self.log.append(process, record)
        return self

    def tell(self, process: int, row: table.Row, **fields: Any) -> Story:
        """An event by the names of its fields."""
        self.now += 1_000_000
        self.log.append(process, codec.encode(row, self.now, **fields))
        return self

    def start(self, key: int, name: str) -> Story:
        self.add(MAIN, table.PROCESS_STARTED, obj=key, number=100 + key, text=f"{name}\x1ffork\x1f0")
        return self.add(key, table.PROCESS_BEGAN, number=100 + key, extra=MAIN, text=f"{name}\x1ffork\x1f0")

    def queue(self, maxsize: int = 0, kind: str = "Queue") -> Story:
        return self.add(MAIN, table.CHANNEL_MADE, obj=QUEUE, number=maxsize, text=f"{kind}\x1f")

    def put(self, key: int, ordinal: int, text: str = "'x'") -> Story:
        return self.add(key, table.ITEM_PUT, obj=QUEUE, number=ordinal, text=text)

    def sent(self, key: int, ordinal: int, number: int) -> Story:
        return self.add(key, table.ITEM_SENT, obj=QUEUE, number=number, extra=ordinal, thread=1)

    def taken(self, key: int, number: int) -> Story:
        return self.add(key, table.ITEM_TAKEN, obj=QUEUE, number=number)

    @property
    def world(self) -> World:
        return World().apply_all(self.log.read())

    @property
    def channel(self) -> Channel:
        return self.world.channel(QUEUE)

    def process(self, key: int) -> Process:
        return self.world.process(key)

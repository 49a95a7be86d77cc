"""At most one running program: a new wish first ends the old program, off the screen's own thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ipcviz.log.log import Log
    from ipcviz.run.session import Program


class Running(Protocol):
    """What the screen needs of a session."""

    log: Log

    def hold(self, on: bool) -> None:
        """Stop the processes before their next operation, or let them go on."""

    def end(self) -> None:
        """End the whole group; returns when it is gone."""


@runtime_checkable
class Reachable(Protocol):
    """A session whose processes are there to be sent a signal; one that only feeds a log has none."""

    def send_signal(self, pid: int, number: int) -> bool:
        """Send a signal to one process of the program; whether it was still there."""


@runtime_checkable
class Following(Protocol):
    """A session whose log follows what was reported, as quickly as it can."""

    @property
    def behind(self) -> float:
        """Seconds of the program that were reported and are not in the log yet."""


Start = Callable[["Program"], Running]


class Runner:
    """Starts and ends sessions one after the other."""

    def __init__(self, start: Start | None = None) -> None:
        self.session: Running | None = None
        self._start = start
        self._wish = 0
        self._turn = asyncio.Lock()
        self._closing = False
        self._guard = threading.Lock()

    @property
    def behind(self) -> float:
        """Seconds of the program that were reported and are not in the log yet."""
        session: object = self.session
        return session.behind if isinstance(session, Following) else 0.0

    async def switch(self, program: Program | None) -> Running | None:
        """End what runs, then start this; None when there is nothing to start or a later wish came in."""
        self._wish += 1
        mine = self._wish
        async with self._turn:
            await asyncio.to_thread(self._end)
            if program is None or mine != self._wish:
                return None
            return await asyncio.to_thread(self._begin, program)

    def send_signal(self, pid: int, number: int) -> bool:
        """Send a signal to a process of the program that runs; whether it was there."""
        session: object = self.session
        return isinstance(session, Reachable) and session.send_signal(pid, number)

    def close(self) -> None:
        """End what runs; nothing will be started any more."""
        with self._guard:
            self._closing = True
        self._end()

    def _begin(self, program: Program) -> Running | None:
        # The guard makes sure that a screen that closes meanwhile leaves nothing behind.
        with self._guard:
            if self._closing:
                return None
            start = self._start
            if start is None:
                from ipcviz.run.session import Session

                start = Session.start
            self.session = start(program)
            return self.session

    def _end(self) -> None:
        with self._guard:
            session, self.session = self.session, None
        if session is not None:
            session.end()

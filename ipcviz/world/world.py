"""The fold: one event after the other, nothing else, makes what is true now."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from ipcviz.log import events as e
from ipcviz.world import channel as channels
from ipcviz.world import lock as locks
from ipcviz.world import manager as managers
from ipcviz.world import pool as pools
from ipcviz.world import process as processes
from ipcviz.world.channel import Channel
from ipcviz.world.lock import Lock
from ipcviz.world.manager import Manager
from ipcviz.world.pool import Pool
from ipcviz.world.process import Process, Wait, WaitFor


class World:
    """Everything that is known after the events applied so far."""

    def __init__(self) -> None:
        self.processes: dict[int, Process] = {}
        """By key, in order of appearance; the program's main process comes first."""
        self.channels: dict[int, Channel] = {}
        """By key, in order of appearance."""
        self.ends: dict[int, int] = {}
        """The second end of a duplex Pipe to the first, which is the channel's key."""
        self.locks: dict[int, Lock] = {}
        """By key, in order of appearance."""
        self.managers: dict[int, Manager] = {}
        self.pools: dict[int, Pool] = {}
        self.began: int | None = None
        """Time of the first event, ns; everything shown is relative to it."""
        self.now: int = 0
        """Time of the newest event applied, ns."""
        self.count = 0
        """Events applied."""
        self.lost = 0
        self.unwatched = 0
        """At least so many processes ran unseen: there were more than can be told apart."""
        """Events that were reported as lost."""
        self.output: list[tuple[int, str]] = []
        """What the program wrote, (stream, text), where the session captured it."""
        self.ended: e.ProgramEnded | None = None
        self.stuck: e.StuckSeen | None = None
        """The newest verdict that nobody can go on; None again as soon as somebody does."""
        self._last_waits: list[tuple[Process, Wait]] = []
        """Who still waited when the program was ended."""
        self.ended_wait: Wait | None = None
        """The wait that the event being applied has ended."""

    def apply(self, event: e.Event) -> None:
        """Take in one event."""
        self.count += 1
        if self.began is None:
            self.began = event.time
        if event.time > self.now:
            self.now = event.time
        key = event.process
        if key:
            self.stuck = None
            process = self.processes.get(key)
            if process is None:
                process = self.process(key)
            # A thread that speaks is not waiting any more.
            self.ended_wait = process.waits.pop(event.thread, None) if process.waits else None
            site = event.site
            if site is not None and (process.site is None or not site.file.startswith("<")):
                # Code that was made as a text (the methods of a proxy) is nothing to look at.
                process.site, process.acted = site, event.time
        _FOLD[type(event)](self, event)

    def apply_all(self, events: Iterable[e.Event]) -> World:
        """Take in many events; returns itself."""
        for event in events:
            self.apply(event)
        return self

    def process(self, key: int) -> Process:
        """The process of this key; it appears when it is first spoken of."""
        found = self.processes.get(key)
        if found is None:
            found = self.processes[key] = Process(key, f"P{len(self.processes) + 1}")
        return found

    def channel(self, key: int) -> Channel:
        """The channel of this key, or of this end; it appears when it is first spoken of."""
        key = self.ends.get(key, key)
        found = self.channels.get(key)
        if found is None:
            found = self.channels[key] = Channel(key, f"Q{len(self.channels) + 1}")
        return found

    def lock(self, key: int) -> Lock:
        """The lock of this key; it appears when it is first spoken of."""
        found = self.locks.get(key)
        if found is None:
            found = self.locks[key] = Lock(key, f"L{len(self.locks) + 1}")
        return found

    def manager(self, key: int) -> Manager:
        """The manager of this key; it appears when it is first spoken of."""
        found = self.managers.get(key)
        if found is None:
            found = self.managers[key] = Manager(key, f"M{len(self.managers) + 1}")
        return found

    def pool(self, key: int) -> Pool:
        """The pool of this key; it appears when it is first spoken of."""
        found = self.pools.get(key)
        if found is None:
            found = self.pools[key] = Pool(key, f"O{len(self.pools) + 1}")
        return found

    def process_ended(self, process: Process) -> None:
        """A process is over: what it worked on is lost."""
        if process.works_for and process.ended is not None:
            pools.worker_ended(self, process.key, process.ended)

    def wait(
        self, event: e.Event, what: WaitFor, target: int, *, timeout: float | None = None, text: str = ""
    ) -> None:
        """The thread that speaks begins a wait."""
        self.process(event.process).waits[event.thread] = Wait(
            what, target, event.time, event.thread, timeout, text, event.site
        )

    def waiting_for(self, what: WaitFor, target: int) -> list[tuple[Process, Wait]]:
        """Who waits for this, the longest first."""
        return [pair for pair in self.waits() if pair[1].what is what and pair[1].target == target]

    def waits(self) -> list[tuple[Process, Wait]]:
        """Every wait there is, the longest first; after the end, those that were never over."""
        if self.ended is not None:
            return self._last_waits
        found = [(process, wait) for process in self.processes.values() for wait in process.waits.values()]
        found.sort(key=lambda pair: pair[1].since)
        return found

    @property
    def exitcode(self) -> int | None:
        """Of the main process; None while it runs, or when the session ended it."""
        if self.ended is None or (self.ended.exitcode < 0 and self.ended.outcome == "interrupted"):
            return None
        return self.ended.exitcode

    def seconds(self, time: int | None) -> float:
        """A time stamp as seconds since the program began."""
        return 0.0 if time is None or self.began is None else (time - self.began) / 1e9

    def copy(self) -> World:
        """A checkpoint that later events do not touch."""
        return copy.deepcopy(self)


def _program_started(world: World, event: e.ProgramStarted) -> None:
    """The first event; it sets the clock."""


def _stuck(world: World, event: e.StuckSeen) -> None:
    world.stuck = event


def _program_ended(world: World, event: e.ProgramEnded) -> None:
    world._last_waits = world.waits()
    world.ended = event
    for process in world.processes.values():
        if process.start_method == "main":
            process.end(event.time, event.exitcode)
        elif process.ended is None:
            process.end(event.time, None)


def _events_lost(world: World, event: e.EventsLost) -> None:
    world.lost += event.how_many


def _unwatched(world: World, event: e.UnwatchedSeen) -> None:
    world.unwatched = event.how_many


def _output(world: World, event: e.OutputWritten) -> None:
    world.output.append((event.stream, event.text))


def _named(world: World, event: e.ObjectNamed) -> None:
    for nouns in (world.pools, world.managers, world.locks, world.channels):
        if event.object in nouns:
            nouns[event.object].name = event.name
            return


_FOLD: dict[type, Callable[[World, Any], None]] = {
    **processes.FOLD,
    **channels.FOLD,
    **locks.FOLD,
    **managers.FOLD,
    **pools.FOLD,
    e.ObjectNamed: _named,
    e.ProgramStarted: _program_started,
    e.ProgramEnded: _program_ended,
    e.StuckSeen: _stuck,
    e.EventsLost: _events_lost,
    e.UnwatchedSeen: _unwatched,
    e.OutputWritten: _output,
}

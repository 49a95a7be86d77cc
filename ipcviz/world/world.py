"""The fold: one event after the other, nothing else, makes what is true now."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import Any, TypeVar, cast

from ipcviz.log import events as e
from ipcviz.world.channel import CHANNEL, Channel
from ipcviz.world.lock import LOCK, Lock
from ipcviz.world.manager import Manager
from ipcviz.world.noun import Fold, Noun
from ipcviz.world.nouns import BY_NAME, NOUNS
from ipcviz.world.output import Output
from ipcviz.world.pool import POOL, Pool
from ipcviz.world.process import PROCESS, Process
from ipcviz.world.wait import Ref, Wait, WaitKind

S = TypeVar("S")


class World:
    """Everything that is known after the events applied so far.

    Each noun of `NOUNS` has a dictionary here, called by its plural, by key in order of appearance.
    """

    processes: dict[int, Process]
    """The program's main process comes first."""
    channels: dict[int, Channel]
    locks: dict[int, Lock]
    managers: dict[int, Manager]
    pools: dict[int, Pool]

    def __init__(self) -> None:
        for noun in NOUNS:
            setattr(self, noun.plural, {})
        self.ends: dict[int, int] = {}
        """The second end of a duplex Pipe to the first, which is the channel's key."""
        self.began: int | None = None
        """Time of the first event, ns; everything shown is relative to it."""
        self.now: int = 0
        """Time of the newest event applied, ns."""
        self.count = 0
        """Events applied."""
        self.lost = 0
        """Events that were reported as lost."""
        self.unwatched = 0
        """At least so many processes ran unseen: there were more than can be told apart."""
        self.output = Output()
        self.ended: e.ProgramEnded | None = None
        self.stuck: e.StuckSeen | None = None
        """The newest verdict that nobody can go on; None again as soon as somebody does."""
        self._last_waits: list[tuple[Process, Wait]] = []
        """Who still waited when the program was ended."""
        self.ended_wait: Wait | None = None
        """The wait that the event being applied has ended."""

    def apply(self, event: e.Event) -> None:
        """Take in one event."""
        time, key = event.time, event.process
        self.count += 1
        if time > self.now:
            self.now = time
            if self.began is None:
                self.began = time
        if key:
            self.stuck = None
            process = self.processes.get(key) or self.process(key)
            # A thread that speaks is not waiting any more.
            waits = process.waits
            self.ended_wait = waits.pop(event.thread, None) if waits else None
            site = event.site
            if site is not None:
                # Code that was made as a text (the methods of a proxy) is nothing to look at.
                if site is process.site:
                    process.acted = time
                elif process.site is None or not site.file.startswith("<"):
                    process.site, process.acted = site, time
        _FOLD[type(event)](self, event)

    def apply_all(self, events: Iterable[e.Event]) -> World:
        """Take in many events; returns itself."""
        apply = self.apply
        for event in events:
            apply(event)
        return self

    # The nouns.

    def of(self, noun: Noun[S]) -> dict[int, S]:
        """Everything of a noun, by key, in order of appearance."""
        return cast("dict[int, S]", self.__dict__[noun.plural])

    def get(self, noun: Noun[S], key: int) -> S:
        """One of a noun by its key; it appears when it is first spoken of."""
        known = self.of(noun)
        found = known.get(key)
        if found is None:
            found = known[key] = noun.make(key, f"{noun.letter}{len(known) + 1}")
        return found

    def find(self, ref: Ref) -> Any | None:
        """The thing that is referred to; None where nothing is known of it."""
        return self.of(BY_NAME[ref.noun]).get(ref.key)

    def process(self, key: int) -> Process:
        """The process of this key; it appears when it is first spoken of."""
        return self.processes.get(key) or self.get(PROCESS, key)

    def channel(self, key: int) -> Channel:
        """The channel of this key, or of this end; it appears when it is first spoken of."""
        key = self.ends.get(key, key)
        return self.channels.get(key) or self.get(CHANNEL, key)

    def lock(self, key: int) -> Lock:
        """The lock of this key; it appears when it is first spoken of."""
        return self.locks.get(key) or self.get(LOCK, key)

    def pool(self, key: int) -> Pool:
        """The pool of this key; it appears when it is first spoken of."""
        return self.pools.get(key) or self.get(POOL, key)

    def process_ended(self, process: Process) -> None:
        """A process is over: the nouns that depend on it hear of it."""
        for heard in _PROCESS_ENDED:
            heard(self, process)

    # The waits.

    def wait(
        self, event: e.Event, kind: WaitKind, on: Ref, *, timeout: float | None = None, text: str = ""
    ) -> Wait:
        """The thread that speaks begins a wait."""
        wait = Wait(kind, on, event.time, event.thread, timeout, text, event.site, on.key)
        self.process(event.process).waits[event.thread] = wait
        return wait

    def waiting_for(self, kind: WaitKind, key: int) -> list[tuple[Process, Wait]]:
        """Who is in such a wait for the thing of this key, the longest first."""
        return [pair for pair in self.waits() if pair[1].kind is kind and pair[1].on.key == key]

    def waits(self) -> list[tuple[Process, Wait]]:
        """Every wait there is, the longest first; after the end, those that were never over."""
        if self.ended is not None:
            return self._last_waits
        found = [(process, wait) for process in self.processes.values() for wait in process.waits.values()]
        found.sort(key=lambda pair: pair[1].since)
        return found

    # The whole.

    @property
    def exitcode(self) -> int | None:
        """Of the main process; None while it runs, or when the session ended it."""
        if self.ended is None or (self.ended.exitcode < 0 and self.ended.outcome == "interrupted"):
            return None
        return self.ended.exitcode

    def seconds(self, time: int | None) -> float:
        """A time stamp as seconds since the program began."""
        return 0.0 if time is None or self.began is None else (time - self.began) / 1e9

    def packed(self) -> bytes:
        """All of it as bytes, for a checkpoint: small, and quick to make and to read."""
        return pickle.dumps(self, pickle.HIGHEST_PROTOCOL)

    @staticmethod
    def unpacked(packed: bytes) -> World:
        """The world that was packed; only for what this process has packed itself."""
        return cast("World", pickle.loads(packed))


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
    world.output.add(event.stream, event.text)


def _named(world: World, event: e.ObjectNamed) -> None:
    # A pool has the number of the channel its tasks go through: the later noun is meant. A process is
    # named by the program itself.
    for noun in reversed(NOUNS):
        found = world.of(noun).get(event.object)
        if found is not None and noun is not PROCESS:
            found.name = event.name
            return


_FOLD: dict[type, Fold] = {
    **{kind: fold for noun in NOUNS for kind, fold in noun.fold.items()},
    e.ObjectNamed: _named,
    e.ProgramStarted: _program_started,
    e.ProgramEnded: _program_ended,
    e.StuckSeen: _stuck,
    e.EventsLost: _events_lost,
    e.UnwatchedSeen: _unwatched,
    e.OutputWritten: _output,
}
_PROCESS_ENDED = tuple(noun.process_ended for noun in NOUNS if noun.process_ended is not None)

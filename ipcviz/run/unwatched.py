"""Find the processes of the program that nobody watches: descendants that never spoke (Linux)."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from ipcviz.log import events
from ipcviz.probe.core import ledger as books

EVERY = 0.5
"""Seconds between two looks; each takes a few system calls for every process of the program."""
PATIENCE = 1.0
"""Seconds that a process may take until it speaks, if nothing says that it is Python."""
PATIENCE_FOR_PYTHON = 5.0
"""The same for one that looks like a child of `multiprocessing`, which has an interpreter to start first."""
_MACHINERY = ("multiprocessing.resource_tracker import", "multiprocessing.forkserver import",
              "loky.backend.resource_tracker", "multiprocessing.semaphore_tracker import")  # fmt: skip
_CHILDREN = ("--multiprocessing-fork", "spawn_main", "popen_loky")
_WORDS = 8

Found = tuple[int, str, str]
"""Its pid, what it is, and why it is not watched."""


class Unwatched:
    """Remembers who was told, by the program itself or from here."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}
        """Pid to command line of every one that was told."""
        self._since: dict[int, tuple[float, int, str]] = {}
        """Pid to when it was first seen unwatched, in how many looks, and its newest command line."""
        self._next = 0.0

    def told(self, fact: events.UnwatchedStarted) -> None:
        """The program has told of one itself, or takes that back."""
        if fact.withdrawn:
            self.names.pop(fact.pid, None)
        else:
            self.names[fact.pid] = fact.what

    def look(self, guard: int, words: memoryview, *, last: bool = False) -> list[Found]:
        """Those that are new: descendants of the guard that are no watched process, and have had their time.

        `words` are those of the ledger, which keeps the pid of everyone who ever was watched. Linux only;
        elsewhere the answer is empty, and where it is not time for another look, unless it is the last.
        """
        now = time.monotonic()
        if now < self._next and not last:
            return []
        found = [pid for pid in _descendants(guard) if pid not in self.names]
        # With very many processes the looking itself takes its time.
        self._next = now + max(EVERY, 20 * (time.monotonic() - now))
        if not found and not self._since:
            return []
        watched = _ever_watched(words)
        strangers = {pid: _command_line(pid) for pid in found if pid not in watched}
        said = [*self._alive(strangers, now), *self._gone(strangers, watched)]
        self.names.update((pid, what) for pid, what, _ in said)
        return said

    def _alive(self, strangers: dict[int, str], now: float) -> Iterator[Found]:
        for pid, what in strangers.items():
            if not what or any(word in what for word in _MACHINERY):
                continue
            since, looks, _ = self._since.get(pid, (now, 0, what))
            self._since[pid] = since, looks + 1, what
            child = _is_child(what)
            if now - since >= (PATIENCE_FOR_PYTHON if child else PATIENCE):
                del self._since[pid]
                yield pid, what, _why(what)

    def _gone(self, strangers: dict[int, str], watched: set[int]) -> Iterator[Found]:
        for pid in [pid for pid in self._since if not strangers.get(pid)]:
            _, looks, what = self._since.pop(pid)
            # Seen once, it may have been about to become what its command line did not say yet.
            if pid not in watched and pid not in self.names and (looks > 1 or _is_child(what)):
                yield pid, what, _why(what)


def _is_child(what: str) -> bool:
    return any(word in what for word in _CHILDREN)


def _why(what: str) -> str:
    if not _is_child(what):
        return "it was started in a way that is not followed"
    copies = [name for name in ("billiard", "multiprocess.", "loky") if name in what]
    if copies:
        return f"{copies[0].strip('.')} started it, which is not multiprocessing itself"
    return "multiprocessing started it with a Python that cannot be watched"


def _ever_watched(words: memoryview) -> set[int]:
    first, size = books.PROCESSES_AT // 8 + books.P_PID, books.PROCESS_WORDS
    count = words[books.W_NEXT]
    return set(words[first : first + count * size : size])


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    todo = [pid]
    while todo:
        folder = f"/proc/{todo.pop()}/task"
        try:
            threads = os.listdir(folder)
        except OSError:
            continue
        for thread in threads:
            try:
                with open(f"{folder}/{thread}/children", encoding="ascii") as file:
                    children = [int(word) for word in file.read().split()]
            except (OSError, ValueError):
                continue
            found += children
            todo += children
    return found


def _command_line(pid: int) -> str:
    """Empty for one that has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            words = file.read(4_000).decode("utf-8", "replace").rstrip("\0").split("\0")
    except OSError:
        return ""
    words[0] = words[0].rpartition("/")[2]
    return " ".join(words[:_WORDS])[:200]

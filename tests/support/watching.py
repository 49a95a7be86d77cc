"""Runs real programs under a session and looks things up in what was reported."""

from __future__ import annotations

import contextlib
import functools
import multiprocessing
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from ipcviz.log.events import Event, OutputWritten
from ipcviz.log.log import Log
from ipcviz.run.session import Program, Session
from ipcviz.world import World

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"
METHODS = multiprocessing.get_all_start_methods()
DEADLINE = 60.0
VERSIONS = ("3.10", "3.11", "3.12", "3.13", "3.14", "3.15")

E = TypeVar("E", bound=Event)


class Watched:
    """What was reported of one program."""

    def __init__(self, program: Path, log: Log) -> None:
        self.program = program
        self.log = log
        self.events = list(log.read())
        self.world = World().apply_all(self.events)
        self.lines = program.read_text(encoding="utf-8").splitlines()

    def all(self, kind: type[E]) -> list[E]:
        """Every event of a kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    def mark(self, name: str) -> int:
        """The number of the line that ends with the comment `# @name`."""
        (line,) = [n for n, text in enumerate(self.lines, 1) if text.endswith(f"# @{name}")]
        return line

    def at(self, name: str) -> list[Event]:
        """The events at that line of the program, in order."""
        line = self.mark(name)
        return [
            event
            for event in self.events
            if event.site is not None and event.site.line == line and Path(event.site.file) == self.program
        ]

    def key(self, name: str) -> int:
        """The key of the process with this name."""
        (key,) = [key for key, process in self.world.processes.items() if process.name == name]
        return key

    @property
    def printed(self) -> str:
        """What the program wrote on its standard output."""
        return self._written(1)

    @property
    def errors(self) -> str:
        """What the program wrote on its standard error."""
        return self._written(2)

    def _written(self, stream: int) -> str:
        return "".join(it.text for it in self.all(OutputWritten) if it.stream == stream)


@contextlib.contextmanager
def session(
    name: str | Path, *arguments: str, python: str | None = None, method: str | None = None
) -> Iterator[Session]:
    """A session of one of the programs; whatever is left of it ends with the block."""
    path = PROGRAMS / name
    running = Session.start(Program([str(path), *arguments], start_method=method, python=python))
    try:
        yield running
    finally:
        running.end()


def watch(name: str | Path, *arguments: str, python: str | None = None, method: str | None = None) -> Watched:
    """Run one of the programs to its own end."""
    with session(name, *arguments, python=python, method=method) as running:
        assert running.wait(DEADLINE), "the program did not end"
    return Watched(PROGRAMS / name, running.log)


def until(condition: Callable[[], object], deadline: float = DEADLINE, what: str = "") -> float:
    """Wait until something is so; returns how many seconds it took."""
    begun = time.monotonic()
    while not condition():
        if time.monotonic() - begun > deadline:
            raise AssertionError(f"not within {deadline} s: {what or condition}")
        time.sleep(0.001)
    return time.monotonic() - begun


class Follower:
    """A world that follows a running session."""

    def __init__(self, running: Session) -> None:
        self.world = World()
        self._log = running.log
        self._cursor = 0

    def now(self) -> World:
        """The world as far as it was reported."""
        end = len(self._log)
        self.world.apply_all(self._log.read(self._cursor, end))
        self._cursor = end
        return self.world


def interpreter(version: str) -> str:
    """Another Python by its version; skips the test where there is none.

    The variable PYTHON3_12 (and so on) names one; else it is looked for where they usually are.
    """
    named = os.environ.get("PYTHON" + version.replace(".", "_"))
    if named:
        return named
    managed = sorted(Path.home().glob(f".pyenv/versions/{version}.*/bin/python"))
    unpacked = Path.home() / ".cache" / "newer-pythons" / "usr" / "bin" / f"python{version}"
    for found in (*managed[-1:], shutil.which(f"python{version}"), unpacked):
        # A name that pyenv has on PATH may have nothing behind it.
        if found is not None and _runs(str(found), version):
            return str(found)
    pytest.skip(f"there is no Python {version} here: on PATH, in ~/.pyenv, or named by PYTHON3_x")


@functools.cache
def _runs(python: str, version: str) -> bool:
    code = "import sys, multiprocessing; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=DEADLINE)
    except OSError:
        return False
    return done.stdout.strip() == version

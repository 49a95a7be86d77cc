"""The number of a message is the order in which the kernel took it, whoever sends and receives."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import events
from ipcviz.probe.core import report, wordlock
from tests.support.watching import METHODS, VERSIONS, Watched, interpreter, watch


def items(watched: Watched) -> list[str]:
    """What was sent, in the order of the numbers of the messages that were taken."""
    sent = {event.number: event.text for event in watched.all(events.ItemSent)}
    taken = [event.number for event in watched.all(events.ItemTaken)]
    assert sorted(taken) == list(range(1, len(taken) + 1))
    return [sent[number].strip("'").rstrip("…").rstrip("x") for number in sorted(taken)]


def check(watched: Watched) -> None:
    assert (watched.errors, watched.world.lost) == ("", 0)
    printed = watched.printed.splitlines()
    assert len(printed) > 100
    assert items(watched) == printed


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["processes", "threads", "late", "receivers"])
def test_several_senders(kind: str, method: str) -> None:
    check(watch("several.py", kind, method, "1500"))


@pytest.mark.parametrize("kind", ["duplex", "stopped", "full"])
def test_while_the_pipe_is_full_or_a_sender_stopped(kind: str) -> None:
    check(watch("several.py", kind, "fork", "600"))


def test_a_sender_that_is_killed() -> None:
    """The kernel takes its lock from it; what it was about to count is one message at the most."""
    watched = watch("several.py", "killed", "fork", "3000")
    assert watched.errors == ""
    printed = watched.printed.splitlines()
    sent = watched.all(events.ItemSent)
    assert abs(len(sent) - len(printed)) <= 3000
    assert len(watched.all(events.ItemTaken)) == len(printed)


def test_a_signal_handler_that_sends() -> None:
    watched = watch("several.py", "handler", "fork", "3000")
    assert (watched.errors, watched.world.lost) == ("", 0)
    printed = watched.printed.splitlines()
    assert sorted(items(watched)) == sorted(printed)


def test_a_signal_handler_that_raises() -> None:
    watched = watch("several.py", "raising", "fork", "3000")
    assert (watched.printed, watched.errors) == ("{b'x'}\n", "")


@pytest.mark.parametrize("version", VERSIONS)
def test_in_every_python(version: str) -> None:
    check(watch("several.py", "processes", "fork", "800", python=interpreter(version)))


def test_word_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ledger"
    path.write_bytes(b"\0" * 4096)
    monkeypatch.setattr(report, "ledger", lambda: type("Ledger", (), {"path": str(path)}))
    locks: Any = wordlock
    one, other = locks.WordLocks(), locks.WordLocks()
    assert one.take(64)
    assert not other.take(64)
    assert other.take(80)
    assert one.take(64)
    one.give_back(64)
    assert not other.take(64)
    one.give_back(64)
    assert other.take(64)
    # Its descriptor is closed by the program: the lock is gone, and the next one gets a new descriptor.
    os.close(other._fd)
    assert one.take(64)
    one.give_back(64)
    other.give_back(64)
    assert other.take(64)
    descriptor = other._fd
    del other
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)

"""Turns, the words in which a lock that is taken and given back says when: read back as events, each once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import events
from ipcviz.log.events import encode
from ipcviz.log.order import Intake, pick
from ipcviz.probe.core import ledger as ledger_module
from ipcviz.probe.core import wire
from tests.run.test_drain import Desk, Sender, past

books: Any = ledger_module
wires: Any = wire
LOCK = 77
KINDS = (wire.LOCK_ACQUIRED, wire.LOCK_RELEASED)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from Desk.opened(tmp_path)


def bare(kind: int, time: int) -> bytes:
    head: int = wires.head_word(kind, 3, 0, wire.LEAST)
    return wire.BARE.pack(head, time, LOCK)


def turn(time: int) -> bytes:
    return wire.TURN.pack(time / 1e9)


def told(pairs: list[tuple[int, bytes]]) -> list[tuple[str, int, int, int]]:
    """Class, time, thread and lock of each."""
    out = []
    for key, record in pairs:
        event = events.decode(key, record, {})
        assert isinstance(event, events.LockAcquired | events.LockReleased)
        out.append((type(event).__name__, event.time, event.thread, event.lock))
    return out


@pytest.mark.parametrize("first", [0, 1])
def test_the_kinds_take_turns_from_the_record_on(first: int) -> None:
    intake = Intake()
    times = [5_000_000_000_000 + 137 * n for n in range(7)]
    intake.take(1, 0, bare(KINDS[first], times[0]) + b"".join(map(turn, times[1:])))
    names = ("LockAcquired", "LockReleased")
    assert told(intake.release()) == [(names[(first + n) % 2], time, 3, LOCK) for n, time in enumerate(times)]
    assert (intake.seen, intake.lost) == ({1: 7}, 0)


@pytest.mark.parametrize("days", [0.001, 1, 20, 48])
def test_a_time_is_exact_to_the_nanosecond(days: float) -> None:
    chance = random.Random(days)
    intake = Intake()
    begun = int(days * 86_400e9)
    times = sorted(chance.sample(range(begun, begun + 1_000_000), 200))
    intake.take(1, 0, bare(KINDS[0], begun) + b"".join(map(turn, times)))
    assert [time for _, time, _, _ in told(intake.release())] == [begun, *times]


def test_each_turn_has_its_own_number() -> None:
    run = bare(KINDS[0], 10**12) + b"".join(turn(10**12 + n) for n in range(1, 6))
    put = encode(wire.ITEM_PUT, 10**12 + 9, obj=LOCK)
    for seen in range(8):
        intake = Intake()
        intake.take(1, 0, run[: wire.LEAST + wire.TURN.size * (seen - 1)] if seen else b"")
        intake.take(1, 0, run + put)
        assert (intake.seen[1], intake.lost, len(intake.release())) == (7, 0, 7)
    # Those of a message that never came are counted, those behind them are not.
    intake = Intake()
    intake.take(1, 6, put)
    assert (intake.seen[1], intake.lost) == (7, 6)


def test_a_word_that_is_no_time_ends_the_run() -> None:
    for word in (-1.0, 1e10, float("inf"), float("nan")):
        intake = Intake()
        intake.take(1, 0, bare(KINDS[0], 10**12) + wire.TURN.pack(word) + bare(KINDS[0], 10**12))
        assert (len(intake.release()), intake.seen) == (1, {1: 1})


def test_turns_behind_another_kind_of_record_are_not_believed() -> None:
    intake = Intake()
    intake.take(1, 0, bare(wire.ITEM_PUT, 10**12) + turn(10**12))
    assert intake.seen == {1: 1}


def test_a_quick_look_steps_over_turns() -> None:
    put = encode(wire.ITEM_PUT, 10**12, obj=LOCK)
    data = bare(KINDS[0], 10**12) + turn(10**12) * 5 + put + bare(KINDS[1], 10**12) + turn(10**12) + put
    message = wire.FRAME.pack(wire.FRAME.size - 4 + len(data), 4, 0, 0) + data
    assert list(pick(message * 2, frozenset([wire.ITEM_PUT]))) == [(4, put)] * 4


class Locker(Sender):
    """A process that only takes a lock and gives it back."""

    def lock(self, time: int) -> None:
        """A bare record where a tail begins, then turns: behind the published end."""
        if self.end == self.start:
            self._store(bare(KINDS[self.count % 2], time))
            self.words[self.head + books.R_END] = self.end
        else:
            self._store(turn(time))

    def _store(self, data: bytes) -> None:
        self.map[self.end : self.end + len(data)] = data
        self.end += len(data)
        self.count += 1


def test_turns_are_seen_as_they_are_written_and_once(desk: Desk) -> None:
    locker = Locker(desk.book.new_process(), desk.book, desk.write)
    now, given = past(-1_000), []
    for n in range(200):
        locker.lock(now + n)
        if n % 3 == 0:
            given += desk.collector.tick()
            assert len(given) == n + 1
        if n % 70 == 69:
            locker.send()
    given += desk.finish()
    names = ("LockAcquired", "LockReleased")
    assert told(given) == [(names[n % 2], now + n, 3, LOCK) for n in range(200)]
    assert desk.collector.lost == 0


def test_turns_and_what_is_written_behind_them(desk: Desk) -> None:
    locker = Locker(desk.book.new_process(), desk.book, desk.write)
    now = past(-1_000)
    for n in range(3):
        locker.lock(now + n)
    put = locker.say(now + 3)
    given = desk.collector.tick()
    assert given[3] == (locker.key, put)
    assert len(told(given[:3])) == 3
    assert (desk.finish(), desk.collector.lost) == ([], 0)

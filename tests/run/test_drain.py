"""From messages and tails in any interleaving to one order, without doubles, with every gap counted."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import events
from ipcviz.log.events import encode
from ipcviz.probe.core import ledger as ledger_module
from ipcviz.probe.core import wire
from ipcviz.run.drain import SLACK_NS, Collector

books: Any = ledger_module


class Sender:
    """A process as the collector sees it: a region of the ledger and messages in the Pipe."""

    def __init__(self, key: int, book: Any, fd: int) -> None:
        self.key = key
        self.words, self.map = book.words, book.map
        self.region = book.region(key)
        self.head = self.region // 8
        self.fd = fd
        self.count = 0
        self.start = self.end = self.region + books.REGION_HEAD
        self.words[self.head + books.R_END] = self.end
        self.words[self.head + books.R_PID] = 1

    def say(self, time: int, text: str = "") -> bytes:
        record = encode(wire.ITEM_PUT, time, obj=7, number=self.count, text=text)
        self.map[self.end : self.end + len(record)] = record
        self.end += len(record)
        self.count += 1
        self.words[self.head + books.R_END] = self.end
        return record

    def message(self) -> bytes:
        """Empty the tail into a message."""
        data: bytes = self.map[self.start : self.end]
        base = self.words[self.head + books.R_BASE]
        self.words[self.head + books.R_BASE] = self.count
        self.words[self.head + books.R_END] = self.end = self.start
        self.map[self.start : self.start + books.REGION_ROOM] = bytes(books.REGION_ROOM)
        self.words[self.head + books.R_GENERATION] += 2
        return wire.FRAME.pack(wire.FRAME.size - 4 + len(data), self.key, 0, base) + data

    def send(self) -> None:
        os.write(self.fd, self.message())

    def queued(self, count: int) -> None:
        self.words[self.head + books.R_QUEUED] = count


class Desk:
    """A collector and two senders."""

    def __init__(self, folder: Path) -> None:
        path = str(folder / "ledger")
        books.create(path)
        self.book = books.Ledger(path)
        self.read, self.write = os.pipe()
        os.set_blocking(self.read, False)
        self.collector = Collector(self.read, path)
        self.one, self.two = (Sender(self.book.new_process(), self.book, self.write) for _ in range(2))

    def finish(self) -> list[tuple[int, bytes]]:
        os.close(self.write)
        self.write = -1
        return self.collector.finish()

    @classmethod
    def opened(cls, folder: Path) -> Iterator[Desk]:
        """One, as long as a test runs."""
        found = cls(folder)
        yield found
        if found.write >= 0:
            os.close(found.write)
        os.close(found.read)
        found.collector.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from Desk.opened(tmp_path)


def past(n: int = 0) -> int:
    return time.monotonic_ns() - SLACK_NS - 1_000_000 + n


def test_a_tail_is_taken_before_it_is_sent_and_only_once(desk: Desk) -> None:
    first = desk.one.say(past())
    assert desk.collector.tick() == [(1, first)]
    assert desk.collector.tick() == []
    second = desk.one.say(past())
    desk.one.send()
    third = desk.one.say(past())
    assert desk.collector.tick() == [(1, second), (1, third)]
    desk.one.send()
    assert desk.collector.tick() == []
    assert (desk.finish(), desk.collector.lost) == ([], 0)


def test_two_processes_come_in_the_order_of_their_times(desk: Desk) -> None:
    now = past(-1000)
    b = desk.two.say(now + 2)
    a = desk.one.say(now + 1)
    desk.one.send()
    c = desk.one.say(now + 3)
    assert desk.collector.tick() == [(1, a), (2, b), (1, c)]


def test_what_may_be_overtaken_is_kept_back(desk: Desk) -> None:
    now = time.monotonic_ns() + 1_000_000_000
    late = desk.one.say(now)
    early = desk.two.say(past())
    assert desk.collector.tick() == [(2, early)]
    assert desk.finish() == [(1, late)]


def test_what_comes_too_late_is_put_at_the_end(desk: Desk) -> None:
    now = past(-1000)
    desk.one.say(now)
    desk.collector.tick()
    desk.two.say(now - 500)
    ((key, record),) = desk.collector.tick()
    assert (key, events.time_of(record)) == (2, now)


def test_a_process_with_messages_on_their_way_holds_back_the_others(desk: Desk) -> None:
    now = past(-5000)
    a = desk.one.say(now)
    message = desk.one.message()
    desk.one.queued(1)
    c = desk.one.say(now + 2)
    b = desk.two.say(now + 1)
    # Its message is not in the Pipe yet: nothing later may be given out.
    assert desk.collector.tick() == []
    os.write(desk.write, message)
    desk.one.queued(0)
    assert desk.collector.tick() == [(1, a), (2, b), (1, c)]
    assert desk.collector.lost == 0


def test_a_gap_is_counted(desk: Desk) -> None:
    for _ in range(3):
        desk.one.say(past())
    desk.one.message()
    kept = desk.one.say(past())
    ((key, record), *more) = sorted(desk.collector.tick(), key=lambda pair: pair[0], reverse=True)
    assert ((key, record), more) == ((1, kept), [])
    assert desk.collector.lost == 3
    ((key, record),) = desk.finish()
    told = events.decode(key, record, {})
    assert isinstance(told, events.EventsLost)
    assert (told.whose, told.how_many) == (1, 3)


def test_a_torn_generation_is_left_for_the_next_tick(desk: Desk) -> None:
    record = desk.one.say(past())
    desk.one.words[desk.one.head + books.R_GENERATION] += 1
    assert desk.collector.tick() == []
    desk.one.words[desk.one.head + books.R_GENERATION] += 1
    assert desk.collector.tick() == [(1, record)]


@pytest.mark.parametrize("step", range(3))
def test_a_process_that_is_killed_while_it_empties_its_tail(desk: Desk, step: int) -> None:
    record = desk.one.say(past())
    words, head = desk.one.words, desk.one.head
    words[head + books.R_GENERATION] += 1
    words[head + books.R_QUEUED] += 1
    if step > 0:
        words[head + books.R_BASE] = 1
    if step > 1:
        words[head + books.R_END] = desk.one.start
    assert desk.collector.tick() == []
    desk.collector.retire(1)
    given = desk.finish()
    assert desk.collector.lost == (step == 2)
    assert ((1, record) in given) == (step < 2)


def test_a_process_that_is_killed_with_messages_inside_it(desk: Desk) -> None:
    for _ in range(2):
        desk.one.say(past())
    desk.one.message()
    desk.one.queued(1)
    kept = desk.one.say(past())
    assert desk.collector.tick() == []
    desk.collector.retire(1)
    assert (1, kept) in desk.finish()
    assert desk.collector.lost == 2


def test_rubbish_in_a_tail_is_not_believed(desk: Desk) -> None:
    kept = desk.one.say(past())
    desk.one.map[desk.one.end : desk.one.end + 3] = b"\x05\x00\x01"
    desk.one.words[desk.one.head + books.R_END] = desk.one.end + 3
    assert desk.collector.tick() == [(1, kept)]


def test_a_message_that_arrives_in_two_reads(desk: Desk) -> None:
    record = desk.one.say(past(), "x" * 100)
    message = desk.one.message()
    os.write(desk.write, message[:30])
    desk.one.queued(1)
    assert desk.collector.tick() == []
    os.write(desk.write, message[30:])
    desk.one.queued(0)
    assert desk.collector.tick() == [(1, record)]


@pytest.mark.parametrize("seed", range(20))
def test_any_interleaving(desk: Desk, seed: int) -> None:
    chance = random.Random(seed)
    said: list[tuple[int, int, bytes]] = []
    given: list[tuple[int, bytes]] = []
    now = past(-1_000_000)
    for step in range(300):
        sender = chance.choice((desk.one, desk.two))
        action = chance.random()
        if action < 0.7:
            said.append((now + step, sender.key, sender.say(now + step, "x" * chance.randrange(30))))
            if sender.end - sender.start > 3_000:
                sender.send()
        elif action < 0.85:
            sender.send()
        else:
            given += desk.collector.tick()
    given += desk.finish()
    assert given == [(key, record) for _, key, record in said]
    assert desk.collector.lost == 0
    assert desk.collector.eof


def test_a_key_is_taken_before_its_process_exists(tmp_path: Path, desk: Desk) -> None:
    given: list[bytes] = []
    busy = Collector(desk.read, desk.book.path, given.append)
    reserved = desk.book.new_process()
    desk.one.say(past())
    desk.one.send()
    busy.tick()
    assert len(given) == 1
    assert 1 in busy.pids
    # Without a pid nobody can be found dead.
    assert reserved not in busy.pids
    busy.close()


def test_what_a_death_made_it_take_in_is_given_out_at_the_end(desk: Desk) -> None:
    given: list[bytes] = []
    recording = Collector(desk.read, desk.book.path, given.append)
    said = desk.one.say(past())
    desk.one.send()
    # A busy moment: the message is kept as it came ...
    assert recording.tick() == []
    # ... until a process dies, and everything has to be looked at.
    recording.retire(desk.two.key)
    os.close(desk.write)
    desk.write = -1
    told = recording.finish(frozenset({wire.ITEM_PUT}))
    assert (desk.one.key, said) in told
    assert said in given[0]
    recording.close()

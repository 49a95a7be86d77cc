"""Whole records come out of the ledger once, torn ones not before they are whole; every loss is counted."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import codec, slots, table
from ipcviz.probe.core import ledger as ledger_module
from ipcviz.run import drain as drains
from ipcviz.run.drain import Drain

books: Any = ledger_module


class Writer:
    """A process that writes slots, or parts of them, wherever it is told to."""

    def __init__(self, ledger: Any) -> None:
        self.ledger = ledger
        self.key = ledger.new_process()
        ledger.words[ledger.process(self.key) + books.P_PID] = 4_000_000 + self.key
        self.turn = 0
        self.at = self.end = 0
        self.count = 0

    def reserve(self) -> int:
        """The next slot, in a new chunk if need be."""
        if self.at == self.end:
            self.turn += 1
            self.at = self.ledger.new_chunk(self.key, self.turn)
            assert self.at
            self.end = self.at + books.CHUNK
        self.at += slots.SIZE
        return self.at - slots.SIZE

    def record(self, text: str = "") -> bytes:
        self.count += 1
        return codec.encode(table.ITEM_PUT, 10**12 + self.count, channel=7, ordinal=self.count, text=text)

    def fill(self, at: int, record: bytes) -> None:
        self.ledger.map[at : at + len(record)] = record

    def say(self, text: str = "") -> bytes:
        at, record = self.reserve(), self.record(text)
        for _ in range(len(record) // slots.SIZE - 1):
            assert self.reserve()
        self.fill(at, record)
        return record


class Desk:
    def __init__(self, folder: Path) -> None:
        path = str(folder / "ledger")
        books.create(path)
        self.ledger = books.Ledger(path)
        self.drain = Drain(path)
        self.one, self.two = Writer(self.ledger), Writer(self.ledger)

    def taken(self) -> list[tuple[int, bytes]]:
        return [(key, one) for key, data in self.drain.take() for one in codec.records(data)]

    def ended(self, writer: Writer) -> list[bytes]:
        return [one for _, data in self.drain.end(writer.key) for one in codec.records(data)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    found.drain.close()


def pass_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another second has gone by."""
    now = time.monotonic_ns() + 1_000_000_000
    monkeypatch.setattr(time, "monotonic_ns", lambda: now)


def test_each_record_comes_out_once(desk: Desk) -> None:
    first, second = desk.one.say(), desk.two.say()
    assert sorted(desk.taken()) == sorted([(1, first), (2, second)])
    assert desk.taken() == []
    third = desk.one.say("a text that is longer than one slot has room for")
    assert desk.taken() == [(1, third)]
    assert desk.drain.pids == {1: 4_000_001, 2: 4_000_002}


def test_a_slot_that_is_not_filled_holds_up_those_behind_it(desk: Desk) -> None:
    late = desk.one.reserve()
    following = desk.one.say()
    assert desk.taken() == []
    record = desk.one.record()
    desk.one.fill(late, record)
    assert desk.taken() == [(1, record), (1, following)]
    assert desk.drain.lost == {}


@pytest.mark.parametrize("written", range(1, slots.SIZE))
def test_a_record_that_is_written_in_part_is_not_taken(desk: Desk, written: int) -> None:
    # In the order of its bytes, as x86 shows it.
    at, record = desk.one.reserve(), desk.one.record("abc")
    desk.one.fill(at, record[:written])
    assert desk.taken() == []
    desk.one.fill(at, record)
    assert desk.taken() == [(1, record)]


def test_a_record_whose_stores_are_seen_in_any_order_is_not_taken(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drains, "_ORDERED", False)
    chance = random.Random(7)
    for n in range(200):
        text = chance.choice(["", "abc", "x" * slots.INLINE])
        at, record = desk.one.reserve(), desk.one.record(text)
        parts = [(i * 8, record[i * 8 : i * 8 + 8]) for i in range(8)]
        chance.shuffle(parts)
        needed = {i * 8 for i in range(4)} | {i * 8 for i in range(5, 5 + -(-len(text) // 8))} | {56}
        for place, part in parts:
            assert desk.taken() == [], (n, place)
            desk.one.fill(at + place, part)
            needed.discard(place)
            if not needed:
                break
        for place, part in parts:
            desk.one.fill(at + place, part)
        assert desk.taken() == [(1, record)]


def test_a_slot_nobody_fills_is_passed_over_and_taken_when_it_is_filled_after_all(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, never = desk.one.reserve(), desk.one.reserve()
    following = desk.one.say()
    assert desk.taken() == []
    pass_time(monkeypatch)
    desk.taken()
    assert desk.taken() == [(1, following)]
    record = desk.one.record()
    desk.one.fill(late, record)
    assert desk.taken() == [(1, record)]
    assert desk.ended(desk.one) == []
    assert desk.drain.lost == {1: 1}
    assert never


def test_a_slot_that_is_always_another_one_is_never_passed_over(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy process has one under way at almost every look.
    gap = desk.one.reserve()
    behind = desk.one.say()
    assert desk.taken() == []
    for _ in range(5):
        pass_time(monkeypatch)
        desk.one.fill(gap, record := desk.one.record())
        gap, before = desk.one.reserve(), behind
        behind = desk.one.say()
        assert desk.taken() == [(1, record), (1, before)]
    desk.one.fill(gap, record := desk.one.record())
    assert desk.taken() == [(1, record), (1, behind)]


def test_a_long_record_that_comes_late(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    record = desk.one.record("x" * 200)
    late = [desk.one.reserve() for _ in range(len(record) // slots.SIZE)]
    following = desk.one.say()
    assert desk.taken() == []
    pass_time(monkeypatch)
    desk.taken()
    assert desk.taken() == [(1, following)]
    # The first slot is written last.
    for n, at in reversed(list(enumerate(late))):
        assert desk.taken() == []
        desk.one.fill(at, record[n * slots.SIZE : (n + 1) * slots.SIZE])
    assert desk.taken() == [(1, record)]
    assert desk.ended(desk.one) == []
    assert desk.drain.lost == {}


def test_what_the_end_of_a_process_cut_off_is_no_loss(desk: Desk) -> None:
    first = desk.one.say()
    assert desk.taken() == [(1, first)]
    at, record = desk.one.reserve(), desk.one.record()
    following = desk.one.say()
    desk.one.fill(at, record[:20])
    assert desk.ended(desk.one) == [following]
    assert desk.drain.lost == {}


def test_the_chunks_go_round(desk: Desk) -> None:
    said, taken = [], []
    for _ in range(20):
        said += [desk.one.say("x" * (n % 90)) for n in range(700)]
        taken += [record for _, record in desk.taken()]
    assert taken == said
    # One in use, one being filled, one being made empty.
    assert desk.ledger.words[books.W_CHUNKS] <= 4
    desk.ended(desk.one)
    desk.taken()
    owners = [desk.ledger.words[books.CHUNKS_AT // 8 + n * books.CHUNK_WORDS] for n in range(4)]
    assert owners == [0] * 4


def test_a_reader_that_comes_late_finds_everything(desk: Desk) -> None:
    said = [(writer.key, writer.say()) for _ in range(3_000) for writer in (desk.one, desk.two)]
    taken = desk.taken()
    for key in (1, 2):
        assert [record for one, record in taken if one == key] == [r for one, r in said if one == key]


def test_a_chunk_that_was_made_and_never_used(desk: Desk) -> None:
    for _ in range(books.CHUNK // slots.SIZE):
        desk.one.say()
    # An exception comes between the making and the first use; the next try makes another.
    desk.one.turn += 1
    assert desk.ledger.new_chunk(desk.one.key, desk.one.turn)
    last = desk.one.say()
    assert desk.taken()[-1] == (1, last)
    assert desk.drain.lost == {}


def test_what_a_process_could_not_write_is_counted(desk: Desk) -> None:
    desk.one.say()
    desk.taken()
    desk.ledger.words[desk.ledger.process(desk.one.key) + books.P_LOST] = 5
    desk.drain.look_for_losses()
    desk.drain.look_for_losses()
    assert desk.drain.lost == {1: 5}


def test_a_row_for_a_channel_is_found_again(desk: Desk) -> None:
    chance = random.Random(3)
    identities = [chance.choice([n, chance.getrandbits(63) | 1]) for n in range(1, 3_000)]
    rows = {identity: desk.ledger.channel(identity) for identity in identities}
    assert len(set(rows.values())) == len(set(identities))
    other = books.Ledger(desk.ledger.path)
    assert {identity: other.find(identity) for identity in identities} == rows
    assert other.find(1 << 62) is None


def test_one_channel_too_many_is_counted(desk: Desk) -> None:
    desk.ledger.words[books.W_ROWS] = books.CHANNELS
    assert desk.ledger.channel(99) == 0
    assert desk.ledger.words[books.W_UNCOUNTED] == 1

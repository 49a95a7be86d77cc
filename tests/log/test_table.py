"""The table of events: what is written by it is read back by it, and its types are made from it."""

from __future__ import annotations

import random
from typing import Any

import pytest

from ipcviz.log import codec, events, generate, slots, table

ROWS = sorted(table.EVENTS.values(), key=lambda row: row.number)


def some_value(chance: random.Random, kind: str) -> Any:
    """A value as a hook gives it."""
    if kind == table.FLAG:
        return chance.random() < 0.5
    if kind == table.TEXT:
        return chance.choice(["", "a", "你好", "x" * slots.INLINE, "y" * (slots.INLINE + 1), "é" * 120])
    if kind == table.TIMEOUT:
        return chance.choice([slots.NONE, 0, 1, 1_500_000_000])
    if kind == table.NUMBER:
        return chance.choice([0, 1, -1, -9, 1 << 40, slots.LARGEST])
    return chance.choice([0, 1, 1 << 40, slots.LARGEST])


def as_read(kind: str, value: Any) -> Any:
    """The same as a reader gets it."""
    if kind == table.TIMEOUT:
        return None if value == slots.NONE else value / 1e9
    return value


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_what_is_written_is_read_back(row: table.Row) -> None:
    chance = random.Random(row.name)
    for _ in range(50):
        given = {field: some_value(chance, kind) for field, (kind, _) in row.fields.items()}
        record = codec.encode(row, 10**15, thread=70_000, place=9, **given)
        assert len(record) % slots.SIZE == 0
        assert list(codec.records(record * 3)) == [record] * 3
        site = events.Site("prog.py", 3, "main")
        event = codec.decode(5, record, {5 << codec.PLACE_BITS | 9: site})
        assert type(event).__name__ == row.name
        assert event[:4] == (10**15, 5, 70_000, site)
        wanted = [as_read(kind, given[field]) for field, (kind, _) in row.fields.items()]
        assert list(event[4:]) == wanted
        if len(record) == slots.SIZE:
            assert list(codec.decode_all([5], record, {5 << codec.PLACE_BITS | 9: site})) == [event]


def test_the_types_and_the_page_on_the_format_are_made_from_the_table() -> None:
    assert generate.TARGET.read_text(encoding="utf-8") == generate.source()
    assert generate.PAGE.read_text(encoding="utf-8") == generate.page()


def test_a_row_has_room_for_its_fields() -> None:
    for row in ROWS:
        assert len(row.words) <= 3, row.name
        assert len(row.flags) <= 2, row.name
        assert 0 < row.number < slots.NOTHING, row.name
        assert row.doc.endswith((".", "`.")), row.name
    assert len({row.name for row in ROWS}) == len(ROWS)


def test_a_field_too_few_too_many_or_misplaced_is_refused() -> None:
    with pytest.raises(TypeError, match="ItemPut"):
        codec.encode(table.ITEM_PUT, 1, channel=1, ordinal=1)
    with pytest.raises(TypeError, match="ItemPut"):
        codec.encode(table.ITEM_PUT, 1, channel=1, ordinal=1, text="", number=1)
    assert table.ITEM_SENT.order("channel", "number", "ordinal") == table.ITEM_SENT.number
    with pytest.raises(TypeError, match="ItemSent"):
        table.ITEM_SENT.order("channel", "ordinal", "number")


def test_no_word_of_a_record_is_zero() -> None:
    for row in ROWS:
        given: dict[str, Any] = {f: "" if kind == table.TEXT else 0 for f, (kind, _) in row.fields.items()}
        _, _, *words, _, seal = slots.SLOT.unpack(codec.encode(row, 1, **given))
        assert 0 not in words
        assert seal == slots.SEAL


def test_numbers_too_large_and_texts_with_odd_characters() -> None:
    record = codec.encode(table.ITEM_PUT, 1, channel=1, ordinal=1 << 80, text="a\0b")
    fact = codec.decode(1, record, {})
    assert isinstance(fact, events.ItemPut)
    assert (fact.ordinal, fact.text) == (slots.LARGEST, "a?b")
    record = codec.encode(
        table.CALL_WAITING, 1, manager=1, typeid="a\x1fb", ident="i", method="m", arguments=""
    )
    call = codec.decode(1, record, {})
    assert isinstance(call, events.CallWaiting)
    assert (call.typeid, call.ident, call.method) == ("a b", "i", "m")


def test_pick_finds_records_of_a_kind_behind_long_ones() -> None:
    put = codec.encode(table.ITEM_PUT, 1, channel=1, ordinal=1, text="'%s'" % ("a" * 200))
    ended = codec.encode(table.PROCESS_ENDED, 2)
    data = put + ended + put + put + ended
    assert codec.pick(data, frozenset([table.PROCESS_ENDED.number])) == [ended, ended]
    assert codec.pick(data, frozenset([table.ITEM_PUT.number])) == [put, put, put]
    assert codec.pick(data, frozenset([table.JOINED.number])) == []

"""The log: append-only, read by many."""

from __future__ import annotations

import threading

import pytest

from ipcviz.log import codec, events, slots, table
from ipcviz.log.log import Log
from tests.support.records import encode


def test_records_come_back_as_events_in_the_order_they_came() -> None:
    log = Log()
    for ordinal in range(3):
        log.append(1, encode(table.ITEM_PUT, ordinal, obj=9, number=ordinal, text=f"'{ordinal}'"))
    said = list(log.read(1))
    assert [event.text for event in said if isinstance(event, events.ItemPut)] == ["'1'", "'2'"]
    assert log.time(2) == 2


def test_a_site_is_resolved_for_the_process_that_named_it() -> None:
    log = Log()
    log.append(1, encode(table.SITE_NAMED, 1, obj=5, number=42, text="prog.py\x1fmain"))
    log.append(1, encode(table.TASKS_WAITING, 2, obj=9, site=5))
    log.append(2, encode(table.TASKS_WAITING, 3, obj=9, site=5))
    mine, others = list(log.read(1))
    assert mine.site == events.Site("prog.py", 42, "main")
    assert others.site is None


def test_a_reader_wakes_when_something_comes() -> None:
    log = Log()
    woken: list[bool] = []
    reader = threading.Thread(target=lambda: woken.append(log.wait(0, 10)))
    reader.start()
    log.append(1, encode(table.PROCESS_ENDED, 1))
    reader.join(10)
    assert woken == [True]


def test_a_closed_log_keeps_nobody_waiting() -> None:
    log = Log()
    log.close()
    assert log.wait(0, 10)
    assert log.closed


UNKNOWN = slots.SLOT.pack(slots.head_word(250), 1, 1, 1, 1, b"", slots.SEAL)


@pytest.mark.parametrize("record", [b"", b"\x00" * 39, UNKNOWN])
def test_what_is_not_a_record_is_refused(record: bytes) -> None:
    with pytest.raises(codec.UnknownRecord):
        codec.decode(1, record, {})


def test_a_long_text_is_cut_between_characters() -> None:
    fact = codec.decode(1, encode(table.ITEM_PUT, 1, text="é" * 2_000), {})
    assert isinstance(fact, events.ItemPut)
    assert fact.text == "é" * (slots.TEXT_LIMIT // 2)

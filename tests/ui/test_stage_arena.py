"""The picture of locks, shared values and managers: who has it, who waits in which order, what is in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipcviz import words
from ipcviz.log import events, table
from ipcviz.ui.stage.picture import draw
from tests.support import runs
from tests.support.recorded import line_of, log_of, scene_at, text_at, time_of

SIZES = [(120, 24), (80, 17)]
MS = runs.MS


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


def locked(kind: str = "Lock", name: str = "lock", value: int = 1) -> runs.Run:
    run = runs.Run().main()
    run.say(1, table.LOCK_MADE, kind, obj=60, number=value, extra=1).say(0, table.OBJECT_NAMED, name, obj=60)
    for n in range(3):
        run.start(2 + n, f"work-{n + 1}")
    return run


def text_of(run: runs.Run, size: tuple[int, int] = (120, 24)) -> str:
    return draw(scene_at(run.log), *size).text()


@pytest.mark.parametrize("size", SIZES)
def test_with_the_lock_one_reads_and_writes_while_the_others_wait_in_order(size: tuple[int, int]) -> None:
    log = log_of("manager-lock")
    text = text_at("manager-lock", time_of(log, events.CallReturned, 4) + 20 * MS, size)
    holder = line_of(text, "▶ has lock")
    assert "getitem('n') ─▶ 12" in holder
    assert "held by work-3" in line_of(text, "┃ lock ")
    assert "{'n': 12}" in text
    assert "setitem('n', 11) ─▶ ✔" in line_of(text, "work-1 ")
    order = text[text.index("waiting, in this order:") :]
    assert order.index("work-4") < order.index("work-5") < order.index("work-6")


@pytest.mark.parametrize("size", SIZES)
def test_without_the_lock_everyone_has_read_the_same_number(size: tuple[int, int]) -> None:
    log = log_of("manager-unlocked")
    text = text_at("manager-unlocked", time_of(log, events.BarrierWaiting, -1), size)
    assert text.count("getitem('n') ─▶ 10") == 10
    assert "10 of 10 are there" in text or "10 of 10" in text
    end = text_at("manager-unlocked", time_of(log, events.CallReturned, -2), size)
    assert end.count("setitem('n', 11)") >= 9
    assert "{'n': 11}" in end


def test_every_call_is_a_round_trip_with_its_answer() -> None:
    log = log_of("manager-lock")
    sent = time_of(log, events.CallWaiting)
    assert "getitem('n') ──▶" in line_of(text_at("manager-lock", sent), "work-1 ")
    assert "being served: work-1" in text_at("manager-lock", sent)
    answered = time_of(log, events.CallReturned)
    assert "getitem('n') ─▶ 10" in line_of(text_at("manager-lock", answered), "work-1 ")


def test_the_server_is_drawn_as_the_manager_and_main_on_top() -> None:
    lines = text_at("manager-lock", time_of(log_of("manager-lock"), events.CallReturned, 4)).splitlines()
    assert lines[0].startswith(" main ◷ waits for work-")
    assert sum("SyncManager-1" in line for line in lines) == 1


def test_a_free_lock_says_so_and_a_held_one_who_has_it_and_since_when() -> None:
    run = locked().say(2, table.LOCK_ACQUIRED, obj=60)
    run.after(1200).say(3, table.LOCK_WAITING, obj=60, extra=-1)
    text = text_of(run)
    assert "held by work-1 1.2 s" in text
    assert "▶ has lock" in line_of(text, "work-1 ")
    assert "waits for lock, held by work-1" in line_of(text, "work-2 ")
    run.say(2, table.LOCK_RELEASED, obj=60)
    assert "free" in line_of(text_of(run), "┃ lock")


def test_a_semaphore_counts_what_is_free() -> None:
    run = locked("Semaphore", "seats", 2).say(2, table.LOCK_ACQUIRED, obj=60)
    assert "held by work-1" in text_of(run)
    run.say(2, table.LOCK_RELEASED, obj=60)
    assert "2 free" in text_of(run)


def test_a_dead_holder_is_shown_as_bad() -> None:
    run = locked().say(2, table.LOCK_ACQUIRED, obj=60).say(3, table.LOCK_WAITING, obj=60, extra=-1)
    run.say(1, table.PROCESS_EXITED, obj=2, extra=-9)
    canvas = draw(scene_at(run.log), 120, 24)
    rows = canvas.text().splitlines()
    row = next(y for y, line in enumerate(rows) if "held by work-1" in line)
    assert "bad#" in canvas.row(row)[1]


def test_an_event_a_barrier_and_a_value_say_what_they_are() -> None:
    run = locked("Event", "go").say(2, table.EVENT_WAITING, obj=60, extra=-1)
    assert "not set" in text_of(run)
    assert "waits until go is set" in text_of(run)
    run.say(1, table.EVENT_SET, obj=60)
    assert "SET" in text_of(run)
    run = locked("Barrier", "meeting", 3).say(2, table.BARRIER_WAITING, obj=60, extra=-1)
    assert "1 of 3 are there" in text_of(run)
    run = (
        locked("Value", "count").say(2, table.VALUE_READ, "10", obj=60).say(3, table.VALUE_READ, "10", obj=60)
    )
    text = text_of(run)
    assert "read, not written back:" in text
    assert "work-1: 10, work-2: 10" in text
    run.say(2, table.VALUE_WRITTEN, "11", obj=60)
    assert "┃   work-2: 10" in text_of(run)


def test_a_crowd_is_counted_where_there_is_no_room() -> None:
    run = runs.Run().main().say(1, table.LOCK_MADE, "Lock", obj=60, number=1, extra=1)
    for n in range(60):
        run.start(2 + n, f"work-{n + 1}").say(
            2 + n, table.LOCK_ACQUIRED if n == 0 else table.LOCK_WAITING, obj=60
        )
    text = text_of(run, (80, 17))
    assert "59 ×" in text
    assert "▶ has L1" in line_of(text, "work-1 ")
    assert "+" in text[text.index("in this order") :]

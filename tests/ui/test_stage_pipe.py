"""A Pipe's picture: who holds which end open, what is on its way, and why there is an EOF or none."""

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


def piped(*, duplex: bool = True) -> runs.Run:
    run = runs.Run().main()
    run.say(1, table.CHANNEL_MADE, "Pipe\x1f", obj=70, extra=71 if duplex else 0)
    run.say(0, table.OBJECT_NAMED, "near, far" if duplex else "reader, writer", obj=70)
    return run.start(2, "child")


@pytest.mark.parametrize("size", SIZES)
def test_each_end_names_the_processes_that_hold_it_open(size: tuple[int, int]) -> None:
    seen = time_of(log_of("pipe-eof"), events.HoldersSeen, 1)
    text = text_at("pipe-eof", seen, size)
    count = line_of(text, "open in")
    assert count.index("open in 2 processes") < count.index("open in one process")
    assert "no EOF at child_end as long as parent_end is open in main, child" in text
    assert text.count("main") >= 2, "main once held both ends"


@pytest.mark.parametrize("size", SIZES)
def test_a_closed_copy_is_not_the_end_but_the_last_one_is(size: tuple[int, int]) -> None:
    log = log_of("pipe-eof")
    one_left = text_at("pipe-eof", time_of(log, events.HoldersSeen, 2), size)
    assert "child – closed its copy" in one_left or "child – closed its" in one_left
    assert "no EOF at child_end as long as parent_end is open in main" in one_left
    nobody = text_at("pipe-eof", time_of(log, events.HoldersSeen, 3), size)
    assert "closed everywhere" in nobody
    assert "EOF at child_end after 5 more messages" in nobody
    told = text_at("pipe-eof", time_of(log, events.GetFailed), size)
    assert "EOF: child has read everything, and parent_end is closed everywhere" in told


def test_messages_on_the_way_stand_in_order_the_next_nearest_to_its_reader() -> None:
    run = piped()
    for number, item in enumerate("abc", start=1):
        run.say(1, table.ITEM_SENT, repr(item), obj=70, number=number, extra=-1)
    line = line_of(draw(scene_at(run.log), 120, 24).text(), "'a'")
    assert line.index("'c'") < line.index("'b'") < line.index("'a'") < line.index("▶│")


def test_what_the_second_end_sends_goes_the_other_way() -> None:
    run = piped().say(2, table.ITEM_SENT, "'x'", obj=71, number=1, extra=-1)
    line = line_of(draw(scene_at(run.log), 120, 24).text(), "'x'")
    assert line.index("◀") < line.index("'x'") < len(line) // 2


def test_a_one_way_pipe_has_its_writer_on_the_left() -> None:
    run = piped(duplex=False).say(2, table.ITEM_SENT, "'x'", obj=70, number=1, extra=-1)
    text = draw(scene_at(run.log), 120, 24).text()
    heads = line_of(text, "writer", "reader")
    assert heads.index("writer") < heads.index("sends") < heads.index("reader") < heads.index("receives")
    assert "▶" in line_of(text, "'x'")


def test_a_reader_is_said_to_wait_in_recv_or_in_poll() -> None:
    run = piped().say(2, table.DATA_WAITING, obj=71, extra=-1)
    assert "◷ waits in recv()" in draw(scene_at(run.log), 120, 24).text()
    run.say(2, table.DATA_WAITING, obj=71, extra=2_000 * MS)
    assert "◷ waits in poll()" in draw(scene_at(run.log), 120, 24).text()


def test_a_message_is_seen_on_its_way_and_comes_to_rest() -> None:
    run = piped().say(1, table.ITEM_SENT, "'a'", obj=70, number=1, extra=-1)
    sent, places = run.now, []
    for after in (50, 150, 250, 350, 600):
        scene = scene_at(run.log, sent + after * MS, motion=True)
        text = draw(scene, 120, 24).text()
        assert text.count("'a'") == 1
        places.append(line_of(text, "'a'").index("'a'"))
        assert scene.moving == (after < 400)
    assert places == sorted(set(places))


def test_many_messages_are_counted() -> None:
    run = piped()
    for number in range(1, 101):
        run.say(1, table.ITEM_SENT, str(number), obj=70, number=number, extra=-1)
    for width in (80, 120):
        assert "+" in line_of(draw(scene_at(run.log), width, 24).text(), " 1 ")


def test_an_ended_process_holds_nothing() -> None:
    run = (
        piped()
        .say(0, table.HOLDERS_SEEN, "1,2", obj=70, number=2)
        .say(0, table.HOLDERS_SEEN, "2", obj=71, number=2)
    )
    run.say(1, table.ITEM_SENT, "'a'", obj=70, number=1, extra=-1).say(2, table.ITEM_TAKEN, obj=71, number=1)
    assert "open in 2 processes" in draw(scene_at(run.log), 120, 24).text()
    text = draw(scene_at(run.end(2).log), 120, 24).text()
    assert "open in one process" in text
    assert "child – ended" in text


def test_the_exceptions_of_the_pipe_api_stand_below_it() -> None:
    log = log_of("pipe-api")
    short = text_at("pipe-api", time_of(log, events.GetFailed))
    assert "✘ child: recv() raised BufferTooShort" in short
    assert "? child asked poll(): True" in short
    broken = text_at("pipe-api", time_of(log, events.PutFailed))
    assert "raised BrokenPipeError" in broken
    assert "closed its copy" in line_of(broken, "main", "–")

"""The picture of recorded moments, read as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from ipcviz import words
from ipcviz.log import table
from ipcviz.log.log import Log
from ipcviz.ui.canvas import Canvas, middle_clip
from ipcviz.ui.stage.items import along
from ipcviz.ui.stage.picture import banner, draw
from ipcviz.ui.stage.scene import Scene
from ipcviz.world import World
from tests.support import runs

SIZES = [(120, 24), (80, 17), (200, 36)]


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


def scene_of(log: Log, seconds: float | None = None, *, motion: bool = False) -> Scene:
    clock = log.time(len(log) - 1) if seconds is None else runs.START + int(seconds * 1e9)
    world = World()
    for event in log.read():
        if event.time <= clock:
            world.apply(event)
    return Scene(world, clock, lambda time: (clock - time) / 1e9, motion)


def picture(
    log: Log, seconds: float | None = None, size: tuple[int, int] = (120, 24), *, motion: bool = False
) -> str:
    return draw(scene_of(log, seconds, motion=motion), *size).text()


def line_of(text: str, who: str) -> str:
    return next(line for line in text.splitlines() if who in line)


@pytest.mark.parametrize("size", SIZES)
def test_a_full_queue_says_so_and_its_putters_wait_in_front(size: tuple[int, int]) -> None:
    text = picture(runs.queue_bounded("full"), size=size)
    assert "3/3" in line_of(text, "FULL")
    assert "✔ done" in line_of(text, "putter-3")
    for number, item in enumerate("defghij", start=4):
        line = line_of(text, f"putter-{number} ")
        assert f"◷ waits in put('{item}')" in line or f"◷ put('{item}')" in line
    slots = line_of(text, "'a'")
    assert slots.index("'c'") < slots.index("'b'") < slots.index("'a'"), "the next to leave is at the right"


def test_waits_are_counted_in_seconds_of_the_clock() -> None:
    line = line_of(picture(runs.queue_bounded("full"), 2.3), "putter-4")
    assert "1.0 s" in line


def test_an_empty_queue_says_so() -> None:
    assert "0/3" in line_of(picture(runs.queue_bounded()), "EMPTY")


def test_the_getter_at_the_pipe_is_told_from_those_who_wait_for_their_turn() -> None:
    text = picture(runs.prod_cons_none(crash=True))
    assert "waits for data" in line_of(text, "zyk")
    assert "waits for its turn" in line_of(text, "kyz")
    assert "─▶ zyk" in line_of(text, "zyk")
    assert "▶ kyz" not in line_of(text, "kyz")


@pytest.mark.parametrize("size", SIZES)
def test_crashed_processes_stand_there_with_their_exception(size: tuple[int, int]) -> None:
    text = picture(runs.prod_cons_none(crash=True), size=size)
    assert "✘ NameError" in text
    for name in ("zyk", "kyz"):
        assert name in text
    assert all(f"{name} ✘" in text for name in "ABC") or "3 × ✘" in text


def test_an_item_in_its_producers_buffer_is_told_from_one_in_the_pipe() -> None:
    run = runs.Run().main().queue(7, "Queue", 3, "q").start(2, "putter")
    run.say(2, table.ITEM_PUT, "'a'", obj=7, number=0).say(2, table.ITEM_SENT, obj=7, number=1, thread=1)
    run.say(2, table.ITEM_PUT, "'b'", obj=7, number=1)
    scene = scene_of(run.log)
    text = draw(scene, 120, 24).text()
    assert "('b')" in text
    assert "('a')" not in text
    assert "buffer of putter: ('b')" in text


def test_a_joinable_queue_shows_what_is_unfinished_and_who_said_task_done() -> None:
    text = picture(runs.joinable_queue(), 0.5)
    assert "unfinished" in text
    assert "◀ task_done from consumer" in text
    late = picture(runs.joinable_queue(), 1.95)
    assert "waits in join()" in line_of(late, "producer ◷")
    assert "waits for producer (join)" in line_of(late, "main")


def test_an_item_is_seen_on_its_way_and_then_in_its_slot() -> None:
    log = runs.Run().main().queue(7, "Queue", 3, "q").start(2, "putter").log
    run = runs.Run()
    run.log, run.now = log, log.time(len(log) - 1)
    run.say(2, table.ITEM_PUT, "'a'", obj=7).say(2, table.ITEM_SENT, obj=7, number=1, thread=1)
    put = (run.now - runs.START) / 1e9
    places = []
    for after in (0.05, 0.15, 0.25, 0.35, 0.6):
        scene = scene_of(log, put + after, motion=True)
        text = draw(scene, 120, 24).text()
        assert text.count("'a'") == 1, "an item is in one place"
        places.append(line_of(text, "'a'").index("'a'"))
        assert scene.moving == (after < 0.4)
    assert places == sorted(places)
    assert len(set(places)) == len(places)


def test_an_item_taken_is_seen_on_its_way_to_its_getter() -> None:
    run = runs.Run().main().queue(7, "Queue", 3, "q").start(2, "putter").start(3, "getter")
    run.say(2, table.ITEM_PUT, "'a'", obj=7).say(2, table.ITEM_SENT, obj=7, number=1, thread=1)
    run.after(1000).say(3, table.ITEM_TAKEN, obj=7, number=1)
    taken = (run.now - runs.START) / 1e9
    moving = picture(run.log, taken + 0.1, motion=True)
    assert "getter ▶ takes 'a'" in moving
    assert moving.count("'a'") == 2
    assert "getter ▶ has 'a'" in picture(run.log, taken + 0.5, motion=True)


def test_nothing_moves_when_motion_is_off() -> None:
    log = runs.joinable_queue()
    for tenth in range(1, 20):
        scene = scene_of(log, tenth / 10)
        draw(scene, 120, 24)
        assert not [item for item in scene.world.channels[11].items() if scene.coming(item) is not None]


def test_ten_processes_and_a_queue_of_ten_fit_the_smallest_screen() -> None:
    run = runs.Run().main().queue(7, "Queue", 10, "q")
    for who in range(2, 12):
        run.start(who, f"producer-{who - 1}")
        run.say(who, table.ITEM_PUT, f"'i{who}'", obj=7).say(
            who, table.ITEM_SENT, obj=7, number=who - 1, thread=1
        )
    canvas = draw(scene_of(run.log), 80, 17)
    text = canvas.text()
    assert canvas.height == 17
    assert all(middle_clip(f"producer-{n}", 9) in text for n in range(1, 11))
    assert all(f"i{who}" in text for who in range(2, 12))
    assert "10/10" in text


@pytest.mark.parametrize("size", SIZES)
def test_a_hundred_processes_are_counted_and_the_odd_ones_kept(size: tuple[int, int]) -> None:
    text = picture(runs.crowd(), size=size)
    assert "9 ×" in line_of(text, "✔ done")
    assert "☠ killed" in line_of(text, "worker-4")
    assert "40 ×" in text
    assert "29 ×" in text or "worker-80 ◷ waits for its turn" in text
    assert "has 0" in line_of(text, "worker-51")


def test_a_queue_without_a_bound_shows_the_next_items_and_how_many_more() -> None:
    run = runs.Run().main().queue(7, "Queue", 0, "q").start(2, "putter")
    for number in range(500):
        run.say(2, table.ITEM_PUT, str(number), obj=7, number=number)
        run.say(2, table.ITEM_SENT, obj=7, number=number + 1, extra=number, thread=1)
    text = picture(run.log)
    assert "+497" in text
    assert "500" in line_of(text, "q  Queue")


def test_a_process_that_gives_and_takes_stands_on_both_sides() -> None:
    run = runs.Run().main().queue(7, "Queue", 3, "q").queue(8, "Queue", 3, "results").start(2, "relay")
    run.say(1, table.ITEM_PUT, "'a'", obj=7).say(1, table.ITEM_SENT, obj=7, number=1, thread=1)
    run.say(2, table.ITEM_TAKEN, obj=7, number=1)
    run.say(2, table.ITEM_PUT, "'b'", obj=8).say(2, table.ITEM_SENT, obj=8, number=1, thread=1)
    text = picture(run.log, size=(120, 26))
    assert text.count("relay") == 2
    assert text.index("q ") < text.index("results")


def test_a_librarys_own_queue_is_not_drawn() -> None:
    run = runs.Run().main()
    run.say(1, table.CHANNEL_MADE, "SimpleQueue\x1fPool 1", obj=5)
    assert "SimpleQueue" not in picture(run.log)


def test_the_outcome_stands_below() -> None:
    run = runs.Run().main().start(2, "A").end(2, 1, "NameError: no i")
    log = run.finish(1, "failed")
    canvas = Canvas(120, 2)
    banner(canvas, scene_of(log))
    assert "✘ failed: A ended with exit code 1: NameError: no i" in canvas.text()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [*SIZES, (81, 17), (99, 19), (100, 20), (133, 40)])
@pytest.mark.parametrize(
    "log", [runs.queue_bounded(), runs.prod_cons_none(), runs.joinable_queue(), runs.crowd()], ids="bpjc"
)
def test_every_row_is_exactly_as_wide_as_the_screen_at_every_moment(
    log: Log, size: tuple[int, int], language: str
) -> None:
    words.use(language)
    end = (log.time(len(log) - 1) - runs.START) / 1e9
    for part in range(0, 101, 4):
        canvas: Canvas = draw(scene_of(log, end * part / 100, motion=True), *size)
        for y in range(canvas.height):
            chars, styles = canvas.row(y)
            assert len(chars) == len(styles) == size[0]
            assert cell_len("".join(chars)) == size[0]


def test_a_path_is_walked_from_end_to_end() -> None:
    path = [(0, 0), (10, 0), (10, 5)]
    assert along(path, 0.0) == (0, 0)
    assert along(path, 0.5) == (10, 0)
    assert along(path, 1.0) == (10, 5)

"""Every kind of object on one stage: nothing is cut, nothing stands twice, what does not fit scrolls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.cells import cell_len

from ipcviz import words
from ipcviz.log import events, table
from ipcviz.ui.canvas import ASCII
from ipcviz.ui.stage.picture import banner, draw
from tests.support import runs
from tests.support.recorded import LESSONS, line_of, log_of, scene_at, text_at, time_of


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("size", [(120, 24), (80, 17), (80, 13), (69, 25), (200, 40)])
@pytest.mark.parametrize("lesson", LESSONS)
def test_every_row_is_exactly_as_wide_as_the_screen_at_every_moment(
    lesson: str, size: tuple[int, int], language: str
) -> None:
    words.use(language)
    log = log_of(lesson)
    first, last = log.time(0), log.time(len(log) - 1)
    for part in range(0, 101, 5):
        scene = scene_at(log, first + (last - first) * part // 100, motion=True, inside=part % 2 == 1)
        canvas = draw(scene, *size)
        for y in range(canvas.height):
            chars, styles = canvas.row(y)
            assert len(chars) == len(styles) == size[0]
            assert cell_len("".join(chars)) == size[0]


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_sign_has_an_ascii_one(lesson: str) -> None:
    log = log_of(lesson)
    first, last = log.time(0), log.time(len(log) - 1)
    for part in range(0, 101, 10):
        text = draw(scene_at(log, first + (last - first) * part // 100), 120, 24).text().translate(ASCII)
        assert {char for char in text if char > "~"} == set()


def mixed() -> runs.Run:
    """A queue, a pipe, a pool, a lock and a manager, all in use."""
    run = (
        runs.Run()
        .main()
        .queue(7, "Queue", 3, "tasks")
        .start(2, "putter")
        .start(3, "piper")
        .start(4, "locker")
    )
    run.say(2, table.ITEM_PUT, "'a'", obj=7).say(2, table.ITEM_SENT, obj=7, number=1, thread=1)
    run.say(1, table.CHANNEL_MADE, "Pipe\x1f", obj=70, extra=71).say(
        0, table.OBJECT_NAMED, "near, far", obj=70
    )
    run.say(3, table.ITEM_SENT, "'m'", obj=70, number=1, extra=-1)
    run.say(1, table.LOCK_MADE, "Lock", obj=60, number=1, extra=1).say(4, table.LOCK_ACQUIRED, obj=60)
    run.start(5, "SyncManager-1").say(1, table.MANAGER_STARTED, "SyncManager", obj=80, number=5)
    run.say(4, table.CALL_WAITING, "dict\x1fx\x1f__getitem__\x1f'n'", obj=80)
    run.say(1, table.POOL_MADE, "Pool\x1ffork", obj=50, number=1).start(6, "ForkPoolWorker-1")
    run.say(1, table.WORKER_STARTED, obj=50, number=6)
    return run.say(1, table.TASK_SUBMITTED, "apply_async\x1fwork(1)", obj=50, number=1, extra=1)


@pytest.mark.parametrize("size", [(120, 24), (80, 17)])
def test_all_kinds_stand_below_each_other_and_nobody_stands_twice(size: tuple[int, int]) -> None:
    canvas = draw(scene_at(mixed().log), *size)
    text = canvas.text()
    assert canvas.height > size[1], "it scrolls"
    places = [text.index(word) for word in ("tasks", "near", "busy workers", "getitem")]
    assert places == sorted(places)
    for name in ("putter", "piper", "SyncManager-1"):
        assert text.count(name) == 1
    assert "Worker-1" in text
    assert "main" in text


def test_a_pipe_is_not_drawn_as_a_queue() -> None:
    text = draw(scene_at(mixed().log), 120, 24).text()
    assert "EMPTY" not in text
    assert "Pipe, both ways" in text


@pytest.mark.parametrize("size", [(120, 24), (80, 17)])
def test_an_answer_of_a_queue_stands_beside_the_truth(size: tuple[int, int]) -> None:
    log = log_of("queue-api")
    text = text_at("queue-api", time_of(log, events.ChannelAsked), size)
    assert "main asked empty(): True  truth then: 1 in buffers, 0 in the pipe" in text
    later = text_at("queue-api", time_of(log, events.ChannelAsked, 1), size)
    assert "main asked empty(): False  truth then: 0 in buffers, 1 in the pipe" in later
    full = text_at("queue-api", time_of(log, events.PutFailed), size)
    assert "✘ main: put('c') raised Full" in full


def test_task_done_too_often_stays_to_be_read() -> None:
    run = runs.Run().main().queue(11, "JoinableQueue", 0, "jq").say(1, table.TASK_DONE_REFUSED, obj=11)
    assert "✘ main: task_done() raised ValueError" in draw(scene_at(run.log), 120, 24).text()


def test_the_last_row_says_that_nobody_can_go_on_for_as_long_as_it_is_so() -> None:
    run = runs.Run().main().queue(7, "Queue", 3, "q").say(1, table.DATA_WAITING, obj=7, extra=-1)
    run.say(0, table.STUCK_SEEN, "said in English\x1f1", extra=1)
    scene = scene_at(run.log)
    canvas = draw(scene, 120, 24)
    banner(canvas, scene)
    assert "nobody can go on: main waits in get(): q is empty" in line_of(canvas.text(), "✘")
    run.say(1, table.ITEM_PUT, "'a'", obj=7)
    scene = scene_at(run.log)
    canvas = draw(scene, 120, 24)
    banner(canvas, scene)
    assert "nobody can go on" not in canvas.text()

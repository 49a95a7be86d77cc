"""A pool's picture: a lane per worker, what waits, where callbacks run, and times to compare."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from ipcviz import words
from ipcviz.log import events, table
from ipcviz.ui.stage.lanes import lanes
from ipcviz.ui.stage.picture import draw
from tests.support import runs
from tests.support.recorded import canvas_at, line_of, log_of, scene_at, text_at, time_of

SIZES = [(120, 24), (80, 17)]
MS = runs.MS


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


def pooled(workers: int = 3, kind: str = "Pool") -> runs.Run:
    run = runs.Run().main()
    run.say(1, table.POOL_MADE, f"{kind}\x1ffork", obj=50, number=workers).say(
        0, table.OBJECT_NAMED, "pool", obj=50
    )
    for n in range(workers):
        run.start(2 + n, f"ForkPoolWorker-{n + 1}").say(1, table.WORKER_STARTED, obj=50, number=2 + n)
    return run


def submit(run: runs.Run, job: int, method: str = "apply_async", tasks: int = 1) -> runs.Run:
    return run.say(1, table.TASK_SUBMITTED, f"{method}\x1fwork({job})", obj=50, number=job, extra=tasks)


def begin(run: runs.Run, who: int, job: int, part: int = 0) -> runs.Run:
    return run.say(who, table.TASK_BEGAN, f"work({job})", obj=50, number=job, extra=part)


def finish(run: runs.Run, who: int, job: int, part: int = 0, *, fine: bool = True) -> runs.Run:
    extra = part << 1 | fine
    run.say(who, table.TASK_ENDED, "7" if fine else "ValueError: no", obj=50, number=job, extra=extra)
    return run.say(1, table.RESULT_ARRIVED, obj=50, number=job, extra=extra, thread=1)


def lane(text: str, worker: int) -> str:
    return line_of(text, f"Worker-{worker} ")


@pytest.mark.parametrize("size", SIZES)
def test_apply_keeps_one_worker_busy_and_apply_async_all(size: tuple[int, int]) -> None:
    log = log_of("pool-sync-async")
    alone = text_at("pool-sync-async", time_of(log, events.TaskBegan, 2) + 200 * MS, size)
    assert "busy workers: 1 of 3" in alone
    assert alone.count("○ idle") == 2
    assert "main ◷ waits for the result of t2" in alone
    together = text_at("pool-sync-async", time_of(log, events.TaskBegan, 7) + 200 * MS, size)
    assert "busy workers: 3 of 3" in together
    assert "waiting: 2 (t8) (t9)" in together
    assert "○ idle" not in together


@pytest.mark.parametrize("size", SIZES)
def test_the_two_times_stand_side_by_side_as_bars(size: tuple[int, int]) -> None:
    canvas = canvas_at("pool-sync-async", size=size)
    text = canvas.text()
    slow, quick = line_of(text, "apply ", "tasks"), line_of(text, "apply_async", "tasks")
    seconds = [float(re.findall(r"([\d.]+) s", line)[0]) for line in (slow, quick)]
    lengths = []
    for line, colour in ((slow, "item0#"), (quick, "item1#")):
        _chars, styles = canvas.row(text.splitlines().index(line))
        lengths.append(styles.count(colour))
    assert lengths[0] / lengths[1] == pytest.approx(seconds[0] / seconds[1], rel=0.15)
    assert 2 < seconds[0] / seconds[1] < 3


def test_the_second_bar_grows_while_its_tasks_are_under_way() -> None:
    log = log_of("pool-sync-async")
    began = time_of(log, events.TaskBegan, 5)
    lengths = []
    for after in (100, 300):
        line = line_of(text_at("pool-sync-async", began + after * MS), "apply_async", "tasks")
        lengths.append(float(re.findall(r"([\d.]+) s", line)[0]))
    assert lengths[0] < lengths[1] < 0.5


@pytest.mark.parametrize("size", SIZES)
def test_callbacks_have_a_lane_in_the_parent_with_the_name_of_their_thread(size: tuple[int, int]) -> None:
    log = log_of("pool-callback")
    text = text_at("pool-callback", time_of(log, events.CallbackBegan, 1) + 50 * MS, size)
    assert "callbacks run in main, in its thread Thread-" in text
    assert "(_handle_results): 2 so far" in text
    assert "▶ store(t" in line_of(text, "main", "store")
    assert "closed" in line_of(text, "pool", "busy")
    between = text_at("pool-callback", size=size)
    assert "no callback" in between
    assert "5 so far" in between


@pytest.mark.parametrize("size", SIZES)
def test_a_process_for_each_task_is_compared_with_the_pool(size: tuple[int, int]) -> None:
    text = text_at("processes-or-pool", size=size)
    assert "24 processes started" in line_of(text, "Process ")
    assert "24 tasks, 3 processes started" in line_of(text, "map")


@pytest.mark.parametrize("size", SIZES)
def test_the_walk_through_the_methods_shows_what_was_raised_and_who_was_replaced(
    size: tuple[int, int],
) -> None:
    text = text_at("pool-api", size=size)
    assert "raised 1" in text
    assert sum("Worker-" in line for line in text.splitlines()) == 3, "who replaces a worker gets its lane"


def test_workers_stand_in_their_lanes_only() -> None:
    text = draw(scene_at(submit(pooled(), 0).log), 120, 24).text()
    assert all(text.count(f"ForkPoolWorker-{n}") == 1 for n in (1, 2, 3))
    assert "main ▶ runs" in text.splitlines()[0]


def test_a_task_that_raises_is_told_from_one_that_is_done() -> None:
    run = submit(pooled(1), 0)
    finish(begin(run, 2, 0).after(200), 2, 0)
    finish(begin(submit(run, 1), 2, 1).after(200), 2, 1, fine=False)
    canvas = draw(scene_at(run.log), 120, 24)
    text = canvas.text()
    assert "done 1" in text
    assert "raised 1" in text
    assert "t1 ✘" in lane(text, 1)


def test_a_task_that_dies_with_its_worker_is_said_to_be_lost_and_the_new_worker_gets_the_lane() -> None:
    run = begin(submit(pooled(2), 0), 2, 0).after(300)
    run.say(1, table.PROCESS_EXITED, obj=2, extra=-9)
    text = draw(scene_at(run.log), 120, 24).text()
    assert "lost with their worker: 1" in text
    assert "☠ killed" in lane(text, 1)
    run.after(10).start(9, "ForkPoolWorker-3").say(1, table.WORKER_STARTED, obj=50, number=9).after(300)
    text = draw(scene_at(run.log), 120, 24).text()
    assert "ForkPoolWorker-1 " not in text
    assert "○ idle" in lane(text, 3)
    assert "☠" in lane(text, 3), "where the old one died"


def test_a_broken_executor_says_so() -> None:
    run = submit(pooled(2, "ProcessPoolExecutor"), 0, "submit").say(1, table.POOL_BROKEN, obj=50)
    text = draw(scene_at(run.log), 120, 24).text()
    assert "ProcessPoolExecutor" in text
    assert "BROKEN" in text
    assert "BROKEN" in draw(scene_at(run.log), 80, 17).text(), "also where the rest of the line is cut"


def test_the_parts_of_a_pool_are_shown_on_request_only() -> None:
    assert "SimpleQueue" not in text_at("pool-api")
    text = text_at("pool-api", inside=True)
    assert "inside of Pool:  tasks  SimpleQueue" in text
    assert "inside of Pool:  results  SimpleQueue" in text


def test_many_tasks_and_workers_fit_and_each_worker_has_its_lane() -> None:
    run = many()
    canvas = draw(scene_at(run.log), 120, 24)
    text = canvas.text()
    assert all(f"ForkPoolWorker-{n} " in text for n in range(1, 9))
    assert "busy workers: 8 of 8" in text


def many() -> runs.Run:
    """Two hundred tasks and eight workers, in the middle of it."""
    run = submit(pooled(8), 0, "map", tasks=200)
    for part in range(150):
        who = 2 + part % 8
        if part >= 8:
            finish(run, who, 0, part - 8)
        begin(run.after(3), who, 0, part)
    return run


def test_the_lanes_of_a_pool_are_as_many_as_work_at_once() -> None:
    run = pooled(1)
    for n in range(5):
        run.say(1, table.PROCESS_EXITED, obj=2 + n).after(1)
        run.start(3 + n, f"ForkPoolWorker-{n + 2}").say(1, table.WORKER_STARTED, obj=50, number=3 + n)
    scene = scene_at(run.log)
    assert [len(one) for one in lanes(scene, scene.world.pools[50])] == [6]

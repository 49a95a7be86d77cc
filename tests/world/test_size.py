"""What happened long ago is counted and not kept: a world does not grow with its log."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from ipcviz.log import table
from ipcviz.log.log import Log
from ipcviz.world import World
from tests.support.records import encode
from tests.support.story import MAIN, QUEUE, A, B, Story

Round = Callable[[int], list[tuple[int, bytes]]]


def queue_items(n: int) -> list[tuple[int, bytes]]:
    return [
        (A, encode(table.ITEM_PUT, n, obj=QUEUE, number=n, text=str(n))),
        (B, encode(table.DATA_WAITING, n, obj=QUEUE, extra=-1)),
        (A, encode(table.ITEM_SENT, n, obj=QUEUE, number=n + 1, extra=n, thread=1)),
        (B, encode(table.ITEM_TAKEN, n, obj=QUEUE, number=n + 1)),
        (B, encode(table.TASK_DONE, n, obj=QUEUE, extra=-1)),
    ]


def items_nobody_was_seen_to_send(n: int) -> list[tuple[int, bytes]]:
    return [(B, encode(table.ITEM_TAKEN, n, obj=QUEUE, number=n + 1))]


def pool_tasks(n: int) -> list[tuple[int, bytes]]:
    return [
        (MAIN, encode(table.TASK_SUBMITTED, n, obj=50, number=n, extra=1, text="apply_async\x1ff(1)")),
        (A, encode(table.TASK_BEGAN, n, obj=50, number=n, text="f(1)")),
        (A, encode(table.TASK_ENDED, n, obj=50, number=n, extra=1, text="2")),
        (MAIN, encode(table.RESULT_ARRIVED, n, obj=50, number=n, extra=1, thread=2)),
        (MAIN, encode(table.CALLBACK_BEGAN, n, obj=50, number=n, text="callback\x1fg", thread=2)),
        (MAIN, encode(table.CALLBACK_ENDED, n, obj=50, number=n, text="callback\x1fg", thread=2)),
    ]


def jobs_of_unknown_length(n: int) -> list[tuple[int, bytes]]:
    return [(MAIN, encode(table.TASK_SUBMITTED, n, obj=50, number=n, text="imap\x1ff(1)"))]


def lock_pairs_and_values(n: int) -> list[tuple[int, bytes]]:
    return [
        (A, encode(table.LOCK_ACQUIRED, n, obj=9)),
        (A, encode(table.VALUE_READ, n, obj=9, text=f"[{n}] {n}")),
        (A, encode(table.VALUE_WRITTEN, n, obj=9, text=f"[{n}] {n}")),
        (A, encode(table.LOCK_RELEASED, n, obj=9)),
    ]


def manager_calls(n: int) -> list[tuple[int, bytes]]:
    return [
        (A, encode(table.CALL_WAITING, n, obj=8, text=f"dict\x1f{n}\x1fget\x1f'x'")),
        (A, encode(table.CALL_RETURNED, n, obj=8, extra=1, text="1")),
    ]


def output(n: int) -> list[tuple[int, bytes]]:
    return [(0, encode(table.OUTPUT_WRITTEN, n, extra=1, text=f"line {n}, which is as long as lines are\n"))]


@pytest.mark.parametrize(
    "round_",
    [
        queue_items, items_nobody_was_seen_to_send, pool_tasks, jobs_of_unknown_length, lock_pairs_and_values,
        manager_calls, output,
    ],
    ids=lambda round_: round_.__name__,
)  # fmt: skip
def test_ten_times_as_much_makes_no_larger_world(round_: Round) -> None:
    story = Story().queue(0, "JoinableQueue").start(A, "a").start(B, "b")
    story.add(MAIN, table.POOL_MADE, obj=50, number=1, text="Pool\x1ffork")
    world = World().apply_all(story.log.read())
    sizes = []
    first = 10**7
    for count in (5_000, 45_000):
        log = Log()
        log.extend([pair for n in range(first, first + count) for pair in round_(n)])
        world.apply_all(log.read())
        sizes.append(len(world.packed()))
        first += count
    assert sizes[1] < sizes[0] * 1.05 + 200


def test_a_map_of_many_tasks_keeps_few_and_counts_all() -> None:
    story = Story().start(A, "a").add(MAIN, table.POOL_MADE, obj=50, number=1, text="Pool\x1ffork")
    story.add(MAIN, table.TASK_SUBMITTED, obj=50, number=1, extra=5_000, text="map\x1ff(1)")
    for part in range(300):
        story.add(A, table.TASK_BEGAN, obj=50, number=1, extra=part, text="f(1)")
        story.add(A, table.TASK_ENDED, obj=50, number=1, extra=part << 1 | 1, text="2")
    pool = story.world.pools[50]
    assert (pool.queued, pool.begun, pool.done) == (4_700, 300, 300)
    assert len(pool.tasks) <= 400


def test_the_end_of_the_output_is_kept_and_all_of_it_counted() -> None:
    story = Story()
    for n in range(200):
        story.add(0, table.OUTPUT_WRITTEN, extra=1, text=f"{n} " + "x" * 1_000)
    written = story.world.output
    assert written.count == 200
    assert [text.split()[0] for _, text in written.since(197)] == ["197", "198", "199"]
    assert written.since(200) == []
    assert sum(len(text) for _, text in written) <= 100_000

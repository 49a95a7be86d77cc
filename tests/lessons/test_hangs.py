"""The lessons that hang do hang, and the verdict says why, within two seconds of the last progress."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from ipcviz import lessons
from ipcviz.log import events
from ipcviz.run.session import Program, Session

DEADLINE = 30.0
WORDS = {
    "join-before-drain": ("child", "the pipe is full"),
    "feeder-pickle": ("main", "queue.join()", "1 of its items"),
    "pool-worker-dies": ("main", "lost when"),
    "killed-holder": ("next", "whose owner holder is dead"),
    "lock-order": ("one waits for right, held by two", "two waits for left, held by one"),
    "fork-with-threads": ("child waits for a lock between threads", "main waits in join() for child"),
    "with-pool-kills": ("main", "workers were terminated"),
}


def _verdict(id: str) -> events.StuckSeen | None:
    """The first verdict on a lesson; it does not end by itself."""
    session = Session.start(Program([str(lessons.find(id).path)]))
    deadline = time.monotonic() + DEADLINE
    cursor = 0
    try:
        while time.monotonic() < deadline and not session.log.closed:
            session.log.wait(cursor, 0.1)
            for event in session.log.read(cursor):
                cursor += 1
                if isinstance(event, events.StuckSeen):
                    return event
        return None
    finally:
        session.end()


@pytest.fixture(scope="module")
def verdicts() -> Iterator[dict[str, Future[events.StuckSeen | None]]]:
    with ThreadPoolExecutor(3) as pool:
        yield {name: pool.submit(_verdict, name) for name in lessons.HANGS}


def test_every_hanging_lesson_is_looked_at() -> None:
    assert set(WORDS) == lessons.HANGS


@pytest.mark.parametrize("id", sorted(WORDS))
def test_a_hanging_lesson_says_why(verdicts: dict[str, Future[events.StuckSeen | None]], id: str) -> None:
    verdict = verdicts[id].result(DEADLINE * 3)
    assert verdict is not None
    for words in WORDS[id]:
        assert words in verdict.why

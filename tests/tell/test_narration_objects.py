"""The story of pipes, pools, managers and locks, from recorded lessons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipcviz import words
from ipcviz.log import table
from ipcviz.world.names import plain_method
from tests.support import runs
from tests.support.recorded import LESSONS, log_of
from tests.tell.test_narration import told


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


def texts_of(lesson: str) -> list[str]:
    return [sentence.text for sentence in told(log_of(lesson))[0]]


def in_order(texts: list[str], story: list[str]) -> bool:
    rest = iter(texts)
    return all(any(text == sentence for text in rest) for sentence in story)


def test_the_end_of_a_pipe_is_told_from_its_copies() -> None:
    assert in_order(texts_of("pipe-eof"), [
        "main makes a Pipe: both ends send and receive",
        "main closes its copy of child_end",
        "main sends 'a' into parent_end",
        "parent_end is open in main, child",
        "child closes its copy of parent_end",
        "child receives 'a' from child_end",
        "parent_end is open in main",
        "main closes its copy of parent_end",
        "parent_end is closed everywhere",
        "child receives 'j' from child_end",
        "child waits in recv() at child_end",
        "child: recv() at child_end raises EOFError, parent_end is closed everywhere",
    ])  # fmt: skip


def test_a_message_is_told_once_when_sent_and_once_when_received() -> None:
    texts = texts_of("pipe-eof")
    for item in "abcdefghij":
        assert sum(f"'{item}'" in text for text in texts) == 2
    assert not any("put" in text or "get(" in text for text in texts)


def test_every_method_of_a_pipe_has_words_of_its_own() -> None:
    texts = texts_of("pipe-api")
    assert "child waits in poll() at there" in texts
    assert "child asks there.poll() and hears True" in texts
    assert "child: recv() at there raises BufferTooShort" in texts
    assert any(text.startswith("main asks here.fileno() and hears ") for text in texts)
    assert any(text.startswith("main: recv() at reader raises OSError") for text in texts)
    assert any(text.startswith("main: send('anyone?') at writer raises BrokenPipeError") for text in texts)


def test_a_simple_queue_tells_its_put_once() -> None:
    run = runs.Run().main().queue(7, "SimpleQueue", 0, "q")
    run.say(1, table.ITEM_SENT, "'a'", obj=7, number=1, extra=-1)
    said = [sentence.text for sentence in told(run.log)[0] if "'a'" in sentence.text]
    assert said == ["main puts 'a' into q"]


def test_an_empty_that_is_wrong_is_told_beside_the_truth() -> None:
    texts = texts_of("queue-api")
    assert "main asks queue.empty() and hears True, though 1 were put and not taken" in texts
    assert "main asks queue.empty() and hears False" in texts
    assert "main asks queue.full() and hears True" in texts


def test_reading_and_writing_back_are_two_calls_under_one_lock() -> None:
    assert in_order(texts_of("manager-lock"), [
        "work-1 has lock",
        "work-1 sends getitem('n') to the dict in the manager",
        "work-1 has the answer: 10",
        "work-2 waits for lock",
        "work-1 sends setitem('n', 11) to the dict in the manager",
        "work-1 lets lock go",
        "work-2 has lock",
        "work-2 sends getitem('n') to the dict in the manager",
        "work-2 has the answer: 11",
    ])  # fmt: skip


def test_a_pool_is_told_by_its_tasks_and_not_by_its_queues() -> None:
    for lesson in ("pool-sync-async", "pool-callback", "pool-api", "processes-or-pool"):
        texts = texts_of(lesson)
        assert not any("SimpleQueue" in text or "read lock" in text or "recv()" in text for text in texts)
    texts = texts_of("pool-sync-async")
    assert in_order(texts, ["main waits for the result of t0", "main waits for the result of t1"])
    assert sum("hands in" in text and "apply_async" in text for text in texts) == 5


def test_a_callback_is_told_with_its_process_and_thread() -> None:
    texts = texts_of("pool-callback")
    assert any(text.startswith("store of t2 runs in main, thread Thread-") or "runs in main, thread" in text
               for text in texts)  # fmt: skip


def test_who_is_stuck_is_told() -> None:
    run = runs.Run().main().say(0, table.STUCK_SEEN, "main waits for ever\x1f1", number=0, extra=1)
    assert told(run.log)[0][-1].text == "nobody can go on: main waits for ever"


@pytest.mark.parametrize("lesson", LESSONS)
def test_every_lesson_can_be_told_in_chinese(lesson: str) -> None:
    english = told(log_of(lesson))[0]
    words.use("zh")
    chinese = told(log_of(lesson))[0]
    assert len(english) == len(chinese)
    same = [one.text for one, other in zip(english, chinese, strict=True) if one.text == other.text]
    assert same == []


def test_what_a_proxy_is_asked_is_said_plainly() -> None:
    assert [plain_method(name) for name in ("__getitem__", "#GETVALUE", "append")] == [
        "getitem", "getvalue", "append",
    ]  # fmt: skip

"""Every lesson runs bare, under every start method, and its output says what it teaches."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from ipcviz import lessons

DEADLINE = 60.0
METHODS = multiprocessing.get_all_start_methods()
# Which start methods a lesson uses is what that one is about; another uses fork on purpose.
OWN_METHOD = ("start-methods",)
RUNS = [
    (lesson.id, method)
    for lesson in lessons.all()
    for method in (("fork",) if lesson.id in OWN_METHOD else METHODS)
    if lesson.id not in lessons.HANGS
]

# The lesson as a learner starts it, but for the default start method.
START = (
    "import multiprocessing, runpy, sys;"
    "multiprocessing.set_start_method(sys.argv.pop(1));"
    "runpy.run_path(sys.argv[1], run_name='__main__')"
)


class Run:
    """One lesson, run to its end or its deadline."""

    def __init__(self, id: str, method: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", START, method, str(lessons.find(id).path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            text=True,
            # Unbuffered, a line would be written in parts, and two processes could mix theirs.
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        )
        try:
            self.output, self.errors = self.process.communicate(timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.output, self.errors = self.process.communicate()

    def lines(self) -> list[str]:
        """What it printed, if it ended well."""
        assert (self.process.returncode, self.errors) == (0, "")
        return self.output.splitlines()


class Runs:
    """All lessons, a few at a time: they mostly sleep, but too many at once would change their timing."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._runs = {run: pool.submit(Run, *run) for run in RUNS}

    def __getitem__(self, run: tuple[str, str]) -> Run:
        return self._runs[run].result(DEADLINE * 2)


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    with ThreadPoolExecutor(4) as pool:
        yield Runs(pool)
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("method", METHODS)
def test_queue_bounded(runs: Runs, method: str) -> None:
    lines = runs["queue-bounded", method].lines()
    middle = lines.index("3 of 10 putters have finished")
    letters = Counter("abcdefghij")
    assert Counter(line.split()[0] for line in lines[:middle]) == Counter(
        ["putter-1", "putter-2", "putter-3"]
    )
    assert Counter(line.split()[-1] for line in lines if " put " in line) == letters
    assert Counter(line.split()[-1] for line in lines if " got " in line) == letters
    assert {line.split()[0] for line in lines if " got " in line} == {f"getter-{n}" for n in range(1, 11)}
    assert lines[-1] == "everybody has finished"


@pytest.mark.parametrize("method", METHODS)
def test_prod_cons_none(runs: Runs, method: str) -> None:
    lines = runs["prod-cons-none", method].lines()
    taken = [line.split() for line in lines if " took " in line]
    assert Counter(item for _, _, item in taken) == Counter(f"{b}{n}" for b in "ABC" for n in range(1, 10))
    assert {name for name, _, _ in taken} == {"zyk", "kyz"}
    assert sum("has put everything" in line for line in lines) == 3
    assert {"zyk got None and leaves", "kyz got None and leaves"} < set(lines)
    assert lines[-1] == "both consumers have left"


@pytest.mark.parametrize("method", METHODS)
def test_joinable_queue(runs: Runs, method: str) -> None:
    lines = runs["joinable-queue", method].lines()
    assert [line for line in lines if line.startswith("zyk")] == [
        f"zyk: finished {item}" for item in "abcdefghijklmnopqrst"
    ]
    assert lines[-3:] == ["zyk: finished t", "producer: join() has returned", "main: the work is done"]


@pytest.mark.parametrize("method", METHODS)
def test_pipe_eof(runs: Runs, method: str) -> None:
    lines = runs["pipe-eof", method].lines()
    assert lines[:10] == [f"child: received {letter}" for letter in "abcdefghij"]
    assert lines[10:] == ["child: EOF, nobody can send any more", "main: the child has ended"]


@pytest.mark.parametrize("method", METHODS)
def test_manager_with_and_without_the_lock(runs: Runs, method: str) -> None:
    assert runs["manager-lock", method].lines() == [
        f"10 and ten times one makes 20 after {list(range(11, 21))}"
    ]
    assert runs["manager-unlocked", method].lines() == ["10 and ten times one makes 11"]


@pytest.mark.parametrize("method", METHODS)
def test_pool_sync_async(runs: Runs, method: str) -> None:
    sync, many = (float(line.split()[-2]) for line in runs["pool-sync-async", method].lines())
    # Five in a row, against two rounds of three workers.
    assert sync >= 2.0
    assert sync > many >= 0.8


@pytest.mark.parametrize("method", METHODS)
def test_pool_callback(runs: Runs, method: str) -> None:
    *pages, last = runs["pool-callback", method].lines()
    parent = last.split()[1].rstrip(":")
    assert sorted(line.split()[1] for line in pages) == [f"/{n}" for n in range(5)]
    assert all(f"stored in {parent}, Thread-" in line and "_handle_results" in line for line in pages)
    assert parent not in {line.split()[3].rstrip(",") for line in pages}


@pytest.mark.parametrize("method", METHODS)
def test_processes_or_pool(runs: Runs, method: str) -> None:
    single, pool = runs["processes-or-pool", method].lines()
    assert single.startswith("24 processes:")
    # Eight rounds of 0.05 s.
    assert float(pool.split()[-2]) >= 0.4


@pytest.mark.parametrize("method", METHODS)
def test_api_lessons_say_what_every_method_says(runs: Runs, method: str) -> None:
    said = "\n".join(runs["queue-api", method].lines())
    for words in (
        "full() is True and qsize() is 2", "put: Full", "get: Empty", "put after close: ValueError",
    ):  # fmt: skip
        assert words in said
    said = "\n".join(runs["joinable-api", method].lines())
    assert "one too many: task_done() called too many times" in said
    assert "join returned, and d was never worked on" in said
    said = "\n".join(runs["pipe-api", method].lines())
    for words in (
        "BufferTooShort: b'too long'", "OSError: bad message length - closed: True", "BrokenPipeError",
    ):  # fmt: skip
        assert words in said
    said = "\n".join(runs["pool-api", method].lines())
    for words in ("too early: ValueError", "too early: TimeoutError", "callback: 9", "error_callback: no 1"):
        assert words in said
    assert said.count("a worker begins: hello") > 3


@pytest.mark.parametrize("method", METHODS)
def test_pitfalls_and_their_partners(runs: Runs, method: str) -> None:
    def last(id: str) -> str:
        return runs[id, method].lines()[-1]

    taken = [line.split()[2] for line in runs["queue-inside", method].lines() if line.startswith("taker")]
    assert taken == ["f", "a", "b", "c", "d", "e"]
    assert last("drain-then-join") == "main: the child has ended"
    assert last("sentinel-early").startswith("never eaten: ")
    assert int(last("sentinel-early").split()[-1]) > 0
    assert runs["executor-worker-dies", method].lines().count("main: BrokenProcessPool") == 2
    assert [line.split()[-1] for line in runs["error-swallowed", method].lines()[-3:]] == [
        "True", "False", "True",
    ]  # fmt: skip
    assert float(last("callback-slow").split()[-2]) >= 1.5
    assert int(last("value-not-atomic").split()[-1]) < 40
    assert last("value-with-lock").endswith(" 40")
    assert last("manager-nested") == "main: ['a', 'c']"
    assert sorted(runs["lock-order-fixed", method].lines()) == ["one had both", "two had both"]
    together, single = (float(line.split()[-2]) for line in runs["chunksize-skew", method].lines())
    assert together >= 2.0 > single


def test_start_methods(runs: Runs) -> None:
    said = {line.split(":")[0]: line.split()[3] for line in runs["start-methods", "fork"].lines()}
    assert said == {method: "42," if method == "fork" else "1," for method in METHODS}

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
from pathlib import Path

import pytest

from ipcviz import lessons

DEADLINE = 60.0
METHODS = multiprocessing.get_all_start_methods()
RUNS = [(lesson.id, method) for lesson in lessons.all() for method in METHODS]

# The lesson as a learner starts it, but for the default start method.
START = (
    "import multiprocessing, runpy, sys;"
    "multiprocessing.set_start_method(sys.argv.pop(1));"
    "runpy.run_path(sys.argv[1], run_name='__main__')"
)


class Run:
    """One lesson on its way; they all run at the same time, since they mostly sleep."""

    def __init__(self, id: str, method: str, folder: Path) -> None:
        self.output = folder / "output"
        self.errors = folder / "errors"
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-W", "error", "-c", START, method, str(lessons.find(id).path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
                # Unbuffered, a line would be written in parts, and two processes could mix theirs.
                env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
            )

    def lines(self) -> list[str]:
        """What it printed, once it has ended well."""
        exitcode = self.process.wait(DEADLINE)
        assert (exitcode, self.errors.read_text()) == (0, "")
        return self.output.read_text().splitlines()

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Run]]:
    started = {run: Run(*run, tmp_path_factory.mktemp("-".join(run))) for run in RUNS}
    try:
        yield started
    finally:
        for run in started.values():
            run.end()


@pytest.mark.parametrize("method", METHODS)
def test_queue_bounded(runs: dict[tuple[str, str], Run], method: str) -> None:
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
def test_prod_cons_none(runs: dict[tuple[str, str], Run], method: str) -> None:
    lines = runs["prod-cons-none", method].lines()
    taken = [line.split() for line in lines if " took " in line]
    assert Counter(item for _, _, item in taken) == Counter(f"{b}{n}" for b in "ABC" for n in range(1, 10))
    assert {name for name, _, _ in taken} == {"zyk", "kyz"}
    assert sum("has put everything" in line for line in lines) == 3
    assert {"zyk got None and leaves", "kyz got None and leaves"} < set(lines)
    assert lines[-1] == "both consumers have left"


@pytest.mark.parametrize("method", METHODS)
def test_joinable_queue(runs: dict[tuple[str, str], Run], method: str) -> None:
    lines = runs["joinable-queue", method].lines()
    assert [line for line in lines if line.startswith("zyk")] == [
        f"zyk: finished {item}" for item in "abcdefghijklmnopqrst"
    ]
    assert lines[-3:] == ["zyk: finished t", "producer: join() has returned", "main: the work is done"]

"""Runs test-suites that nobody here wrote, bare and under `ipcviz record`, and compares test by test.

    python -m tests.compare                          every suite, with this Python
    python -m tests.compare --python python3.13      with another one
    python -m tests.compare --quick                  a short form for every day
    python -m tests.compare test_multiprocessing_fork pebble

A test counts as a new failure only if it passes bare and still fails watched when it is repeated. What
fails bare now and then is named as flaky, and what hangs is left out and named. The exit code is 1 if there
is a new failure.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CPYTHON = (
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
    "test_concurrent_futures",
)
PACKAGES = ("joblib", "pebble")
QUICK_TESTS = ("TestQueue", "TestLock", "TestPoolWorkerErrors", "TestBarrier", "TestConnection")
"""Parts of `_test_multiprocessing` that are quick and use every family of hooks."""
LIMIT = 420.0
"""Seconds that one run of one suite may take: several times what the longest takes."""
LIMIT_ALONE = 60.0
"""Seconds that one test may take that is run again by itself."""
KNOWN = {
    "test_shutdown_deadlock_pickle": "hangs now and then: CPython gh-110337, mended in 3.13.1 by gh-125451",
}
"""Tests that are left out where they hang without us: CPython's own trackers say so."""
HANGS = 3
"""So many tests of a suite may hang: each is left out of the next try."""
REPEATS = 3

_UNITTEST = re.compile(
    r"^(test\w* \([\w.]+\)).*?\.\.\. (?:.*?)(ok|FAIL|ERROR|skipped.*|expected failure)$", re.MULTILINE
)
_BEGUN = re.compile(r"^(test\w* \([\w.]+\))", re.MULTILINE)
_PYTEST = re.compile(r"^(PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS) (\S+::\S+)", re.MULTILINE)


@dataclass
class Run:
    """What became of each test of a suite."""

    tests: dict[str, bool] = field(default_factory=dict)
    """Name to whether it did not fail."""
    seconds: float = 0.0
    exitcode: int | None = None
    """None when it was stopped at the limit."""
    output: str = ""
    hung: list[str] = field(default_factory=list)
    """Tests that were under way at the limit; they count as failed."""

    @property
    def failed(self) -> set[str]:
        """The tests that failed."""
        return {name for name, fine in self.tests.items() if not fine}


class NoSuite(Exception):
    """The interpreter came without it; one sentence with the remedy."""


class Suite:
    """One suite, and how to run it with a given interpreter."""

    def __init__(self, name: str, python: str, folder: Path) -> None:
        self.name = name
        self.python = python
        self.folder = folder
        self.arguments = self._prepare()

    def _prepare(self) -> list[str]:
        if self.name in CPYTHON or self.name == "quick":
            self._choose_runner()
            parts = QUICK_TESTS if self.name == "quick" else ()
            matches = [word for part in parts for word in (self._match, f"*{part}*")]
            if self._match == "-m":
                matches += [word for name in KNOWN for word in ("-i", name)]
            return [*self._runner, *matches, self._module]
        environment = self.folder / "environment"
        if not environment.exists():
            _call([self.python, "-m", "venv", str(environment)])
        self.python = str(environment / "bin" / "python")
        _call([self.python, "-m", "pip", "install", "-q", "pytest", self.name])
        where = ["--pyargs", "joblib.test.test_parallel", "joblib.test.test_memmapping"]
        if self.name == "pebble":
            where = sorted(str(path) for path in self._source().glob("*/test/test_*process*.py"))
        return ["-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider", *where]

    @property
    def _module(self) -> str:
        return self.name if self.name in CPYTHON else CPYTHON[0]

    def _choose_runner(self) -> None:
        """CPython's own, or unittest where this Python came without the module."""
        self._runner, self._match = ["-m", "test", "-v"], "-m"
        if self._finds(f"test.{self._module}"):
            return
        ours = self._module.startswith("test_multiprocessing_")
        if not ours or not self._finds("test._test_multiprocessing"):
            raise NoSuite(f"{self.python} came without {self._module}; give another one by --python.")
        self._runner, self._match = ["-m", "unittest", "-v"], "-k"
        method = self._module.rpartition("_")[2]
        (self.folder / f"{self._module}.py").write_text(
            "import test._test_multiprocessing\n"
            f"test._test_multiprocessing.install_tests_in_module_dict(globals(), {method!r})\n"
        )

    def _finds(self, module: str) -> bool:
        code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
        return not subprocess.run([self.python, "-c", code], stderr=subprocess.DEVNULL).returncode

    def _source(self) -> Path:
        """The package's source with its tests, which an installed one lacks."""
        place = self.folder / self.name
        if not place.exists():
            place.mkdir()
            download = ["download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(place)]
            _call([self.python, "-m", "pip", *download, self.name])
            for archive in place.glob("*.tar.gz"):
                with tarfile.open(archive) as opened:
                    opened.extractall(place)
        return place

    def run_all(self, *, watched: bool) -> Run:
        """Run it as a whole, without the tests that hang."""
        before = list(self.arguments)
        hung: list[str] = []
        while True:
            run = self.run(watched=watched)
            begun = [name for name in _BEGUN.findall(run.output) if name not in run.tests]
            if run.exitcode is not None or not begun or len(hung) == HANGS:
                break
            hung.append(begun[-1])
            print(f"{'watched' if watched else 'bare'}: {begun[-1]} hangs", file=sys.stderr, flush=True)
            self.arguments[-1:-1] = ["-i", _pattern(begun[-1])]
        self.arguments = before
        run.hung = hung
        run.tests.update(dict.fromkeys(hung, False))
        return run

    def run(self, *, watched: bool, only: str | None = None) -> Run:
        """Run it once; `only` names one test."""
        arguments = list(self.arguments)
        if only is not None:
            arguments = self._only(only)
        command = [self.python, *arguments]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        if watched:
            record = ["-m", "ipcviz", "record", "-f", "-o", str(self.folder / "t.trace")]
            command = [sys.executable, *record, "--python", self.python, *arguments]
            # Only for ipcviz itself; the program sees what it would see bare.
            environment["PYTHONPATH"] = str(ROOT)
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            cwd=self.folder, env=environment, start_new_session=True, text=True, errors="replace",
        )  # fmt: skip
        run = Run()
        try:
            run.output, _ = process.communicate(timeout=LIMIT if only is None else LIMIT_ALONE)
            run.exitcode = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            run.output, _ = process.communicate()
        run.seconds = time.monotonic() - began
        run.tests = _read(run.output)
        return run

    def _only(self, name: str) -> list[str]:
        if "::" in name:
            words = [word for word in self.arguments if "/" not in word and not word.startswith("joblib.")]
            return [*(word for word in words if word != "--pyargs"), "--pyargs", name]
        return [*self._runner, self._match, _pattern(name), self._module]


def _pattern(name: str) -> str:
    """What CPython's test runner calls one test, from what it prints of it."""
    test, _, rest = name.partition(" ")
    dotted = rest.strip("()").split(".")
    case = dotted[-2] if dotted[-1] == test else dotted[-1]
    return f"*{case}.{test}"


def _read(output: str) -> dict[str, bool]:
    found = {name: word not in ("FAIL", "ERROR") for name, word in _UNITTEST.findall(output)}
    found.update({name: word not in ("FAILED", "ERROR") for word, name in _PYTEST.findall(output)})
    return found


def _call(command: Sequence[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def compare(suite: Suite) -> tuple[str, list[str], list[str]]:
    """A line of the table, what failed only when watched, and what fails or hangs bare too."""
    bare = suite.run_all(watched=False)
    watched = suite.run_all(watched=True)
    suspects = sorted(watched.failed - bare.failed)
    new: list[str] = []
    flaky: list[str] = []
    for name in suspects:
        again = [suite.run(watched=True, only=name) for _ in range(REPEATS)]
        still = sum(name in run.failed or run.exitcode is None for run in again)
        alone = [suite.run(watched=False, only=name) for _ in range(REPEATS)]
        also_bare = sum(name in run.failed or run.exitcode is None for run in alone)
        (new if still > also_bare else flaky).append(name)
    missing = set(bare.tests) - set(watched.tests)
    if missing and watched.exitcode not in (0, bare.exitcode):
        new.append(f"{len(missing)} tests were not reached, exit code {watched.exitcode}")
        (suite.folder / f"{suite.name}.watched.txt").write_text(watched.output)
    line = (
        f"| {suite.name} | {len(bare.tests)} | {len(bare.failed)} | {len(watched.failed)} | {len(new)} "
        f"| {bare.seconds:.0f} s | {watched.seconds:.0f} s |"
    )
    return line, new, sorted({*flaky, *bare.failed})


def main() -> int:
    """Compare what was asked for and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("suites", nargs="*", help=f"default: {' '.join((*CPYTHON, *PACKAGES))}")
    parser.add_argument("--python", default=sys.executable, help="the interpreter that runs the suites")
    parser.add_argument("--quick", action="store_true", help="some classes of test_multiprocessing_fork")
    wanted = parser.parse_args()
    names = wanted.suites or (["quick"] if wanted.quick else [*CPYTHON, *PACKAGES])
    failures: list[str] = []
    flaky: list[str] = []
    # A job in the background ignores it, and some tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("| suite | tests | fail bare | fail watched | new failures | bare | watched |")
    print("|---|---|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory(prefix="ipcviz-compare.") as folder:
        for name in names:
            print(f"comparing {name} …", file=sys.stderr)
            try:
                line, new, weak = compare(Suite(name, wanted.python, Path(folder)))
            except NoSuite as error:
                print(error, file=sys.stderr)
                return 2
            print(line, flush=True)
            failures += [f"{name}: {what}" for what in new]
            flaky += [f"{name}: {what}" for what in weak]
    for what in flaky:
        print(f"fails bare too: {what}")
    for name, why in KNOWN.items():
        print(f"left out: {name} ({why})")
    for what in failures:
        print(f"NEW FAILURE {what}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

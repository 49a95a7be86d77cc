"""The short form of the comparison: tests that CPython's people wrote, bare and watched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.compare import _read

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.timeout(400)
def test_no_test_of_cpython_fails_only_when_watched() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.compare", "--quick"], cwd=ROOT, capture_output=True, text=True
    )
    if done.returncode == 2 and "came without" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    (row,) = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| quick")]
    assert int(row[2]) >= 50, "so many tests ran"
    assert int(row[5]) == 0, "new failures"


def test_what_the_runners_print_is_read() -> None:
    assert _read(
        "test_get (test.test_multiprocessing_fork.WithProcessesTestQueue.test_get) ... ok\n"
        "test_put (test.test_multiprocessing_fork.WithProcessesTestQueue) ... warning: FAIL\n"
        "test_skipped (a.B.test_skipped) ... skipped 'not here'\n"
        "FAILED (failures=2, skipped=1)\n"
        "PASSED test/test_pool.py::test_one[fork]\nERROR test/test_pool.py::test_two\n"
    ) == {
        "test_get (test.test_multiprocessing_fork.WithProcessesTestQueue.test_get)": True,
        "test_put (test.test_multiprocessing_fork.WithProcessesTestQueue)": False,
        "test_skipped (a.B.test_skipped)": True,
        "test/test_pool.py::test_one[fork]": True,
        "test/test_pool.py::test_two": False,
    }

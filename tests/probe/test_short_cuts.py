"""Everything works without the short-cuts, and they are taken only around code that they know."""

from __future__ import annotations

import multiprocessing.queues
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import events
from ipcviz.probe.fast import known as known_module
from tests.support.watching import DEADLINE, METHODS, PROGRAMS, VERSIONS, interpreter, watch

known: Any = known_module
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = PROGRAMS / "short_cuts.py"


def printed(loaded: bool, visible: bool = False) -> str:
    return f"True\nTrue\n{(loaded, visible)} {(loaded, visible)}\n[0, 2, 4, 6, 8] 38 8\n[0, 2, 4, 6]\n1 2\n"


def figures(seen: Any) -> dict[str, int]:
    """How much of what was told: with or without short-cuts it is the same."""
    kinds = (
        events.ItemPut, events.ItemSent, events.ItemTaken, events.TaskBegan, events.TaskEnded,
        events.ResultArrived, events.CallWaiting, events.CallReturned, events.ContentChanged,
    )  # fmt: skip
    return {kind.__name__: len(seen.all(kind)) for kind in kinds}


@pytest.mark.parametrize("method", METHODS)
def test_switched_off(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_them = watch("short_cuts.py", method)
    monkeypatch.setenv("IPCVIZ_FAST", "0")
    without = watch("short_cuts.py", method)
    assert (without.printed, without.errors, without.world.lost) == (printed(False), "", 0)
    assert figures(without) == figures(with_them)


def test_switched_on_where_all_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCVIZ_FAST", "1")
    assert watch("short_cuts.py", "spawn").printed == printed(True)


@pytest.mark.parametrize("method", METHODS)
def test_the_folder_is_not_there(method: str, tmp_path: Path) -> None:
    copy = tmp_path / "ipcviz"
    shutil.copytree(ROOT / "ipcviz", copy, ignore=shutil.ignore_patterns("__pycache__", "fast"))
    main = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from ipcviz.__main__ import main; main()"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "IPCVIZ"))}
    done = subprocess.run(
        [sys.executable, "-c", main, "record", "-o", str(tmp_path / "t.trace"), str(PROGRAM), method],
        capture_output=True, text=True, timeout=DEADLINE, env=environment,
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == (printed(False), "", 0)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_knows_its_library(version: str) -> None:
    """A release that is not in the table has no short-cuts: say so here, and make the table anew."""
    code = (
        "from ipcviz.probe.fast.known import FUNCTIONS, is_known\n"
        "for module in FUNCTIONS: __import__(module)\n"
        "print([n for m in FUNCTIONS for f in FUNCTIONS[m] if not is_known(n := f'{m}:{f}')])"
    )
    for level in ([], ["-O"], ["-OO"]):
        done = subprocess.run(
            [interpreter(version), *level, "-c", code], capture_output=True, text=True, timeout=DEADLINE,
            cwd=ROOT, check=True,
        )  # fmt: skip
        assert done.stdout == "[]\n"


def test_other_code_of_the_same_names_is_not_known() -> None:
    put = multiprocessing.queues.Queue.put
    digest = known.digest_of(put)
    names: dict[str, Any] = dict(put.__globals__)
    source = (
        "def put(self, obj, block=True, timeout=None):\n"
        "    if self._closed:\n        raise ValueError(f'Queue {self!r} is closed')\n"
        "    if not self._sem.acquire(block, timeout):\n        raise Full\n"
        "    with self._notempty:\n        if self._thread is None:\n            self._start_thread()\n"
        "        self._buffer.append(obj)\n        self._notempty.notify()\n{more}"
    )
    exec(source.replace("{more}", ""), names)
    same = known.digest_of(names["put"])
    exec(source.replace("{more}", "        self._notempty.notify()\n"), names)
    assert names["put"].__code__.co_names == put.__code__.co_names
    assert known.digest_of(names["put"]) not in (same, digest)
    assert known.digest_of(len) == ""


@pytest.mark.parametrize("order", ["queue", "lock"])
@pytest.mark.parametrize("version", VERSIONS)
def test_all_of_them_are_taken(version: str, order: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCVIZ_FAST", "1")
    assert watch("shortened.py", order, python=interpreter(version)).printed == "4 9 1\n"

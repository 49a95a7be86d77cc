"""Values without a lock, of real programs: each is told once, at its line, and only where it is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ipcviz.log import events as e
from ipcviz.world.raw_value import RAW_VALUE
from tests.support.watching import METHODS, PROGRAMS, VERSIONS, Watched, interpreter, watch

MADE = {
    "value": ("Value", "c_int", 4),
    "array": ("Array", "c_double_Array_10", 80),
    "raw value": ("RawValue", "c_long", 8),
    "raw array": ("RawArray", "c_char_Array_3", 3),
    "structure": ("RawValue", "Point", 16),
    "copied": ("RawValue", "c_long", 8),
}
"""Made by the main process, beside the one whose making fails after its memory was taken."""


def check(seen: Watched, method: str, python: str = sys.executable) -> None:
    command = [python, str(seen.program), method]
    bare = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert (seen.printed, seen.errors) == (bare.stdout, bare.stderr)
    for mark, expected in MADE.items():
        (made,) = [event for event in seen.at(mark) if isinstance(event, e.RawValueMade)]
        assert (made.kind, made.ctype, made.size) == expected
    assert not [event for event in seen.at("locked") if isinstance(event, e.RawValueMade)]
    main, child = seen.key("MainProcess"), seen.key("child")
    found = {value.name: list(value.where) for value in seen.world.of(RAW_VALUE).values()}
    both = {"plain", "point"} if method != "fork" else {"plain", "point", "numbers", "raw", "row"}
    assert found == {
        name: [main, child] if name in both else [main]
        for name in ("plain", "numbers", "raw", "row", "point", "twin", "")
    }
    assert seen.world.lost == 0


@pytest.mark.parametrize("method", METHODS)
def test_each_is_told_once_and_where_it_is(method: str) -> None:
    check(watch("unlocked.py", method), method)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_in_every_python(version: str, method: str) -> None:
    python = interpreter(version)
    check(watch(PROGRAMS / "unlocked.py", method, python=python), method, python)

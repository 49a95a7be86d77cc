"""Shared memory of real programs: each operation is an event at its line, and nothing of it is changed."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest

from ipcviz.log import events as e
from ipcviz.world.shared_memory import SHARED_MEMORY
from tests.support.watching import METHODS, PROGRAMS, VERSIONS, Watched, interpreter, watch

PROGRAM = "sharing.py"
RANDOM = re.compile(r"(psm_|0x)[0-9a-f]+|\x1b\[[0-9;]*m")
"""Names that the system gives, addresses, and the colours that a terminal gets."""
TOLD: dict[str, list[tuple[type, dict[str, Any]]]] = {
    "made": [(e.SharedMemoryMade, {"size": 1000, "kind": "SharedMemory", "tracked": True})],
    "list made": [
        (e.SharedMemoryMade, {"kind": "ShareableList"}),
        *[(e.ElementWritten, {"position": n, "first": True, "text": text})
          for n, text in enumerate(["7", "2.5", "'text'", "None", "b'bytes'"])],
    ],
    "attached": [(e.SharedMemoryAttached, {"size": 1000, "kind": "SharedMemory"})],
    "child closes": [(e.SharedMemoryClosed, {"dropped": False})],
    "added": [
        (kind, {"position": 0, "text": str(n + step)}) for n in (7, 8, 9)
        for step, kind in enumerate((e.ElementRead, e.ElementWritten))
    ],
    "list closed in child": [(e.SharedMemoryClosed, {"dropped": False})],
    "attached to be dropped": [(e.SharedMemoryAttached, {})],
    "refused": [(e.SharedMemoryRefused, {"memory": 0, "method": "attach", "system_name": "there-is-none"})],
    "still in use": [
        (e.SharedMemoryRefused,
         {"method": "close", "error": "BufferError: cannot close exported pointers exist"}),
    ],
    "read all": [
        (e.ElementRead, {"position": n, "text": text})
        for n, text in enumerate(["10", "2.5", "'text'", "None", "b'bytes'"])
    ],
    "closed": [(e.SharedMemoryClosed, {"dropped": False})],
    "unlinked": [(e.SharedMemoryUnlinked, {})],
    "unlinked twice": [(e.SharedMemoryRefused, {"method": "unlink"})],
    "written": [(e.ElementWritten, {"position": 4, "first": False, "text": "b'new'"})],
    "without a size": [(e.SharedMemoryRefused, {"memory": 0, "method": "create"})],
    "forgotten": [(e.SharedMemoryMade, {"size": 64})],
}  # fmt: skip
MACHINERY = (e.SiteNamed, e.ThreadNamed)


def check(seen: Watched, method: str) -> None:
    for name, expected in TOLD.items():
        told = [event for event in seen.at(name) if not isinstance(event, MACHINERY)]
        assert [type(event) for event in told] == [kind for kind, _ in expected], name
        for event, (_, fields) in zip(told, expected, strict=True):
            assert {field: getattr(event, field) for field in fields} == fields, name
    dropped = [event for event in seen.all(e.SharedMemoryClosed) if event.dropped]
    assert (dropped[0].process, dropped[0].site) == (seen.key("MainProcess"), None)
    assert bool(seen.all(e.SharedMemoryInherited)) == (method == "fork")
    rows = {row["name"]: row for row in (SHARED_MEMORY.row(seen.world, it) for it in memories(seen))}
    assert {name: row["kind"] for name, row in rows.items()} == {
        "block": "SharedMemory", "numbers": "ShareableList", "forgotten": "SharedMemory",
    }  # fmt: skip
    assert {name: row["leaked"] for name, row in rows.items()} == {
        "block": False, "numbers": False, "forgotten": True,
    }  # fmt: skip
    assert {name: row["users"] for name, row in rows.items()} == {
        "block": ["P1", "P2"], "numbers": ["P1", "P2"], "forgotten": ["P1"],
    }  # fmt: skip
    assert (rows["numbers"]["reads"], rows["numbers"]["writes"]) == (8, 4)
    assert not any(row["open"] for row in rows.values())
    assert seen.world.lost == 0


def memories(seen: Watched) -> list[Any]:
    return list(seen.world.of(SHARED_MEMORY).values())


def said(seen: Watched) -> tuple[str, str]:
    return RANDOM.sub("", seen.printed), RANDOM.sub("", seen.errors)


def bare(program: str, *arguments: str, python: str = sys.executable) -> tuple[str, str]:
    """What the program says without being watched."""
    done = subprocess.run(
        [python, PROGRAMS / program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    return RANDOM.sub("", done.stdout), RANDOM.sub("", done.stderr)


@pytest.mark.parametrize("method", METHODS)
def test_each_operation_is_told_where_it_was_done(method: str) -> None:
    seen = watch(PROGRAM, method)
    check(seen, method)
    assert said(seen) == bare(PROGRAM, method)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_in_every_python(version: str, method: str) -> None:
    python = interpreter(version)
    seen = watch(PROGRAM, method, python=python)
    check(seen, method)
    assert said(seen) == bare(PROGRAM, method, python=python)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_done_oddly_ends_as_it_always_does(version: str) -> None:
    python = interpreter(version)
    assert said(watch("sharing_oddly.py", python=python)) == bare("sharing_oddly.py", python=python)

"""Imports point one way: what each part of the package may know, read from its files."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "ipcviz"
SCREEN = ("textual", "rich", "ipcviz.ui")
RUNNING = ("ipcviz.run.session", "ipcviz.run.record", "ipcviz.cli")


def files(part: str) -> list[Path]:
    """A module, or every module of a folder."""
    place = PACKAGE / part
    return [place.with_suffix(".py")] if not place.is_dir() else sorted(place.rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    """Full names of everything a file imports, at its top or inside a function, for types too."""
    package = ("ipcviz", *file.relative_to(PACKAGE).parent.parts)
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                # `from ipcviz import log` imports a module, `from ipcviz.log.log import Log` a name in one.
                yield f"{module}.{alias.name}" if module.split(".")[0] == "ipcviz" else module


def knows(name: str, parts: tuple[str, ...]) -> bool:
    return any(name == part or name.startswith(f"{part}.") for part in parts)


def foreign(part: str, allowed: tuple[str, ...]) -> list[str]:
    """What a part imports beside the standard library and what it is allowed."""
    return [
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in files(part)
        for name in imported(file)
        if name.split(".")[0] not in sys.stdlib_module_names and not knows(name, allowed)
    ]


def forbidden(part: str, parts: tuple[str, ...]) -> list[str]:
    return [
        f"{file.relative_to(PACKAGE)}: {name}"
        for file in files(part)
        for name in imported(file)
        if knows(name, parts)
    ]


def test_the_probe_knows_the_standard_library_and_itself() -> None:
    assert foreign("probe", ("ipcviz.probe", "ipcviz.log.slots", "ipcviz.log.table")) == []


def test_what_the_probe_needs_of_the_log_needs_nothing_itself() -> None:
    assert foreign("log/table", ("ipcviz.log.slots",)) == []
    assert foreign("log/slots", ()) == []


def test_the_log_knows_nothing_but_itself() -> None:
    assert foreign("log", ("ipcviz.__version__", "ipcviz.log")) == []


def test_the_world_knows_events() -> None:
    assert foreign("world", ("ipcviz.log.events", "ipcviz.world")) == []
    assert forbidden("world", ("time", "datetime", "threading", "random")) == []


@pytest.mark.parametrize("part", ["log", "run", "tell", "world"])
def test_whoever_reads_the_log_needs_no_screen(part: str) -> None:
    assert forbidden(part, SCREEN) == []


def test_what_is_told_needs_no_running_program() -> None:
    assert forbidden("tell", RUNNING) == []


def test_nobody_but_the_command_line_knows_the_screen() -> None:
    others = [path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()]
    for part in others:
        if part not in ("bench", "cli", "ui"):
            assert forbidden(part, SCREEN) == []


def test_lessons_know_the_standard_library() -> None:
    assert foreign("lessons", ()) == []


def loaded(statement: str) -> set[str]:
    """Top-level modules and parts of the package that a fresh interpreter has after a statement."""
    code = f"{statement}\nimport sys\nsys.stderr.write('\\n'.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60,
        cwd=PACKAGE.parent,
    )  # fmt: skip
    return set(done.stderr.splitlines())


def test_the_command_line_loads_nothing_heavy() -> None:
    names = loaded("import ipcviz.cli")
    assert not names & {"textual", "rich", "multiprocessing", "polib", "ipcviz.run.session", "ipcviz.ui"}


def test_help_and_version_do_not_even_load_click() -> None:
    for option in ("--help", "--version"):
        names = loaded(f"import sys; sys.argv[1:] = ['{option}']; from ipcviz.__main__ import main; main()")
        assert not names & {"click", "textual", "multiprocessing", "dataclasses", "inspect"}


def test_reading_a_trace_loads_no_screen() -> None:
    names = loaded("import ipcviz.log.trace, ipcviz.world, ipcviz.tell.table, ipcviz.tell.source")
    assert not names & {"textual", "rich"}

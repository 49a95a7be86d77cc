"""The list of what is patched is what is patched."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import ipcviz.probe
from tests.support.watching import VERSIONS, interpreter

LIST = Path(ipcviz.probe.__file__).with_name("PATCHES.md")


@pytest.mark.parametrize("version", VERSIONS)
def test_the_list_says_what_this_version_has_patched(version: str) -> None:
    text = LIST.read_text(encoding="utf-8")
    lines = [line.strip("| ").split("|") for line in text.splitlines() if "|" in line]
    column = [cell.strip() for cell in lines[0]].index(version) + 1
    rows = [[cell.strip() for cell in line] for line in lines[2:]]
    listed = {row[0].strip("`") for row in rows if len(row) > column and row[column]}
    code = "from ipcviz.probe.listing import show; show()"
    said = subprocess.run(
        [interpreter(version) or sys.executable, "-c", code],
        capture_output=True, text=True, check=True, timeout=60, cwd=LIST.parents[2],
    )  # fmt: skip
    assert said.stdout.split() == [version, *sorted(listed)]

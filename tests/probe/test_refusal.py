"""An interpreter that cannot be watched runs the program as ever, and the session can learn why."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipcviz.probe.core import ledger as ledger_module
from tests.support.watching import DEADLINE, PROGRAMS

books: Any = ledger_module
START = PROGRAMS.parents[1] / "ipcviz" / "probe" / "start"


def run(folder: Path, python: str, before: str = "") -> tuple[str, int, int]:
    """Run a program as the session does; what it printed, and two words of the ledger."""
    ledger = str(folder / "ledger")
    books.create(ledger)
    (folder / "prog.py").write_text(
        "import sys, os\n"
        "print('ipcviz' in sys.modules, 'IPCVIZ_PROBE' in os.environ, 'PYTHONPATH' in os.environ)\n"
    )
    read, write = os.pipe()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "IPCVIZ"))}
    said = f"{write}::{ledger}"
    if before:
        # The interpreter says of itself what is not true of it.
        start = START / "sitecustomize.py"
        code = (
            f"import sys, runpy\n{before}\nnames = runpy.run_path({str(start)!r}, run_name='start')\n"
            f"names['load']({said!r})\nrunpy.run_path('prog.py')"
        )
        command = [python, "-S", "-c", code]
    else:
        environment |= {"PYTHONPATH": str(START), "IPCVIZ_PROBE": said}
        command = [python, "prog.py"]
    done = subprocess.run(
        command, pass_fds=[write], env=environment, cwd=folder, capture_output=True, text=True,
        timeout=DEADLINE, check=True,
    )  # fmt: skip
    os.close(read)
    os.close(write)
    assert done.stderr == ""
    opened = books.Ledger(ledger)
    return done.stdout, opened.words[books.W_REFUSED], opened.words[books.W_NEXT]


def test_one_that_can_be_watched(tmp_path: Path) -> None:
    assert run(tmp_path, sys.executable) == ("True False False\n", 0, 2)


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("sys.abiflags = 't'", books.R_FREE_THREADED),
        ("sys.abiflags = 'td'", books.R_FREE_THREADED),
        ("sys.implementation.name = 'pypy'", books.R_OTHER),
        ("sys.version_info = (3, 9, 1, 'final', 0)", books.R_TOO_OLD),
    ],
)
def test_one_that_says_it_cannot(tmp_path: Path, before: str, why: int) -> None:
    assert run(tmp_path, sys.executable, before) == ("False False False\n", why, 1)


def test_a_real_old_one(tmp_path: Path) -> None:
    old = sorted(Path.home().glob(".pyenv/versions/3.9.*/bin/python"))
    found = str(old[-1]) if old else shutil.which("python3.9")
    if found is None:
        pytest.skip("there is no Python 3.9 here")
    assert run(tmp_path, found) == ("False False False\n", books.R_TOO_OLD, 1)


def test_a_real_free_threaded_one(tmp_path: Path) -> None:
    found = shutil.which("python3.14t") or shutil.which("python3.13t")
    if found is None:
        pytest.skip("there is no free-threaded Python here")
    assert run(tmp_path, found) == ("False False False\n", books.R_FREE_THREADED, 1)

"""Runs every check there is: style, types, then the tests. Extra arguments go to pytest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Run all checks, also after one has failed; the tests come last, their summary ends the output."""
    failed = [
        name
        for name, arguments in (("ruff", ["check", "."]), ("mypy", []))
        if subprocess.run([sys.executable, "-m", name, *arguments], cwd=ROOT).returncode
    ]
    for name in failed:
        print(f"{name} FAILED, see above", file=sys.stderr, flush=True)
    # Two at a time: real processes take both cores of a small machine; more would take each other's time.
    several = [] if "-n" in sys.argv or (os.cpu_count() or 1) < 2 else ["-n", "2"]
    tests = subprocess.run([sys.executable, "-m", "pytest", *several, *sys.argv[1:]], cwd=ROOT).returncode
    return tests or bool(failed)


if __name__ == "__main__":
    sys.exit(main())

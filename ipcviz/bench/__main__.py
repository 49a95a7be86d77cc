"""Runs the benchmarks and prints a table: figure, what it must reach, and whether it does."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict

from ipcviz.bench import reading, screen, sustained, watching
from ipcviz.bench.rows import Row

ALL: dict[str, Callable[[bool], Row | list[Row]]] = {
    "queue-int": watching.queue_of_integers,
    "queue-1k": watching.queue_of_kilobytes,
    "lesson": watching.lesson_like,
    "simple-queue": watching.simple_queue,
    "pipe": watching.pipe,
    "lock": watching.lock_pair,
    "manager": watching.manager_call,
    "pool-apply": watching.pool_apply,
    "pool-imap": watching.pool_imap,
    "executor": watching.executor,
    "manager-one-core": watching.manager_on_one,
    "pool-apply-one-core": watching.apply_on_one,
    "pool-imap-one-core": watching.imap_on_one,
    "executor-one-core": watching.executor_on_one,
    "spawn": watching.spawned_child,
    "fold": reading.folded,
    "flood": screen.flooded_stage,
    "stage": screen.small_stage,
    "stage-large": screen.large_stage,
    "first-frame": screen.first_frame,
    "help": screen.help_page,
    "memory": reading.memory,
}


def main() -> int:
    """Measure what was asked for; the exit code says whether all goals were reached."""
    parser = argparse.ArgumentParser(prog="python -m ipcviz.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: a rough figure")
    parser.add_argument("--json", action="store_true", help="a JSON list instead of the table")
    parser.add_argument(
        "--only", action="append", choices=ALL, metavar="NAME", help=f"one of: {', '.join(ALL)}"
    )
    parser.add_argument(
        "--sustained", nargs="*", metavar="LOAD", choices=[load.name for load in sustained.LOADS],
        help="loads of several seconds instead, recorded and live, with and without the short-cuts; all, or"
        f" some of: {', '.join(load.name for load in sustained.LOADS)}",
    )  # fmt: skip
    parser.add_argument("--fast-only", action="store_true", help="with --sustained: with the short-cuts only")
    asked = parser.parse_args()
    # As for anyone who has started the program before: compiled modules are kept.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if asked.sustained is not None:
        return _sustained(asked.sustained, quick=asked.quick, fast_only=asked.fast_only)
    rows: list[Row] = []
    for name in asked.only or ALL:
        found = ALL[name](asked.quick)
        rows += found if isinstance(found, list) else [found]
    if asked.json:
        told = json.dumps([{**asdict(row), "reached": row.reached} for row in rows], indent=2)
    else:
        told = "\n".join(map(_line, rows))
    sys.stdout.write(f"{told}\n")
    return 0 if all(row.reached for row in rows) else 1


def _sustained(names: list[str], *, quick: bool, fast_only: bool) -> int:
    chosen = names or [load.name for load in sustained.LOADS]
    found = sustained.measure(chosen, quick=quick, fast=True)
    if not fast_only:
        found += sustained.measure(chosen, quick=quick, fast=False)
    sys.stdout.write(f"{sustained.table(found)}\n")
    reached = all(it.recorded >= it.load.goal for it in found if it.fast)
    return 0 if reached and not any(it.lost or it.live_lost for it in found) else 1


def _line(row: Row) -> str:
    figure = f"{row.figure:,.0f}" if row.figure >= 1000 else f"{row.figure:.2f}"
    goal = f"{'at least' if row.at_least else 'at most'} {row.goal:,g}"
    verdict = "ok" if row.reached else "NOT"
    return f"{row.name:28} {figure:>10} {row.unit:16} {goal:18} {verdict:4} {row.detail}".rstrip()


if __name__ == "__main__":
    sys.exit(main())

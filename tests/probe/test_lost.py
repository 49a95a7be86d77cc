"""A reader that stands still does not hang the program, and what is lost is counted to the last event."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ipcviz.log import events
from ipcviz.probe.core import ledger as ledger_module
from ipcviz.probe.core import wire
from ipcviz.run.drain import Collector
from tests.support.watching import DEADLINE, PROGRAMS

START = PROGRAMS.parents[1] / "ipcviz" / "probe" / "start"


books: Any = ledger_module
Records = list[tuple[int, bytes]]


def run_without_a_reader(
    folder: Path, times: int, room: int, program: str = "chatter.py"
) -> tuple[str, Collector, Records]:
    """Run a program while nobody reads; then collect what is there."""
    ledger = str(folder / f"ledger-{times}")
    books.create(ledger)
    read, write = os.pipe()
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, room)
    os.set_blocking(read, False)
    os.set_blocking(write, False)
    environment = {**os.environ, "PYTHONPATH": str(START), "IPCVIZ_PROBE": f"{write}::{ledger}"}
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program), str(times)],
        pass_fds=[write], env=environment, capture_output=True, text=True, timeout=DEADLINE, check=True,
    )  # fmt: skip
    os.close(write)
    collector = Collector(read, ledger)
    records = collector.finish()
    assert collector.eof
    os.close(read)
    collector.close()
    assert done.stderr == ""
    return done.stdout, collector, records


def test_a_reader_that_stands_still(tmp_path: Path) -> None:
    said, collector, few = run_without_a_reader(tmp_path, 10, 1 << 16)
    assert (said, collector.lost) == ("done 10\n", 0)
    around = len(few) - 2 * 10

    times = 50_000
    said, collector, records = run_without_a_reader(tmp_path, times, 1 << 16)
    assert said == f"done {times}\n"
    own = [record for key, record in records if key]
    assert collector.lost > 0
    assert len(own) + collector.lost == around + 2 * times
    told = [events.decode(key, record, {}) for key, record in records]
    assert sum(event.how_many for event in told if isinstance(event, events.EventsLost)) == collector.lost
    # What is there is whole: each message of the channel at most once, in order.
    for kind in (wire.ITEM_SENT, wire.ITEM_TAKEN):
        numbers = [
            event.number
            for event in told
            if isinstance(event, events.ItemSent | events.ItemTaken)
            and isinstance(event, events.ItemSent) == (kind == wire.ITEM_SENT)
        ]
        assert numbers == sorted(set(numbers))
        assert 1 <= numbers[0] <= numbers[-1] <= times


def test_a_pipe_that_is_closed(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger")
    books.create(ledger)
    read, write = os.pipe()
    os.close(read)
    environment = {**os.environ, "PYTHONPATH": str(START), "IPCVIZ_PROBE": f"{write}::{ledger}"}
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / "chatter.py"), "2000"],
        pass_fds=[write], env=environment, capture_output=True, text=True, timeout=DEADLINE, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.stdout, done.stderr, done.returncode) == ("done 2000\n", "", 0)

"""A reader that stands still costs the program nothing and loses nothing; only a full disk loses, counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import codec, events, slots, table, trace
from ipcviz.probe.core import ledger as books
from ipcviz.run.drain import Drain
from tests.support.watching import DEADLINE, PROGRAMS, until, watch

START = PROGRAMS.parents[1] / "ipcviz" / "probe" / "start"


def environment(bell: int, ledger: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(START), "IPCVIZ_PROBE": f"{bell}::{ledger}"}


BOTH = [("chatter.py", table.ITEM_TAKEN), ("pairs.py", table.LOCK_ACQUIRED)]


@pytest.mark.parametrize(("program", "kind"), BOTH)
def test_nobody_reads_until_the_end(program: str, kind: table.Row, tmp_path: Path) -> None:
    counts, lost = read_at_the_end(tmp_path, program, times := 50_000)
    assert (counts[kind.number], lost) == (times, 0)


def read_at_the_end(folder: Path, program: str, times: int) -> tuple[Counter[int], int]:
    """Run a program while nobody reads: how often each row is there then, and how many records are lost."""
    ledger = str(folder / f"ledger-{times}")
    books.create(ledger)
    read, write = os.pipe()
    os.set_blocking(write, False)
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / program), str(times)],
        pass_fds=[write], env=environment(write, ledger), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    os.close(write)
    os.close(read)
    assert (done.stdout, done.stderr, done.returncode) == (f"done {times}\n", "", 0)
    drain = Drain(ledger)
    found = [data for _, data in drain.take()]
    found += [data for key in list(drain.processes) for _, data in drain.end(key)]
    lost = sum(drain.lost.values())
    drain.close()
    return Counter(codec.row_number(one) for data in found for one in codec.records(data)), lost


def test_a_bell_nobody_can_hear(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger")
    books.create(ledger)
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, str(PROGRAMS / "chatter.py"), "2000"],
        pass_fds=[write], env=environment(write, ledger), capture_output=True, text=True, timeout=DEADLINE,
    )  # fmt: skip
    os.close(write)
    assert (done.stdout, done.stderr, done.returncode) == ("done 2000\n", "", 0)


def recorder(path: Path, *program: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "ipcviz", "record", "-f", "-o", str(path), *program],
        cwd=PROGRAMS.parents[1], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def stats(path: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "ipcviz", "stats", "--json", str(path)],
        cwd=PROGRAMS.parents[1], capture_output=True, text=True, timeout=DEADLINE, check=True,
    )  # fmt: skip
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_a_recorder_that_is_stopped_for_a_while(tmp_path: Path) -> None:
    path, times = tmp_path / "t.trace", 150_000
    running = recorder(path, str(PROGRAMS / "chatter.py"), str(times))
    try:
        until(lambda: path.exists() and path.stat().st_size > 20_000, 20, "it records")
        running.send_signal(signal.SIGSTOP)
        # The program runs to its end meanwhile: it waits for nobody.
        assert running.stdout is not None
        assert running.stdout.readline() == f"done {times}\n"
        running.send_signal(signal.SIGCONT)
        output, errors = running.communicate(timeout=DEADLINE)
    finally:
        running.kill()
    assert (output, errors, running.returncode) == ("", "", 0)
    said = stats(path)
    (channel,) = said["channels"]
    assert (channel["puts"], channel["gets"], said["lost"]) == (times, times, 0)


def test_a_recorder_that_is_killed_loses_nothing_that_was_written_by_then(tmp_path: Path) -> None:
    path, count = tmp_path / "t.trace", tmp_path / "count"
    running = recorder(path, str(PROGRAMS / "steady.py"), str(count))
    try:
        until(lambda: count.exists() and int(count.read_text() or 0) > 5, 20, "it works")
        running.kill()
        running.communicate(timeout=DEADLINE)
        until(lambda: b"ipcviz trace" in path.read_bytes() and got(path) >= int(count.read_text()), 10)
    finally:
        running.kill()
    header, log = trace.read(path)
    assert header.damage == ""
    taken = [event.number for event in log.read() if isinstance(event, events.ItemTaken)]
    assert taken == list(range(1, len(taken) + 1))


def got(path: Path) -> int:
    return sum(isinstance(event, events.ItemTaken) for event in trace.read(path)[1].read())


def test_only_a_full_disk_loses_and_every_loss_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, _ = read_at_the_end(tmp_path, "pairs.py", 10)
    # Room for so many chunks and no more, as on a disk that is full then.
    monkeypatch.setattr(books, "_LARGEST", (5,))
    times = 40_000
    counts, lost = read_at_the_end(tmp_path, "pairs.py", times)
    assert lost > 0
    room = 5 * books.CHUNK // slots.SIZE
    assert room - 5 < sum(counts.values()) <= room
    assert sum(counts.values()) + lost == sum(few.values()) + 2 * (times - 10)
    # What is there is the beginning.
    assert abs(counts[table.LOCK_ACQUIRED.number] - counts[table.LOCK_RELEASED.number]) <= 1


def test_when_there_is_room_again_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "_LARGEST", (5,))
    program = tmp_path / "prog.py"
    program.write_text(BURSTS)
    watched = watch(program)
    assert (watched.printed, watched.errors) == ("done\n", "")
    told = [event for event in watched.events if isinstance(event, events.LockAcquired | events.LockReleased)]
    assert watched.world.lost > 0
    assert len(told) + watched.world.lost == 2 * (100 + 30_000 + 500)
    assert len(told) >= 2 * (100 + 500)
    assert sum(event.how_many for event in watched.all(events.EventsLost)) == watched.world.lost


BURSTS = """\
import multiprocessing, time
lock = multiprocessing.Lock()

def some(count):
    for _ in range(count):
        with lock:
            pass

if __name__ == "__main__":
    some(100)
    some(30_000)
    # The reader makes room meanwhile.
    time.sleep(0.5)
    some(500)
    print("done")
"""

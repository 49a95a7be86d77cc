"""Many producers and consumers at once: the figures and the pairing agree exactly with what they did."""

from __future__ import annotations

import array
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from ipcviz.log import trace
from ipcviz.log.events import ItemPut, ItemSent, ItemTaken, ProcessBegan
from tests.support.watching import DEADLINE, METHODS, PROGRAMS, VERSIONS, interpreter

WORKERS = 4


def recorded(folder: Path, method: str, items: int, *options: str) -> Path:
    path = folder / "t.trace"
    done = subprocess.run(
        [sys.executable, "-m", "ipcviz", "record", "-o", str(path), *options,
         str(PROGRAMS / "crossing.py"), method, str(items), str(folder)],
        capture_output=True, text=True, timeout=DEADLINE, check=False, cwd=PROGRAMS.parents[1],
    )  # fmt: skip
    assert (done.stdout, done.stderr, done.returncode) == ("left 0\n", "", 0)
    return path


def got(folder: Path) -> dict[str, list[tuple[int, int]]]:
    """What each consumer says it got, in its order."""
    said = {}
    for n in range(WORKERS):
        numbers = array.array("q")
        numbers.frombytes((folder / f"consumer-{n}").read_bytes())
        said[f"consumer-{n}"] = list(zip(numbers[::2], numbers[1::2], strict=True))
    return said


def check(folder: Path, path: Path, items: int) -> None:
    header, log = trace.read(path)
    assert not header.damage
    done = subprocess.run(
        [sys.executable, "-m", "ipcviz", "stats", "--json", str(path)],
        capture_output=True, text=True, timeout=DEADLINE, check=True, cwd=PROGRAMS.parents[1],
    )  # fmt: skip
    told = json.loads(done.stdout)
    said = got(folder)
    assert (told["outcome"], told["lost"], told["program"]["exitcode"]) == ("finished", 0, 0)
    (channel,) = told["channels"]
    assert (channel["kind"], channel["name"], channel["maxsize"]) == ("Queue", "queue", 100)
    assert channel["puts"] == channel["gets"] == items + WORKERS
    assert (channel["left"], channel["lost_items"]) == (0, 0)
    assert 1 <= channel["high_water"] <= 100
    by_name = {process["name"]: process for process in told["processes"]}
    assert len(by_name) == 1 + 2 * WORKERS
    assert all(process["exitcode"] == 0 for process in by_name.values())
    assert (by_name["main"]["puts"], by_name["main"]["gets"]) == (WORKERS, 0)
    for n in range(WORKERS):
        assert (by_name[f"producer-{n}"]["puts"], by_name[f"producer-{n}"]["gets"]) == (items // WORKERS, 0)
        taken = len(said[f"consumer-{n}"]) + 1
        assert (by_name[f"consumer-{n}"]["puts"], by_name[f"consumer-{n}"]["gets"]) == (0, taken)

    # The pairing: the nth sent is the nth taken, and an item is its producer's nth.
    pids = {process["pid"]: name for name, process in by_name.items()}
    names = {e.process: pids[e.pid] for e in log.read() if isinstance(e, ProcessBegan)}
    sent: dict[int, tuple[str, int]] = {}
    taken_by: dict[str, list[int]] = {f"consumer-{n}": [] for n in range(WORKERS)}
    texts: dict[tuple[str, int], str] = {}
    previous = 0
    for event in log.read():
        assert event.time >= previous, "the log is in the order of its times"
        previous = event.time
        if isinstance(event, ItemPut):
            assert (names[event.process], event.ordinal) not in texts
            texts[names[event.process], event.ordinal] = event.text
        elif isinstance(event, ItemSent):
            assert event.number not in sent
            sent[event.number] = (names[event.process], event.ordinal)
        elif isinstance(event, ItemTaken):
            taken_by[names[event.process]].append(event.number)
    assert sorted(sent) == list(range(1, items + WORKERS + 1))
    assert Counter(sent.values()) == Counter(texts.keys())
    for consumer, numbers in taken_by.items():
        items_of = [sent[number] for number in numbers]
        # The last one is the None from main.
        assert items_of.pop()[0] == "main"
        assert [(int(producer[-1]), ordinal) for producer, ordinal in items_of] == said[consumer]
    for (producer, ordinal), text in texts.items():
        expected = "None" if producer == "main" else f"({producer[-1]}, {ordinal})"
        assert text == expected


@pytest.mark.parametrize("method", METHODS)
def test_every_one_of_100_000_items_is_where_the_program_says(method: str, tmp_path: Path) -> None:
    check(tmp_path, recorded(tmp_path, method, 100_000), 100_000)


@pytest.mark.parametrize("version", VERSIONS)
def test_on_every_python(version: str, tmp_path: Path) -> None:
    check(tmp_path, recorded(tmp_path, "spawn", 4_000, "--python", interpreter(version)), 4_000)

"""More processes than the ledger has room for: the program runs as ever, and the others are counted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ipcviz.log import events
from ipcviz.probe.core import ledger as ledger_module
from ipcviz.run.record import header_for
from ipcviz.run.session import Program, Session
from ipcviz.tell.figures import figures
from ipcviz.tell.narration import narrate
from ipcviz.tell.table import table
from ipcviz.ui.status import Status, StatusLine
from tests.support.watching import METHODS, Watched, watch

books: Any = ledger_module
ROOM = 3
"""The main process, and so many children less one, have a key."""
PROGRAM = """\
import multiprocessing as mp, sys, time

def child(queue, number):
    queue.put(number)

if __name__ == "__main__":
    context = mp.get_context(sys.argv[1])
    queue = context.SimpleQueue()
    children = [context.Process(target=child, args=(queue, n)) for n in range(5)]
    for process in children:
        process.start()
    print(sorted(queue.get() for _ in children))
    for process in children:
        process.join()
    print([process.exitcode for process in children])
    # Nobody can help it, but one that nobody sees could.
    queue.get() if "stay" in sys.argv else None
"""


@pytest.fixture
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger most of whose keys are gone."""
    create = books.create

    def create_small(path: str) -> None:
        create(path)
        with open(path, "r+b") as file:
            file.seek(books.W_NEXT * 8)
            file.write((books.PROCESSES - ROOM).to_bytes(8, "little"))

    monkeypatch.setattr(books, "create", create_small)


def run(folder: Path, method: str) -> Watched:
    program = folder / "prog.py"
    program.write_text(PROGRAM)
    return watch(program, method)


@pytest.mark.usefixtures("little_room")
@pytest.mark.parametrize("method", METHODS)
def test_those_without_a_key_run_unwatched_and_are_counted(method: str, tmp_path: Path) -> None:
    seen = run(tmp_path, method)
    assert (seen.printed, seen.errors) == ("[0, 1, 2, 3, 4]\n[0, 0, 0, 0, 0]\n", "")
    assert len(seen.world.processes) == ROOM
    assert seen.world.unwatched == 1 + 5 - ROOM
    said = figures(header_for(Program(["prog.py"])), seen.log)
    assert said["unwatched"] == seen.world.unwatched
    assert f"{seen.world.unwatched} processes or more UNWATCHED" in table(said)


@pytest.mark.usefixtures("little_room")
def test_it_is_told_and_shown(tmp_path: Path) -> None:
    seen = run(tmp_path, "fork")
    told = seen.all(events.UnwatchedSeen)
    assert told[-1].how_many == 3
    sentence = narrate(told[-1], seen.world)
    assert sentence is not None
    assert "3 processes run unwatched" in sentence.text
    line = StatusLine()
    line.status = Status(title="prog.py", unwatched=3)
    assert "unwatched 3" in line.picture(80, 1).text()


@pytest.mark.usefixtures("little_room")
def test_no_verdict_where_somebody_is_not_seen(tmp_path: Path) -> None:
    program = tmp_path / "prog.py"
    program.write_text(PROGRAM)
    running = Session.start(Program([str(program), "fork", "stay"]))
    try:
        # Four times as long as a verdict takes.
        assert not running.wait(3)
        assert not [event for event in running.log.read() if isinstance(event, events.StuckSeen)]
    finally:
        running.end()

"""`stats --json` says what its contract promises; the numbers themselves are tested with real programs."""

from __future__ import annotations

from ipcviz.log import table
from ipcviz.log.trace import Header
from ipcviz.tell.figures import figures
from tests.support.story import MAIN, QUEUE, A, B, Story

CHANNEL_KEYS = {
    "id", "kind", "name", "inside", "maxsize", "puts", "gets", "task_done", "unfinished", "left",
    "high_water", "put_blocked", "get_blocked", "full_errors", "empty_errors",
}  # fmt: skip
PROCESS_KEYS = {
    "id", "name", "pid", "parent", "start_method", "daemon", "started", "ended", "exitcode", "error",
}  # fmt: skip


def test_every_key_of_the_contract_is_there() -> None:
    story = Story().queue(3).start(A, "a").put(A, 0)
    said = figures(Header(argv=["x.py"]), story.log)
    assert set(said) >= {
        "format", "program", "outcome", "why", "waits", "cycle", "events", "lost", "processes", "channels",
        "locks", "managers", "pools",
    }  # fmt: skip
    assert set(said["channels"][0]) >= CHANNEL_KEYS
    assert set(said["processes"][0]) >= PROCESS_KEYS
    assert set(said["program"]) >= {"argv", "python", "start_method", "exitcode", "duration"}


def test_a_wait_names_who_holds_it_up() -> None:
    story = Story().queue(3).start(A, "a").start(B, "b")
    story.add(A, table.DATA_WAITING, obj=QUEUE, extra=-1)
    story.add(B, table.TURN_WAITING, obj=QUEUE, extra=-1)
    story.add(MAIN, table.JOIN_WAITING, obj=A, extra=-1)
    waits = {wait["process"]: wait for wait in figures(Header(), story.log)["waits"]}
    assert waits["P3"]["held_by"] == ["P2"]
    assert waits["P1"]["for"] == "Process P2"
    assert waits["P2"]["for"] == "Queue Q1"


def test_a_trace_that_breaks_off_says_so() -> None:
    said = figures(Header(), Story().log)
    assert said["outcome"] == "interrupted"
    assert "breaks off" in said["why"]


def test_a_finished_program_with_failed_children_names_them() -> None:
    story = Story().start(A, "a").add(A, table.PROCESS_FAILED, text="NameError: name 'i' is not defined")
    story.add(MAIN, table.PROCESS_EXITED, obj=A, extra=1)
    story.add(0, table.PROGRAM_ENDED, extra=0, text="finished\x1f")
    said = figures(Header(), story.log)
    assert said["outcome"] == "finished"
    assert "a failed with NameError" in said["why"]

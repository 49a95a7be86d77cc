"""Processes that are not watched: each is counted once, whoever speaks of it first."""

from __future__ import annotations

from ipcviz.log import table
from ipcviz.tell.narration import narrate
from ipcviz.world.unwatched_process import UNWATCHED_PROCESS
from tests.support.story import MAIN, A, Story


def started(story: Story, who: int, pid: int, what: str, *, withdrawn: bool = False) -> Story:
    return story.tell(who, table.UNWATCHED_STARTED, pid=pid, withdrawn=withdrawn, what=what, why="so")


def known(story: Story) -> list[tuple[str, str, str | None]]:
    world = story.world
    rows = [UNWATCHED_PROCESS.row(world, it) for it in world.of(UNWATCHED_PROCESS).values()]
    return [(row["id"], row["what"], row["parent"]) for row in rows]


def test_the_program_and_the_session_speak_of_the_same_one() -> None:
    assert known(started(started(Story(), MAIN, 7, "ls"), 0, 7, "ls")) == [("U1", "ls", "P1")]
    assert known(started(started(Story(), 0, 7, "?"), MAIN, 7, "ls")) == [("U1", "ls", "P1")]


def test_a_pid_that_is_used_again_is_another_one() -> None:
    story = started(started(started(Story(), MAIN, 7, "one"), MAIN, 7, "two"), MAIN, 7, "three")
    assert sorted(known(story)) == [("U1", "one", "P1"), ("U2", "two", "P1"), ("U3", "three", "P1")]


def test_what_failed_was_none() -> None:
    story = started(started(Story(), A, 7, "true"), A, 7, "", withdrawn=True)
    assert known(story) == []


def test_a_process_that_becomes_another_program_is_told_as_that() -> None:
    story = Story().start(A, "a")
    pid = story.process(A).pid
    (event,) = list(started(story, A, pid, "true").log.read())[-1:]
    sentence = narrate(event, story.world)
    assert sentence is not None
    assert sentence.text == "a becomes another program, which is not watched: true"

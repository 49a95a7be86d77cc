"""Birth, waits and death of processes: the child's own word, and its parent's, which is final."""

from __future__ import annotations

import pytest

from ipcviz.log import table
from ipcviz.world import Ref, State
from ipcviz.world.channel import DATA, ROOM
from ipcviz.world.process import JOIN
from tests.support.story import MAIN, QUEUE, A, B, Story


def test_a_child_is_starting_until_it_speaks() -> None:
    story = Story().add(MAIN, table.PROCESS_STARTED, obj=A, number=7, text="a\x1fspawn\x1f1")
    child = story.process(A)
    assert (child.state, child.name, child.daemon, child.start_method) == (State.STARTING, "a", True, "spawn")
    story.add(A, table.PROCESS_BEGAN, number=7, extra=MAIN, text="a\x1fspawn\x1f1")
    assert story.process(A).state is State.RUNNING


def test_it_makes_no_difference_who_is_heard_first() -> None:
    story = Story().add(A, table.PROCESS_BEGAN, number=7, extra=MAIN, text="a\x1ffork\x1f0")
    story.add(MAIN, table.PROCESS_STARTED, obj=A, number=7, text="a\x1ffork\x1f0")
    child = story.process(A)
    assert (child.state, child.parent, child.pid) == (State.RUNNING, MAIN, 7)


@pytest.mark.parametrize(("exitcode", "state"), [(0, State.DONE), (1, State.FAILED), (-9, State.KILLED)])
def test_the_parents_word_on_a_death_is_final(exitcode: int, state: State) -> None:
    story = Story().start(A, "a").add(A, table.PROCESS_ENDED)
    ended = story.now
    story.add(MAIN, table.PROCESS_EXITED, obj=A, extra=exitcode)
    child = story.process(A)
    assert (child.state, child.exitcode, child.ended) == (state, exitcode, ended)


def test_the_exception_nobody_caught_is_kept() -> None:
    story = Story().start(A, "a").add(A, table.PROCESS_FAILED, text="NameError: name 'i' is not defined")
    story.add(MAIN, table.PROCESS_EXITED, obj=A, extra=1)
    child = story.process(A)
    assert (child.state, child.error) == (State.FAILED, "NameError: name 'i' is not defined")


def test_a_dead_process_waits_for_nothing() -> None:
    story = Story().queue(1).start(A, "a").add(A, table.PUT_WAITING, obj=QUEUE, extra=-1)
    story.add(MAIN, table.PROCESS_EXITED, obj=A, extra=-15)
    assert story.process(A).waits == {}


def test_a_failed_start_is_a_process_that_never_was() -> None:
    story = Story().add(MAIN, table.START_FAILED, obj=A, text="a\x1fPicklingError: no")
    child = story.process(A)
    assert (child.state, child.error, child.name) == (State.FAILED, "PicklingError: no", "a")


def test_join_waits_for_a_process() -> None:
    story = Story().start(A, "a").add(MAIN, table.JOIN_WAITING, obj=A, extra=-1)
    wait = story.process(MAIN).wait
    assert wait is not None
    assert (wait.kind, wait.on) == (JOIN, Ref("process", A))
    story.add(MAIN, table.JOINED, obj=A)
    assert story.process(MAIN).state is State.RUNNING


def test_a_feeder_that_waits_does_not_make_its_process_wait() -> None:
    story = Story().start(A, "a").add(A, table.THREAD_NAMED, text="QueueFeederThread", thread=1)
    story.add(A, table.SEND_WAITING, obj=QUEUE, extra=70_000, thread=1)
    assert story.process(A).state is State.RUNNING
    assert story.process(A).waits[1].kind is ROOM


def test_at_the_end_of_its_own_code_a_process_is_ending() -> None:
    story = Story().start(A, "a").add(A, table.PROCESS_ENDING)
    assert story.process(A).state is State.ENDING


def test_the_end_of_the_program_ends_everyone_and_keeps_who_still_waited() -> None:
    story = Story().queue(1).start(A, "a").start(B, "b")
    story.add(A, table.DATA_WAITING, obj=QUEUE, extra=-1)
    story.add(0, table.PROGRAM_ENDED, extra=-9, text="killed\x1fended by --timeout after 1 s")
    world = story.world
    assert all(process.state.over for process in world.processes.values())
    assert [(p.name, w.kind) for p, w in world.waits()] == [("a", DATA)]
    assert (world.process(MAIN).exitcode, world.exitcode) == (-9, -9)

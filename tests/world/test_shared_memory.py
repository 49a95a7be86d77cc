"""Shared memory: who has it open, and whether its name was given back."""

from __future__ import annotations

from typing import Any

from ipcviz.log import table
from ipcviz.world.shared_memory import SHARED_MEMORY, SharedMemory
from tests.support.story import MAIN, A, B, Story

BLOCK, LIST = 900, 901
FINISHED = {"exitcode": 0, "outcome": "finished", "why": ""}


def made(key: int = BLOCK, kind: str = "SharedMemory") -> Story:
    return Story().tell(
        MAIN, table.SHARED_MEMORY_MADE, memory=key, size=64, tracked=True, kind=kind, system_name="psm_1"
    )


def attach(story: Story, who: int) -> Story:
    return story.tell(
        who, table.SHARED_MEMORY_ATTACHED, memory=BLOCK, size=64, kind="SharedMemory", system_name="psm_1"
    )


def memory_of(story: Story, key: int = BLOCK) -> SharedMemory:
    return story.world.of(SHARED_MEMORY)[key]


def row_of(story: Story, key: int = BLOCK) -> dict[str, Any]:
    world = story.world
    return SHARED_MEMORY.row(world, world.of(SHARED_MEMORY)[key])


def test_who_makes_it_has_it_open() -> None:
    memory = memory_of(made())
    assert (memory.maker, memory.size, memory.system_name) == (MAIN, 64, "psm_1")
    assert memory.open == {MAIN: 1}


def test_a_forked_child_has_open_what_its_parent_had() -> None:
    story = attach(made(), MAIN).tell(A, table.SHARED_MEMORY_INHERITED, memory=BLOCK, handles=2)
    assert memory_of(story).open == {MAIN: 2, A: 2}
    assert row_of(story)["attached"] == 1


def test_it_is_open_until_it_was_closed_as_often_as_it_was_opened() -> None:
    story = attach(attach(made(), A), A).tell(A, table.SHARED_MEMORY_CLOSED, memory=BLOCK, dropped=False)
    assert memory_of(story).open == {MAIN: 1, A: 1}
    story.tell(A, table.SHARED_MEMORY_CLOSED, memory=BLOCK, dropped=True)
    assert memory_of(story).open == {MAIN: 1}
    assert row_of(story)["closed"] == 2


def test_the_kernel_closes_what_a_process_leaves_open() -> None:
    story = attach(attach(made().start(A, "a").start(B, "b"), A), B).add(A, table.PROCESS_ENDED)
    story.add(MAIN, table.PROCESS_EXITED, obj=B, extra=-9)
    assert memory_of(story).open == {MAIN: 1}
    assert row_of(story)["users"] == ["P1", "P2", "P3"]


def test_what_was_made_and_never_unlinked_has_leaked_when_the_program_is_over() -> None:
    story = made()
    assert not row_of(story)["leaked"]
    story.tell(0, table.PROGRAM_ENDED, **FINISHED)
    assert row_of(story)["leaked"]
    assert row_of(story)["open"] == []


def test_what_was_unlinked_has_not_leaked() -> None:
    story = made().tell(A, table.SHARED_MEMORY_UNLINKED, memory=BLOCK)
    story.tell(0, table.PROGRAM_ENDED, **FINISHED)
    row = row_of(story)
    assert (row["leaked"], row["unlinked_by"], row["unlinked"] > 0) == (False, "P2", True)


def test_what_was_there_before_is_nobodys_leak() -> None:
    story = attach(Story(), MAIN).tell(0, table.PROGRAM_ENDED, **FINISHED)
    row = row_of(story)
    assert (row["creator"], row["leaked"]) == (None, False)


def test_a_refusal_counts_where_the_block_is_known() -> None:
    story = made().tell(
        MAIN, table.SHARED_MEMORY_REFUSED, memory=BLOCK, method="close", system_name="psm_1", error="no"
    )
    story.tell(MAIN, table.SHARED_MEMORY_REFUSED, memory=0, method="attach", system_name="x", error="no")
    assert len(story.world.of(SHARED_MEMORY)) == 1
    assert memory_of(story).refused == 1


def test_the_elements_of_a_list_are_what_was_last_read_or_written() -> None:
    story = made(LIST, "ShareableList")
    for index, text in enumerate(("1", "2.5")):
        story.tell(MAIN, table.ELEMENT_WRITTEN, memory=LIST, position=index, first=True, text=text)
    story.tell(A, table.ELEMENT_READ, memory=LIST, position=0, text="1")
    story.tell(A, table.ELEMENT_WRITTEN, memory=LIST, position=0, first=False, text="2")
    memory = memory_of(story, LIST)
    assert (memory.content, memory.reads, memory.writes) == ({0: "2", 1: "2.5"}, 1, 1)

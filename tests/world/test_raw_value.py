"""Values without a lock: what is known of them is that they were made, and where they are."""

from __future__ import annotations

from ipcviz.log import table
from ipcviz.world.raw_value import RAW_VALUE
from tests.support.story import MAIN, A, B, Story

FIRST, SECOND = 500, 501


def make(story: Story, key: int, ordinal: int, who: int = MAIN) -> Story:
    return story.tell(
        who, table.RAW_VALUE_MADE, value=key, size=4, ordinal=ordinal, kind="RawValue", ctype="c_int"
    )


def where(story: Story) -> dict[str, list[int]]:
    return {value.id: list(value.where) for value in story.world.of(RAW_VALUE).values()}


def test_a_forked_child_has_what_was_made_before_the_fork() -> None:
    story = make(make(Story(), FIRST, 0), SECOND, 1)
    # It says so after its parent has made another one.
    story.tell(A, table.RAW_VALUES_INHERITED, parent=MAIN, how_many=1)
    assert where(story) == {"V1": [MAIN, A], "V2": [MAIN]}


def test_a_grandchild_has_what_its_parent_has_inherited_and_made() -> None:
    story = make(Story(), FIRST, 0).tell(A, table.RAW_VALUES_INHERITED, parent=MAIN, how_many=1)
    make(story, SECOND, 1, A).tell(B, table.RAW_VALUES_INHERITED, parent=A, how_many=2)
    assert where(story) == {"V1": [MAIN, A, B], "V2": [A, B]}


def test_a_spawned_child_has_what_arrived() -> None:
    story = make(make(Story(), FIRST, 0), SECOND, 1).tell(A, table.RAW_VALUE_ARRIVED, value=SECOND, ordinal=0)
    assert where(story) == {"V1": [MAIN], "V2": [MAIN, A]}


def test_the_part_of_a_value_with_a_lock_is_none() -> None:
    assert where(Story().tell(A, table.RAW_VALUE_ARRIVED, value=FIRST, ordinal=0)) == {}
    story = make(Story(), FIRST, 0).tell(MAIN, table.RAW_VALUE_GONE, value=FIRST)
    story.tell(A, table.RAW_VALUE_ARRIVED, value=FIRST, ordinal=0)
    assert where(story) == {"V1": [MAIN]}


def test_the_next_one_in_the_same_memory_is_another_one() -> None:
    story = Story()
    for ordinal in range(3):
        make(make(story, FIRST, 2 * ordinal), SECOND, 2 * ordinal + 1)
    assert list(where(story)) == ["V1", "V2", "V3", "V4", "V5", "V6"]
    story.tell(0, table.OBJECT_NAMED, object=FIRST, name="newest")
    assert [value.id for value in story.world.of(RAW_VALUE).values() if value.name] == ["V5"]

"""The picture of values without a lock: that they are there, and that their use is not seen."""

from __future__ import annotations

import pytest

from ipcviz.log import table
from ipcviz.ui.stage.picture import draw
from tests.support import runs
from tests.support.recorded import scene_at


def values(count: int) -> runs.Run:
    run = runs.Run().main()
    for n in range(count):
        run.tell(
            1, table.RAW_VALUE_MADE, value=500 + n, size=4, ordinal=n, kind="RawValue", ctype="c_int"
        ).tell(0, table.OBJECT_NAMED, object=500 + n, name=f"raw_{n}")  # fmt: skip
    run.start(2, "child")
    return run.tell(2, table.RAW_VALUES_INHERITED, parent=1, how_many=count)


@pytest.mark.parametrize("size", [(120, 24), (80, 17)])
def test_it_says_that_its_use_is_not_seen_and_where_it_is(size: tuple[int, int]) -> None:
    text = draw(scene_at(values(1).log), *size).text()
    assert "┃ raw_0 RawValue c_int" in text
    assert "┃ ░ no lock: use not seen in: main" in text


def test_of_many_the_newest_are_drawn_and_the_others_counted() -> None:
    text = draw(scene_at(values(20).log), 120, 24).text()
    assert "raw_19" in text
    assert "raw_13" not in text
    assert "and 14 more without a lock" in text

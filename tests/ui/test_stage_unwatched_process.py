"""The picture names the processes that are not watched."""

from __future__ import annotations

import pytest

from ipcviz.log import table
from ipcviz.ui.stage.picture import draw
from tests.support import runs
from tests.support.recorded import scene_at


@pytest.mark.parametrize("size", [(120, 24), (80, 17)])
def test_they_are_counted_and_the_newest_named(size: tuple[int, int]) -> None:
    run = runs.Run().main()
    for n in range(6):
        what = f"python job{n}.py"
        run.tell(1, table.UNWATCHED_STARTED, pid=70 + n, withdrawn=False, what=what, why="subprocess")
    text = draw(scene_at(run.log), *size).text()
    assert "┃ ░ not watched: 6" in text
    assert "python job5.py pid 75" in text
    assert "job1" not in text
    assert "and 2 more" in text

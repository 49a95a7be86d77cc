"""The picture of shared memory: a box with its name and size, who has it open, what became of its name."""

from __future__ import annotations

import pytest

from ipcviz.log import table
from ipcviz.ui.stage.picture import draw
from tests.support import runs
from tests.support.recorded import line_of, scene_at

SIZES = pytest.mark.parametrize("size", [(120, 24), (80, 17)])
BLOCK = 70


def made(kind: str = "SharedMemory") -> runs.Run:
    run = runs.Run().main()
    run.tell(
        1, table.SHARED_MEMORY_MADE, memory=BLOCK, size=4096, tracked=True, kind=kind,
        system_name="psm_12345678",
    )  # fmt: skip
    run.say(0, table.OBJECT_NAMED, "block", obj=BLOCK).start(2, "child")
    return run.tell(2, table.SHARED_MEMORY_INHERITED, memory=BLOCK, handles=1)


def picture(run: runs.Run, size: tuple[int, int]) -> str:
    return draw(scene_at(run.log), *size).text()


@SIZES
def test_a_box_says_its_name_its_size_and_who_has_it_open(size: tuple[int, int]) -> None:
    text = picture(made(), size)
    assert "┃ block SharedMemory" in text
    assert "┌─ psm_12345678 ─" in text
    assert "│ 4,096 bytes " in text
    assert "▶ open in: main, child" in text
    assert "open: block" in line_of(text, "child ▶ runs")


@SIZES
def test_closed_by_all_and_not_unlinked_is_still_there(size: tuple[int, int]) -> None:
    run = made()
    for who in (1, 2):
        run.tell(who, table.SHARED_MEMORY_CLOSED, memory=BLOCK, dropped=False)
    text = picture(run, size)
    assert "✔ closed everywhere" in text
    assert "◷ still there: not unlinked" in text


@SIZES
def test_unlinked_while_a_child_has_it_open(size: tuple[int, int]) -> None:
    run = made().tell(1, table.SHARED_MEMORY_CLOSED, memory=BLOCK, dropped=False)
    text = picture(run.tell(1, table.SHARED_MEMORY_UNLINKED, memory=BLOCK), size)
    assert "▶ open in: child" in text
    assert "✔ unlinked by main" in text


@SIZES
def test_never_unlinked_has_leaked_at_the_end(size: tuple[int, int]) -> None:
    run = made().end(2)
    run.finish()
    text = picture(run, size)
    assert "✘ leaked: never unlinked" in text
    assert "✔ closed everywhere" in text


@SIZES
def test_a_list_shows_its_elements(size: tuple[int, int]) -> None:
    run = made("ShareableList")
    for index, value in enumerate(("7", "'a'")):
        run.tell(1, table.ELEMENT_WRITTEN, memory=BLOCK, position=index, first=True, text=value)
    run.tell(2, table.ELEMENT_WRITTEN, memory=BLOCK, position=0, first=False, text="8")
    assert "│ [0] 8  [1] 'a'" in picture(run, size)

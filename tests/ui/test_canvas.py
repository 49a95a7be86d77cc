"""The grid of cells keeps wide characters whole."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from ipcviz.ui.canvas import ASCII, Canvas, clip, middle_clip, pad, runs


def test_a_wide_character_takes_two_cells_and_the_row_keeps_its_width() -> None:
    canvas = Canvas(10, 1)
    assert canvas.put(0, 0, "队列x") == 5
    assert canvas.text() == "队列x"
    assert cell_len("".join(text for text, _ in runs(canvas.row(0)))) == 10


@pytest.mark.parametrize("at", [1, 2, 3])
def test_writing_over_half_a_wide_character_leaves_no_half(at: int) -> None:
    canvas = Canvas(8, 1)
    canvas.put(0, 0, "队列队列")
    canvas.put(at, 0, "x")
    assert cell_len("".join(text for text, _ in runs(canvas.row(0)))) == 8
    assert "x" in canvas.text()


def test_a_wide_character_over_a_wide_one_out_of_step() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 0, "队列队")
    canvas.put(1, 0, "空")
    assert canvas.text() == " 空 队"


def test_what_is_outside_is_cut_off() -> None:
    canvas = Canvas(4, 1)
    canvas.put(-2, 0, "abcdefgh")
    canvas.put(0, 5, "nowhere")
    assert canvas.text() == "cdef"
    wide = Canvas(3, 1)
    wide.put(0, 0, "队列")
    assert wide.text() == "队"


def test_neighbours_of_one_style_are_one_run() -> None:
    canvas = Canvas(6, 1)
    canvas.put(0, 0, "ab", "x")
    canvas.put(2, 0, "cd", "x")
    assert runs(canvas.row(0)) == [("abcd", "x"), ("  ", "")]


def test_clipped_texts_fit() -> None:
    assert clip("队列长名字", 5) == "队列…"
    assert clip("short", 5) == "short"
    assert cell_len(pad("队列", 7)) == 7
    assert middle_clip("producer-10", 8) == "pro…r-10"
    assert all(cell_len(middle_clip("producer-10", width)) <= width for width in range(1, 12))


def test_ascii_signs_take_one_cell_each() -> None:
    assert all(ord(sign) < 128 and len(sign) == 1 for sign in ASCII.values())

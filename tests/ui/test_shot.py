"""Pictures with Chinese in them, whatever draws them."""

from __future__ import annotations

import re
from pathlib import Path

from ipcviz.ui import shot
from ipcviz.ui.screenshots import render
from ipcviz.ui.theme import LIGHT
from tests.support import runs

TEXT = re.compile(r'<text [^>]*?x="([\d.]+)"[^>]*?textLength="([\d.]+)"[^>]*>([^<]*)</text>')


def test_wide_and_narrow_stretches_have_the_width_of_their_cells() -> None:
    rich = '<text class="r1" x="122" y="20" textLength="61" clip-path="url(#l)">&#160;队列&#160;&lt;</text>'
    found = TEXT.findall(shot.mend(rich))
    assert found == [("134.2", "48.8", "队列"), ("195.2", "12.2", "&lt;")]


def test_blanks_at_the_ends_move_the_text_instead_of_being_drawn() -> None:
    rich = '<text class="r1" x="0" y="20" textLength="73.2">&#160;&#160;ab&#160;&#160;</text>'
    assert TEXT.findall(shot.mend(rich)) == [("24.4", "24.4", "ab")]


async def test_a_moment_is_drawn_the_same_twice_and_asks_no_server() -> None:
    first = await render("有界队列", runs.queue_bounded(), 4.08, (120, 36), "zh", LIGHT)
    again = await render("有界队列", runs.queue_bounded(), 4.08, (120, 36), "zh", LIGHT)
    assert first == again
    assert "http" not in re.sub(r"http://www\.w3\.org/\S+|https://www\.textualize\.io", "", first)
    assert "@font-face" not in first
    assert "有界队列" in first
    assert "满" in first


async def test_an_item_on_its_way_is_in_the_picture_of_that_moment() -> None:
    moment = await render("q", runs.queue_bounded(), 4.08, (120, 36), "en", LIGHT)
    later = await render("q", runs.queue_bounded(), 4.3, (120, 36), "en", LIGHT)
    assert moment != later


def test_a_picture_never_takes_the_place_of_another_file(tmp_path: Path) -> None:
    paths = [shot.save(f"<svg>{number}</svg>", tmp_path, "run") for number in range(3)]
    assert [path.name for path in paths] == ["run.svg", "run-2.svg", "run-3.svg"]
    assert paths[0].read_text() == "<svg>0</svg>"

"""The pictures of the README come from recorded traces, and come out the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcviz.log import events, trace
from tests.support import pictures


@pytest.mark.parametrize("picture", pictures.ALL[:3], ids=lambda picture: picture.name)
def test_a_picture_is_the_same_each_time(picture: pictures.Picture, tmp_path: Path) -> None:
    first = pictures.draw(picture, tmp_path).read_bytes()
    assert pictures.draw(picture, tmp_path).read_bytes() == first
    assert b"@font-face" not in first


@pytest.mark.parametrize("path", sorted(pictures.TRACES.glob("*.trace")), ids=lambda path: path.stem)
def test_a_trace_kept_here_names_no_folder_of_the_machine_it_was_made_on(path: Path) -> None:
    header, log = trace.read(path)
    named = [fact.file for fact in log.read() if isinstance(fact, events.SiteNamed)]
    assert [name for name in (*header.argv, header.title, *named) if name.startswith("/")] == []
    assert header.damage == ""


def test_every_picture_that_the_readme_shows_is_there() -> None:
    readme = (pictures.ROOT / "README.md").read_text(encoding="utf-8")
    shown = [part.split(")")[0] for part in readme.split("](screenshots/")[1:]]
    assert shown
    for name in shown:
        assert (pictures.PICTURES / name).is_file()

"""A moment of a recorded run as a picture: the same bytes whenever it is made."""

from __future__ import annotations

import asyncio
from pathlib import Path

from ipcviz.log import trace
from ipcviz.log.log import Log
from ipcviz.ui import shot
from ipcviz.ui.theme import DARK


def make(
    trace_path: Path, out_svg: Path, at_seconds: float, size: tuple[int, int] = (120, 36), lang: str = "en",
    theme: str = DARK, title: str = "",
) -> None:  # fmt: skip
    """Draw the screen as it was so many seconds after the program began."""
    header, log = trace.read(trace_path)
    picture = asyncio.run(render(title or header.title, log, at_seconds, size, lang, theme))
    out_svg.write_text(picture, encoding="utf-8")


async def render(
    title: str, log: Log, at_seconds: float, size: tuple[int, int], lang: str, theme: str
) -> str:
    """The same from a log that is in memory."""
    from ipcviz.ui.app import IpcvizApp

    # The app's own clock stands still: only the moment asked for is drawn.
    app = IpcvizApp(replay=(title, log), lang=lang, theme=theme, clock=lambda: 0)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.view.show_moment(at_seconds)
        await pilot.pause()
        return shot.svg(app, "ipcviz")

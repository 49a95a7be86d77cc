"""`ipcviz replay`: a trace, forward and back."""

from __future__ import annotations

from typing import Any

import click

from ipcviz.cli.errors import Refused
from ipcviz.cli.options import examples, need_terminal, open_screen, pace_option, screen_options


@click.command(epilog=examples("ipcviz replay t.trace", "ipcviz replay --pace lecture t.trace"))
@click.argument("trace", type=click.Path())
@pace_option
@screen_options
@click.pass_obj
def replay(shared: dict[str, Any], trace: str, pace: str, lang: str | None, ascii: bool) -> None:
    """Watch a recorded run, forward and back."""
    from ipcviz.log.trace import TraceError, load

    try:
        header, log, _ = load(trace)
    except TraceError as error:
        raise Refused(str(error)) from None
    need_terminal("ipcviz replay", f"for figures instead: `ipcviz stats {trace}`")
    title = header.title or " ".join(header.argv) or trace
    open_screen(
        replay=(title, log),
        pace=pace,
        lang=lang or shared["lang"],
        ascii=ascii or shared["ascii"],
    )

"""`ipcviz run`: a program, live."""

from __future__ import annotations

from typing import Any

import click

from ipcviz.cli.options import (
    PASS_ON,
    examples,
    find,
    need_terminal,
    open_screen,
    pace_option,
    program_options,
    screen_options,
)


@click.command(
    context_settings=PASS_ON,
    epilog=examples(
        "ipcviz run queue-bounded",
        "ipcviz run --pace 1/10 --start-method spawn prog.py --its-own-option",
        "ipcviz run -m package.module a b",
    ),
)
@program_options
@pace_option
@screen_options
@click.pass_obj
def run(
    shared: dict[str, Any],
    program: tuple[str, ...],
    module: bool,
    start_method: str | None,
    python: str | None,
    pace: str,
    lang: str | None,
    ascii: bool,
) -> None:
    """Run a lesson or a program for real and watch it live.

    Options come before the program; everything behind its name is passed on to it untouched. A file that
    is called like a lesson is meant by ./NAME.
    """
    lang = lang or shared["lang"]
    started, lesson = find(program, module, start_method, python, lang)
    need_terminal("ipcviz run", "to watch it later: `ipcviz record -o TRACE PROGRAM`")
    open_screen(lesson=lesson, program=started, pace=pace, lang=lang, ascii=ascii or shared["ascii"])

"""What several commands have in common: their options, how their help looks, and finding the program."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from ipcviz.cli.errors import Refused

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_START_METHODS = ("fork", "spawn", "forkserver")
Command = TypeVar("Command", bound=Callable[..., Any])


def _pace(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    said = value.strip().lower()
    ratio = re.fullmatch(r"(?:1/)?([1-9][0-9]{0,2})", said)
    if said in ("live", "slow", "lecture") or (ratio and int(ratio[1]) <= 100):
        return said
    raise click.BadParameter(f"{value!r} is none: say live, slow, lecture or a speed from 1/100 to 100")


def _complete_program(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The lessons that fit what was typed; files where none does."""
    from click.shell_completion import CompletionItem

    from ipcviz import lessons

    fitting = [CompletionItem(name) for name in lessons.ORDER if name.startswith(incomplete)]
    # Only the first word is ours to know; the program's own arguments may be files.
    first = not ctx.params.get("program")
    return fitting if fitting and first else [CompletionItem(incomplete, type="file")]


def program_options(command: Command) -> Command:
    """What `run` and `record` have in common: the program and how to start it."""
    for decorate in (
        click.argument(
            "program",
            nargs=-1,
            type=click.UNPROCESSED,
            metavar="LESSON|SCRIPT.py [ARGS]...",
            shell_complete=_complete_program,
        ),
        click.option(
            "--python",
            metavar="PYTHON",
            help="Start the program with this Python, not with mine; options can follow: 'python3.13 -I'.",
        ),
        click.option(
            "--start-method",
            type=click.Choice(_START_METHODS),
            help="Default start method of the program; without it, Python's own.",
        ),
        click.option("-m", "--module", is_flag=True, help="The program is a module, as with python -m."),
    ):
        command = decorate(command)
    return command


def screen_options(command: Command) -> Command:
    """What every command that opens the screen has in common."""
    command = click.option("--ascii", is_flag=True, help="Draw with plain ASCII signs only.")(command)
    return language_option(command)


def language_option(command: Command) -> Command:
    """`--lang`."""
    option = click.option("--lang", type=click.Choice(["en", "zh"]), help="Language; else $LANG decides.")
    return option(command)


def pace_option(command: Command) -> Command:
    """`--pace`."""
    return click.option(
        "--pace",
        callback=_pace,
        default="live",
        show_default=True,
        metavar="PACE",
        help="live, slow, lecture, or a speed such as 1/10.",
    )(command)


def examples(*lines: str) -> str:
    """An epilog that keeps its lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


PASS_ON = {"allow_interspersed_args": False}
"""Everything behind the program's name is the program's."""


def find(
    words: tuple[str, ...], module: bool, start_method: str | None, python: str | None, lang: str | None
) -> tuple[Any, Any]:
    """The program that these words mean, and the lesson, if it is one."""
    if not words:
        raise Refused("Which program? Name a lesson or a script; `ipcviz lessons` lists the lessons.")
    from ipcviz.run import find
    from ipcviz.words import choose

    try:
        return find.program(
            words, module=module, start_method=start_method, python=python, language=choose(lang)
        )
    except find.NotStartable as error:
        raise Refused(str(error)) from None


def need_terminal(command: str, remedy: str) -> None:
    """Refuse where there is no screen to draw on."""
    # The screen is drawn on standard error, reads keys from standard input, asks standard output its size.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Refused(f"`{command}` needs a terminal to draw on; {remedy}.")


def open_screen(**wishes: Any) -> NoReturn:
    """Run the app and end with its exit code."""
    from ipcviz.ui.app import IpcvizApp

    app = IpcvizApp(**wishes)
    app.run()
    sys.exit(app.return_code or 0)

"""The command line: parse what was asked for and hand it to the part that does it, nothing else."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

from ipcviz import __version__, usage

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

    from ipcviz.log.log import Log
    from ipcviz.log.trace import Header

_TRACE_START = b"ipcviz trace"
_START_METHODS = ("fork", "spawn", "forkserver")
_Command = TypeVar("_Command", bound=Callable[..., Any])


class Refused(click.ClickException):
    """One sentence on standard error that names the thing and the remedy; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Say it."""
        click.echo(f"ipcviz: {self.message}", file=file, err=True)


@contextlib.contextmanager
def _one_sentence() -> Iterator[None]:
    """Say click's own usage errors in the same way as ours."""
    try:
        yield
    except click.UsageError as error:
        message = error.format_message()
        joint = " See" if message.endswith("?") else "; see"
        asked = error.ctx.command_path if error.ctx else "ipcviz"
        raise Refused(f"{message.rstrip('.')}{joint} `{asked} --help`.") from None


class _Commands(click.Group):
    """The group of all commands."""

    def get_help(self, ctx: click.Context) -> str:
        return usage.HELP.rstrip("\n")

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with _one_sentence():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with _one_sentence():
            return super().invoke(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from ipcviz import lessons

            if name in lessons.ORDER or os.path.exists(name):
                raise Refused(f"{name!r} is no command; to watch it: `ipcviz run {name}`.")
        return super().resolve_command(ctx, args)


def _pace(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    said = value.strip().lower()
    ratio = re.fullmatch(r"(?:1/)?([1-9][0-9]{0,2})", said)
    if said in ("live", "slow", "lecture") or (ratio and int(ratio[1]) <= 100):
        return said
    raise click.BadParameter(f"{value!r} is none: say live, slow, lecture or a speed from 1/100 to 100")


def _timeout(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    # Asked this way round, "not a number" is refused too.
    if value is None or 0 < value <= 1e9:
        return value
    raise click.BadParameter(f"{value:g} is no number of seconds to wait")


def _complete_program(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The lessons that fit what was typed; files where none does."""
    from click.shell_completion import CompletionItem

    from ipcviz import lessons

    fitting = [CompletionItem(name) for name in lessons.ORDER if name.startswith(incomplete)]
    # Only the first word is ours to know; the program's own arguments may be files.
    first = not ctx.params.get("program")
    return fitting if fitting and first else [CompletionItem(incomplete, type="file")]


def _program_options(command: _Command) -> _Command:
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


def _screen_options(command: _Command) -> _Command:
    """What every command that opens the screen has in common."""
    command = click.option("--ascii", is_flag=True, help="Draw with plain ASCII signs only.")(command)
    return _language_option(command)


def _language_option(command: _Command) -> _Command:
    option = click.option("--lang", type=click.Choice(["en", "zh"]), help="Language; else $LANG decides.")
    return option(command)


def _pace_option(command: _Command) -> _Command:
    return click.option(
        "--pace",
        callback=_pace,
        default="live",
        show_default=True,
        metavar="PACE",
        help="live, slow, lecture, or a speed such as 1/10.",
    )(command)


def _examples(*lines: str) -> str:
    """An epilog that keeps its lines."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


_PASS_ON = {"allow_interspersed_args": False}
"""Everything behind the program's name is the program's."""


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@_screen_options
@click.version_option(__version__, "-V", "--version", message="ipcviz %(version)s")
@click.pass_context
def main(ctx: click.Context, lang: str | None, ascii: bool) -> None:
    """Wire what all commands share; `ipcviz.usage` holds the help page."""
    if ctx.invoked_subcommand is None:
        _need_terminal("ipcviz", "to record a program without one: `ipcviz record -o TRACE PROGRAM`")
        _open_screen(lang=lang, ascii=ascii)
    ctx.obj = {"lang": lang, "ascii": ascii}


@main.command(
    context_settings=_PASS_ON,
    epilog=_examples(
        "ipcviz run queue-bounded",
        "ipcviz run --pace 1/10 --start-method spawn prog.py --its-own-option",
        "ipcviz run -m package.module a b",
    ),
)
@_program_options
@_pace_option
@_screen_options
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
    started, lesson = _find(program, module, start_method, python, lang)
    _need_terminal("ipcviz run", "to watch it later: `ipcviz record -o TRACE PROGRAM`")
    _open_screen(lesson=lesson, program=started, pace=pace, lang=lang, ascii=ascii or shared["ascii"])


@main.command(
    context_settings=_PASS_ON,
    epilog=_examples(
        "ipcviz record -o t.trace prog.py a b",
        "ipcviz record -o t.trace --timeout 10 queue-bounded; ipcviz replay t.trace",
    ),
)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="TRACE",
    type=click.Path(),
    help="File to record into. An earlier trace is replaced, any other file is left alone.",
)
@click.option("-f", "--force", is_flag=True, help="Replace the file whatever it is.")
@click.option(
    "--timeout",
    type=float,
    callback=_timeout,
    metavar="SECONDS",
    help="End the program and all its children after this time.",
)
@_program_options
def record(
    output: str,
    force: bool,
    timeout: float | None,
    program: tuple[str, ...],
    module: bool,
    start_method: str | None,
    python: str | None,
) -> None:
    """Run a lesson or a program without a screen and record what its processes do.

    Its input, output and errors pass through unchanged. The exit code is the program's own, 128 plus the
    signal's number when a signal killed it. The trace is written as the program runs, so what has happened
    is kept whatever happens next.
    """
    started, _ = _find(program, module, start_method, python, None)
    path = _make_room(output, force=force)
    from ipcviz.run import record as recording
    from ipcviz.run.session import StartError

    try:
        code = recording.record(started, path, timeout=timeout, overwrite=True, complain=_complain)
        sys.exit(code)
    except StartError as error:
        raise Refused(str(error)) from None
    except OSError as error:
        raise Refused(f"Cannot record into {output!r}: {error.strerror or error}.") from None


@main.command(epilog=_examples("ipcviz replay t.trace", "ipcviz replay --pace lecture t.trace"))
@click.argument("trace", type=click.Path())
@_pace_option
@_screen_options
@click.pass_obj
def replay(shared: dict[str, Any], trace: str, pace: str, lang: str | None, ascii: bool) -> None:
    """Watch a recorded run, forward and back."""
    header, log = _read(trace)
    _need_terminal("ipcviz replay", f"for figures instead: `ipcviz stats {trace}`")
    title = header.title or " ".join(header.argv) or trace
    _open_screen(
        replay=(title, log),
        pace=pace,
        lang=lang or shared["lang"],
        ascii=ascii or shared["ascii"],
    )


@main.command(epilog=_examples("ipcviz stats t.trace", "ipcviz stats t.trace --json | python -m json.tool"))
@click.argument("trace", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object, times in seconds.")
def stats(trace: str, as_json: bool) -> None:
    """Say what happened in a recorded run, in figures."""
    header, log = _read(trace)
    from ipcviz.tell.figures import figures

    told = figures(header, log)
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        from ipcviz.tell.table import table

        click.echo(table(told))
    if header.damage:
        click.echo(f"ipcviz: {header.damage}", err=True)


@main.command(epilog=_examples("ipcviz lessons", "ipcviz lessons --lang zh", "ipcviz lessons --json"))
@click.option("--json", "as_json", is_flag=True, help="For programs: every text in every language.")
@_language_option
@click.pass_obj
def lessons(shared: dict[str, Any], as_json: bool, lang: str | None) -> None:
    """List what there is to teach."""
    from ipcviz import lessons as taught

    if as_json:
        import json
        from dataclasses import asdict

        listed = [{**asdict(lesson), "path": str(lesson.path)} for lesson in taught.all()]
        click.echo(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    from ipcviz import words
    from ipcviz.tell.table import columns

    language = words.choose(lang or shared["lang"])
    rows = [
        (str(number), lesson.id, lesson.title[language], lesson.summary[language])
        for number, lesson in enumerate(taught.all(), start=1)
    ]
    click.echo("\n".join(columns(rows, right={0})))


def _complain(sentence: str) -> None:
    click.echo(f"ipcviz: {sentence}", err=True)


def _find(
    words: tuple[str, ...], module: bool, start_method: str | None, python: str | None, lang: str | None
) -> tuple[Any, Any]:
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


def _read(trace: str) -> tuple[Header, Log]:
    from ipcviz.log.trace import TraceError, read

    try:
        return read(trace)
    except TraceError as error:
        raise Refused(str(error)) from None


def _make_room(output: str, *, force: bool) -> Path:
    """See that a recording can be written to this place before the program starts."""
    from pathlib import Path

    path = Path(os.path.realpath(output))
    if not path.parent.is_dir():
        raise Refused(f"There is no folder {str(path.parent)!r} to record into; make it first.")
    if path.exists():
        if not path.is_file():
            raise Refused(f"{output!r} is no ordinary file; choose another name for the trace.")
        if not force and not _is_trace(path):
            raise Refused(f"{output!r} exists and is no trace; choose another name, or say --force.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise Refused(f"{output!r} cannot be written; choose another place for the trace.")
    return path


def _is_trace(path: Path) -> bool:
    """Whether nothing but an earlier recording, or nothing at all, would be lost."""
    try:
        with open(path, "rb") as file:
            start = file.read(len(_TRACE_START))
    except OSError:
        return False
    return start in (_TRACE_START, b"")


def _need_terminal(command: str, remedy: str) -> None:
    # The screen is drawn on standard error, reads keys from standard input, asks standard output its size.
    if not all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise Refused(f"`{command}` needs a terminal to draw on; {remedy}.")


def _open_screen(**wishes: Any) -> NoReturn:
    from ipcviz.ui.app import IpcvizApp

    app = IpcvizApp(**wishes)
    app.run()
    sys.exit(app.return_code or 0)

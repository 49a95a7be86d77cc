"""`ipcviz record`: a program, without a screen, into a trace."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from ipcviz.cli.errors import Refused
from ipcviz.cli.options import PASS_ON, examples, find, program_options

if TYPE_CHECKING:
    from pathlib import Path

_TRACE_START = b"ipcviz trace"


def _timeout(_ctx: click.Context, _param: click.Parameter, value: float | None) -> float | None:
    # Asked this way round, "not a number" is refused too.
    if value is None or 0 < value <= 1e9:
        return value
    raise click.BadParameter(f"{value:g} is no number of seconds to wait")


@click.command(
    context_settings=PASS_ON,
    epilog=examples(
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
@program_options
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
    started, _ = find(program, module, start_method, python, None)
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


def _complain(sentence: str) -> None:
    click.echo(f"ipcviz: {sentence}", err=True)


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

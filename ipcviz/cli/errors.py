"""How the command line refuses: one sentence on standard error, exit code 2."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import click


class Refused(click.ClickException):
    """One sentence on standard error that names the thing and the remedy; exit code 2."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Say it."""
        click.echo(f"ipcviz: {self.message}", file=file, err=True)


@contextlib.contextmanager
def one_sentence() -> Iterator[None]:
    """Say click's own usage errors in the same way as ours."""
    try:
        yield
    except click.UsageError as error:
        message = error.format_message()
        joint = " See" if message.endswith("?") else "; see"
        asked = error.ctx.command_path if error.ctx else "ipcviz"
        raise Refused(f"{message.rstrip('.')}{joint} `{asked} --help`.") from None

"""The group of all commands: each is loaded when it is asked for."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from ipcviz import __version__, usage
from ipcviz.cli.errors import Refused, one_sentence
from ipcviz.cli.options import need_terminal, open_screen, screen_options

COMMANDS = ("run", "record", "replay", "stats", "lessons")


class _Commands(click.Group):
    """The group of all commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"ipcviz.cli.{cmd_name}"), cmd_name)
        return found

    def get_help(self, ctx: click.Context) -> str:
        return usage.HELP.rstrip("\n")

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        with one_sentence():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        with one_sentence():
            return super().invoke(ctx)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from ipcviz import lessons

            if name in lessons.ORDER or os.path.exists(name):
                raise Refused(f"{name!r} is no command; to watch it: `ipcviz run {name}`.")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@screen_options
@click.version_option(__version__, "-V", "--version", message="ipcviz %(version)s")
@click.pass_context
def main(ctx: click.Context, lang: str | None, ascii: bool) -> None:
    """Wire what all commands share; `ipcviz.usage` holds the help page."""
    if ctx.invoked_subcommand is None:
        need_terminal("ipcviz", "to record a program without one: `ipcviz record -o TRACE PROGRAM`")
        open_screen(lang=lang, ascii=ascii)
    ctx.obj = {"lang": lang, "ascii": ascii}

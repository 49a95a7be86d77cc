"""`ipcviz stats`: a trace, in figures."""

from __future__ import annotations

import gc

import click

from ipcviz.cli.errors import Refused
from ipcviz.cli.options import examples


@click.command(epilog=examples("ipcviz stats t.trace", "ipcviz stats t.trace --json | python -m json.tool"))
@click.argument("trace", type=click.Path())
@click.option("--json", "as_json", is_flag=True, help="For programs: one JSON object, times in seconds.")
def stats(trace: str, as_json: bool) -> None:
    """Say what happened in a recorded run, in figures."""
    from ipcviz.log.trace import TraceError, events
    from ipcviz.tell.figures import of_world
    from ipcviz.world import World

    # Nothing of a world refers to itself: looking for that again and again would take a third of the time.
    gc.disable()
    try:
        header, read = events(trace)
        told = of_world(header, World().apply_all(read))
    except TraceError as error:
        raise Refused(str(error)) from None
    if as_json:
        import json

        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        from ipcviz.tell.table import table

        click.echo(table(told))
    if header.damage:
        click.echo(f"ipcviz: {header.damage}", err=True)

"""`ipcviz lessons`: what there is to teach."""

from __future__ import annotations

from typing import Any

import click

from ipcviz.cli.options import examples, language_option


@click.command(epilog=examples("ipcviz lessons", "ipcviz lessons --lang zh", "ipcviz lessons --json"))
@click.option("--json", "as_json", is_flag=True, help="For programs: every text in every language.")
@language_option
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

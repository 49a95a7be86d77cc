"""Every hook names the fields of the event it tells; read from its source, for what seldom happens too."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipcviz.log import table

PROBE = Path(__file__).resolve().parents[2] / "ipcviz" / "probe"
ROWS = {name: row for name, row in vars(table).items() if isinstance(row, table.Row)}
BESIDE = {"site", "time"}


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function or method with this name in the probe, and where it is."""
    for file in sorted(PROBE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "attr", getattr(node.func, "id", "")) == name
            ):
                yield f"{file.relative_to(PROBE)}:{node.lineno}", node


def row_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) else ""


EVENTS = [
    pytest.param(row_of(call.args[0]), call, id=f"{row_of(call.args[0])} {where}")
    for where, call in calls("event")
    if row_of(call.args[0]) and call.args
]


@pytest.mark.parametrize(("row", "call"), EVENTS)
def test_an_event_is_told_with_the_fields_of_its_row(row: str, call: ast.Call) -> None:
    assert {keyword.arg for keyword in call.keywords} - BESIDE == set(ROWS[row].fields)
    assert len(call.args) == 1


def test_every_event_of_a_process_is_told_somewhere() -> None:
    named = {
        node.attr
        for file in PROBE.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "table"
    }
    session = {name for name, row in ROWS.items() if row.number >= table.PROGRAM_STARTED.number}
    assert named & set(ROWS) == set(ROWS) - session


def test_words_by_position_are_named_in_order() -> None:
    with pytest.raises(TypeError):
        table.ITEM_SENT.order("channel", "ordinal", "number")

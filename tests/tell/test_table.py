"""The page of figures for people."""

from __future__ import annotations

from typing import Any

from ipcviz.tell.table import columns, table, width


def figures(**more: Any) -> dict[str, Any]:
    told = {
        "format": 1,
        "program": {
            "argv": ["shop.py", "a"],
            "python": "3.11.7",
            "start_method": "fork",
            "exitcode": 0,
            "duration": 3.4,
        },
        "outcome": "finished",
        "why": "",
        "waits": [],
        "cycle": None,
        "events": 12345,
        "lost": 0,
        "processes": [process("P1", "main"), process("P2", "zyk", parent="P1")],
        "channels": [channel("Q1", "queue")],
        "locks": [],
        "managers": [],
        "pools": [],
    }
    return {**told, **more}


def process(id: str, name: str, **more: Any) -> dict[str, Any]:
    told = {"pid": 7, "parent": None, "start_method": "fork", "daemon": False, "started": 0.0}
    return {"id": id, "name": name, **told, "ended": 1.5, "exitcode": 0, "error": None, **more}


def channel(id: str, name: str | None, inside: str | None = None) -> dict[str, Any]:
    return {
        "id": id, "kind": "Queue", "name": name, "inside": inside, "maxsize": 3, "puts": 10, "gets": 9,
        "task_done": 0, "unfinished": 0, "left": 1, "high_water": 3, "put_blocked": 2.5, "get_blocked": 0,
        "full_errors": 0, "empty_errors": 0,
    }  # fmt: skip


def test_the_heading_says_what_ran_and_how_it_ended() -> None:
    first, second, third = table(figures(why="All is well.")).splitlines()[:3]
    assert first == "shop.py a   (Python 3.11.7, fork, 3.400 s, exit code 0)"
    assert second == "finished: All is well."
    assert third == "12,345 events, lost 0"


def test_lost_events_are_loud() -> None:
    assert "LOST 3" in table(figures(lost=3))


def test_waits_are_told_with_names() -> None:
    wait = {"process": "P2", "for": "Lock L1", "held_by": ["P1"], "since": 1.2}
    told = table(figures(outcome="stuck", waits=[wait], cycle=["P1", "P2"]))
    assert "zyk waits for Lock L1 since 1.200 s, held by main" in told
    assert "main → zyk → main" in told


def test_columns_stand_under_their_headings_and_empty_ones_are_left_out() -> None:
    lines = table(figures()).split("Channels\n")[1].splitlines()
    assert lines[0].split() == [
        "id",
        "name",
        "kind",
        "maxsize",
        "puts",
        "gets",
        "left",
        "fullest",
        "put",
        "waited",
    ]
    assert lines[1].split() == ["Q1", "queue", "Queue", "3", "10", "9", "1", "3", "2.500", "s"]
    assert lines[0].index("puts") + len("puts") == lines[1].index("10") + len("10")


def test_parts_of_the_library_are_counted_not_listed() -> None:
    told = table(figures(channels=[channel("Q1", "queue"), channel("Q2", None, inside="O1")]))
    assert "Q2" not in told
    assert "and 1 inside objects of the library" in told


def test_a_name_cannot_break_the_page() -> None:
    told = table(figures(processes=[process("P1", "two\nlines\x1b[31m")]))
    assert "two?lines?[31m" in told


def test_missing_parts_are_no_trouble() -> None:
    assert "? (" not in table({})
    assert table({}).startswith("?")


def test_chinese_takes_two_cells() -> None:
    assert width("队列q") == 5
    assert columns([("队列", "1"), ("q", "22")], right={1}) == ["队列   1", "q     22"]
    assert columns([]) == []

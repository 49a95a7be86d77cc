"""Traces of earlier formats say what they always said."""

from __future__ import annotations

import contextlib
from collections import Counter
from pathlib import Path

import pytest

from ipcviz.log import trace
from ipcviz.log.events import ItemPut, LockAcquired, LockReleased
from ipcviz.tell.figures import figures

TRACES = Path(__file__).parent.parent / "traces"


def test_format_2_with_the_short_form_of_locks() -> None:
    # `with lock: pass` fifty times; then a child puts one item.
    header, log = trace.read(TRACES / "format-2.trace")
    assert header.damage == ""
    counts = Counter(type(event).__name__ for event in log.read())
    assert (len(log), counts["LockAcquired"], counts["LockReleased"], counts["ItemPut"]) == (131, 50, 50, 1)
    of_lock = [event for event in log.read() if isinstance(event, LockAcquired | LockReleased)]
    assert [type(event) for event in of_lock] == [LockAcquired, LockReleased] * 50
    times = [event.time for event in log.read()]
    assert times == sorted(times)
    (put,) = [event for event in log.read() if isinstance(event, ItemPut)]
    assert put.text == "'from the child'"
    assert put.site is not None
    assert (put.site.line, put.site.function) == (3, "child")
    said = figures(header, log)
    assert (said["lost"], said["locks"][0]["acquires"], said["channels"][0]["gets"]) == (0, 50, 1)


def test_format_1() -> None:
    header, log = trace.read(TRACES / "queue-bounded.trace")
    assert header.damage == ""
    said = figures(header, log)
    assert (said["events"], said["channels"][0]["puts"], said["outcome"]) == (249, 10, "finished")


@pytest.mark.parametrize("name", ["format-2", "pipe-eof"])
def test_an_earlier_one_that_breaks_off_or_was_altered(name: str, tmp_path: Path) -> None:
    data = (TRACES / f"{name}.trace").read_bytes()
    whole = trace.read(TRACES / f"{name}.trace")[1].raw(0)
    body = data.index(b"\n") + 1
    for end in range(body + 9, len(data), 97):
        for changed in (data[:end], data[:end] + bytes([data[end] ^ 0x55]) + data[end + 1 :]):
            path = tmp_path / "t.trace"
            path.write_bytes(changed)
            log = None
            with contextlib.suppress(trace.TraceError):
                header, log = trace.read(path)
            if log is None:
                continue
            assert header.damage
            assert len(log) < len(whole)
            list(log.read())

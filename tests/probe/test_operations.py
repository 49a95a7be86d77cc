"""Every operation on queues and processes is told, once, at the line of the program that did it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from ipcviz.log import events as e
from tests.support.watching import METHODS, VERSIONS, Watched, interpreter, watch

PRINTED = """\
True False 0
Full
Full
a b
Empty
Empty
e
ValueError
ValueError
ValueError
True
[1, 2]
from the grandchild
-15
-9
5 forked
"""

# The line, and what is told of it: the event and some of its fields, in order.
TOLD: dict[str, list[tuple[type, dict[str, Any]]]] = {
    "made": [(e.ChannelMade, {"kind": "Queue", "maxsize": 2, "inside": ""})],
    "asked": [
        (e.ChannelAsked, {"method": "empty", "answer": 1}),
        (e.ChannelAsked, {"method": "full", "answer": 0}),
        (e.ChannelAsked, {"method": "qsize", "answer": 0}),
    ],
    "put": [(e.ItemPut, {"ordinal": 0, "text": "'a'"})],
    "put in time": [(e.ItemPut, {"ordinal": 1, "text": "'b'"})],
    "put nowait": [(e.PutFailed, {"error": "Full", "text": "'c'"})],
    "put too long": [
        (e.PutWaiting, {"timeout": 0.05, "text": "'d'"}),
        (e.PutFailed, {"error": "Full", "text": "'d'"}),
    ],
    "get nowait": [(e.GetFailed, {"error": "Empty"})],
    "cannot be pickled": [(e.ItemPut, {"ordinal": 2})],
    "closed": [(e.ChannelClosed, {})],
    "put on closed": [(e.PutFailed, {"error": "ValueError", "text": "'f'"})],
    "get on closed": [(e.GetFailed, {"error": "ValueError"})],
    "cancelled": [(e.FlushCancelled, {})],
    "joinable made": [(e.ChannelMade, {"kind": "JoinableQueue", "maxsize": 0})],
    "job put": [(e.ItemPut, {"ordinal": n, "text": str(n)}) for n in range(3)],
    "done": [(e.TaskDone, {"unfinished": n}) for n in (2, 1, 0)],
    "all done": [(e.TasksFinished, {})],
    "done too often": [(e.TaskDoneRefused, {})],
    "simple made": [(e.ChannelMade, {"kind": "SimpleQueue"})],
    "simple asked": [(e.ChannelAsked, {"method": "empty", "answer": 1})],
    "simple put": [(e.ItemSent, {"number": 1, "ordinal": -1, "text": "[1, 2]"})],
    "simple got": [(e.ItemTaken, {"number": 1})],
    "grandchild puts": [(e.ItemPut, {"ordinal": 0, "text": "'from the grandchild'"})],
    "worker started": [(e.ProcessStarted, {"name": "worker"})],
    "join too long": [(e.JoinWaiting, {"timeout": 0.05}), (e.JoinTimedOut, {})],
    "terminated": [(e.SignalSent, {"signal": 15})],
    "killed": [(e.SignalSent, {"signal": 9})],
    "fork puts": [(e.ItemPut, {"ordinal": 0, "text": "'forked'"})],
}
# Whether these have to wait first depends on who is quicker.
MAY_WAIT = {
    "got": [e.ItemTaken, e.ItemTaken],
    "from grandchild": [e.ItemTaken],
    "worker joined": [e.Joined],
    "get too long": [e.GetFailed],
    "flushed": [],
}
MACHINERY = (e.SiteNamed, e.ThreadNamed)


def check(seen: Watched, method: str) -> None:
    assert seen.printed == PRINTED
    assert "PicklingError" in seen.errors or "AttributeError" in seen.errors
    for name, expected in TOLD.items():
        told = [event for event in seen.at(name) if not isinstance(event, MACHINERY)]
        assert [type(event) for event in told] == [kind for kind, _ in expected], name
        for event, (_, fields) in zip(told, expected, strict=True):
            assert {field: getattr(event, field) for field in fields} == fields, name
    for name, kinds in MAY_WAIT.items():
        waits = (*MACHINERY, e.DataWaiting, e.TurnWaiting, e.JoinWaiting, e.FlushWaiting, e.Flushed)
        assert [type(event) for event in seen.at(name) if not isinstance(event, waits)] == kinds, name

    (lost,) = seen.all(e.ItemLost)
    assert lost.ordinal == 2
    assert not seen.all(e.EventsLost)
    by_name = {process.name: process for process in seen.world.processes.values()}
    codes = {name: it.exitcode for name, it in by_name.items() if it.start_method != "os.fork"}
    assert codes == {
        "MainProcess": 0, "worker": 0, "grandchild": 0, "sleeper": -15, "victim": -9,
    }  # fmt: skip
    assert by_name["grandchild"].parent == by_name["worker"].key
    assert by_name["worker"].parent == by_name["MainProcess"].key
    for name in ("worker", "grandchild", "sleeper", "victim"):
        assert by_name[name].start_method == method, name
    assert by_name["victim"].daemon
    (forked,) = [process for process in seen.world.processes.values() if process.start_method == "os.fork"]
    assert (forked.puts, forked.parent) == (1, by_name["MainProcess"].key)
    for key, process in seen.world.processes.items():
        assert not process.waits
        words = [type(event) for event in seen.events if event.process == key and isinstance(event, LIFE)]
        if process.name in ("MainProcess", "worker", "grandchild"):
            assert words == list(LIFE), process.name
    assert {c.name: c.kind for c in seen.world.channels.values()} == {
        "q": "Queue", "other": "Queue", "jobs": "JoinableQueue", "simple": "SimpleQueue", "results": "Queue",
    }  # fmt: skip
    assert all(a.time <= b.time for a, b in itertools.pairwise(seen.events))


LIFE = (e.ProcessBegan, e.ProcessEnding, e.ProcessEnded)


@pytest.mark.parametrize("method", METHODS)
def test_each_is_told_where_it_was_done(method: str) -> None:
    check(watch("operations.py", method), method)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("version", VERSIONS)
def test_on_every_python(version: str, method: str) -> None:
    check(watch("operations.py", method, python=interpreter(version)), method)

"""Every method and exception of the API tables is seen to happen in the trace of a lesson."""

from __future__ import annotations

import linecache
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ipcviz import lessons
from ipcviz.log import events as e
from ipcviz.run.session import Program, Session

DEADLINE = 60.0
LESSONS = (
    "queue-api", "joinable-api", "pipe-api", "pool-api", "pipe-eof", "manager-lock", "pool-sync-async",
    "with-pool-kills",
)  # fmt: skip

Seen = dict[str, list[e.Event]]


def _watch(id: str) -> list[e.Event]:
    """What happens in a lesson, up to its end or to the verdict."""
    session = Session.start(Program([str(lessons.find(id).path)]))
    deadline = time.monotonic() + DEADLINE
    cursor = 0
    found: list[e.Event] = []
    try:
        while time.monotonic() < deadline and not session.log.closed:
            session.log.wait(cursor, 0.1)
            fresh = list(session.log.read(cursor))
            cursor += len(fresh)
            found += fresh
            if any(isinstance(event, e.StuckSeen) for event in fresh):
                break
    finally:
        session.end()
    return found + list(session.log.read(cursor))


@pytest.fixture(scope="module")
def seen() -> Iterator[Seen]:
    with ThreadPoolExecutor(3) as pool:
        yield dict(zip(LESSONS, pool.map(_watch, LESSONS), strict=True))


def kind(wanted: type[Any], **fields: object) -> Callable[[e.Event], bool]:
    """An event of this kind, whose fields begin with (texts) or are (anything else) what is given."""

    def fits(event: e.Event) -> bool:
        if not isinstance(event, wanted):
            return False
        return all(
            str(getattr(event, name)).startswith(value)
            if isinstance(value, str)
            else getattr(event, name) == value
            for name, value in fields.items()
        )

    return fits


def on_line(words: str, wanted: type[Any]) -> Callable[[e.Event], bool]:
    """An event of this kind at a line of the program that says these words."""

    def fits(event: e.Event) -> bool:
        if not isinstance(event, wanted) or event.site is None:
            return False
        return words in linecache.getline(event.site.file, event.site.line)

    return fits


TABLE: dict[str, tuple[str, Callable[[e.Event], bool]]] = {
    "Queue(maxsize)": ("queue-api", kind(e.ChannelMade, kind="Queue", maxsize=2)),
    "Queue.put": ("queue-api", on_line("queue.put(", e.ItemPut)),
    "Queue.put_nowait": ("queue-api", on_line("put_nowait(", e.ItemPut)),
    "Queue.put(timeout)": ("queue-api", kind(e.PutWaiting, timeout=0.8)),
    "queue.Full": ("queue-api", kind(e.PutFailed, error="Full")),
    "Queue.get": ("queue-api", on_line("queue.get(", e.ItemTaken)),
    "Queue.get_nowait": ("queue-api", on_line("get_nowait(", e.ItemTaken)),
    "Queue.get(timeout)": ("queue-api", kind(e.DataWaiting)),
    "queue.Empty": ("queue-api", kind(e.GetFailed, error="Empty")),
    "Queue.qsize": ("queue-api", kind(e.ChannelAsked, method="qsize", answer=2)),
    "Queue.empty": ("queue-api", kind(e.ChannelAsked, method="empty")),
    "Queue.full": ("queue-api", kind(e.ChannelAsked, method="full", answer=1)),
    "Queue.close": ("queue-api", on_line("queue.close(", e.ChannelClosed)),
    "Queue.join_thread": ("queue-api", on_line("join_thread(", e.Flushed)),
    "Queue.cancel_join_thread": ("queue-api", on_line("cancel_join_thread(", e.FlushCancelled)),
    "put after close: ValueError": ("queue-api", kind(e.PutFailed, error="ValueError")),
    "JoinableQueue": ("joinable-api", kind(e.ChannelMade, kind="JoinableQueue")),
    "JoinableQueue.task_done": ("joinable-api", on_line("task_done(", e.TaskDone)),
    "task_done too often: ValueError": ("joinable-api", kind(e.TaskDoneRefused)),
    "JoinableQueue.join waits": ("joinable-api", kind(e.TasksWaiting)),
    "JoinableQueue.join": ("joinable-api", on_line("queue.join(", e.TasksFinished)),
    "Pipe()": ("pipe-eof", lambda event: isinstance(event, e.ChannelMade) and event.other > 0),
    "Pipe(duplex=False)": ("pipe-api", kind(e.ChannelMade, kind="Pipe", other=0)),
    "Connection.send": ("pipe-eof", on_line(".send(", e.ItemSent)),
    "Connection.recv": ("pipe-eof", on_line(".recv(", e.ItemTaken)),
    "Connection.close": ("pipe-eof", on_line(".close(", e.ChannelClosed)),
    "EOFError": ("pipe-eof", kind(e.GetFailed, error="EOFError")),
    "who holds an end": ("pipe-eof", kind(e.HoldersSeen)),
    "Connection.fileno": ("pipe-api", kind(e.ChannelAsked, method="fileno")),
    "Connection.poll": ("pipe-api", kind(e.ChannelAsked, method="poll", answer=0)),
    "Connection.poll(timeout)": ("pipe-api", kind(e.DataWaiting, timeout=2.0)),
    "Connection.send_bytes(offset, size)": ("pipe-api", on_line("send_bytes(b\"a mess", e.ItemSent)),
    "Connection.recv_bytes": ("pipe-api", on_line("recv_bytes()", e.ItemTaken)),
    "recv_bytes(maxlength): OSError": ("pipe-api", kind(e.GetFailed, error="OSError")),
    "Connection.recv_bytes_into(offset)": ("pipe-api", on_line("recv_bytes_into(room, 1)", e.ItemTaken)),
    "BufferTooShort": ("pipe-api", kind(e.GetFailed, error="BufferTooShort")),
    "BrokenPipeError": ("pipe-api", kind(e.PutFailed, error="BrokenPipeError")),
    "Manager": ("manager-lock", kind(e.ManagerStarted)),
    "Manager.dict read": ("manager-lock", kind(e.CallWaiting, typeid="dict", method="__getitem__")),
    "Manager.dict write": ("manager-lock", kind(e.CallWaiting, typeid="dict", method="__setitem__")),
    "Manager.list": ("manager-lock", kind(e.CallWaiting, typeid="list", method="append")),
    "the object in the server": ("manager-lock", kind(e.ContentChanged, text="{'n': 20}")),
    "Lock": ("manager-lock", kind(e.LockMade, kind="Lock")),
    "Lock waits": ("manager-lock", kind(e.LockWaiting)),
    "with Lock": ("manager-lock", kind(e.LockAcquired)),
    "Lock is let go": ("manager-lock", kind(e.LockReleased)),
    "Pool(processes)": ("pool-api", kind(e.PoolMade, kind="Pool", processes=3)),
    "Pool(initializer, initargs)": ("pool-api", kind(e.OutputWritten, text="a worker begins: hello")),
    "Pool.apply": ("pool-sync-async", kind(e.TaskSubmitted, method="apply")),
    "Pool.apply_async": ("pool-sync-async", kind(e.TaskSubmitted, method="apply_async")),
    "Pool.map": ("pool-api", kind(e.TaskSubmitted, method="map", tasks=3)),
    "Pool.starmap": ("pool-api", kind(e.TaskSubmitted, method="starmap")),
    "Pool.imap": ("pool-api", kind(e.TaskSubmitted, method="imap")),
    "Pool.imap_unordered": ("pool-api", kind(e.TaskSubmitted, method="imap_unordered")),
    "callback": ("pool-api", kind(e.CallbackBegan, kind="callback")),
    "error_callback": ("pool-api", kind(e.CallbackBegan, kind="error_callback")),
    "Pool.close": ("pool-api", kind(e.PoolClosed)),
    "Pool.join": ("pool-api", kind(e.PoolJoined)),
    "join too early: ValueError": ("pool-api", kind(e.PoolRefused, method="join", error="ValueError")),
    "Pool.terminate": ("with-pool-kills", kind(e.PoolTerminated)),
    "AsyncResult.wait": ("pool-api", on_line("result.wait(", e.ResultWaited)),
    "AsyncResult.ready": ("pool-api", kind(e.ResultAsked, method="ready")),
    "AsyncResult.get": ("pool-api", kind(e.ResultGot, fine=True)),
    "get(timeout): TimeoutError": ("pool-api", kind(e.ResultGot, fine=False, text="TimeoutError")),
    "get raises what the function raised": ("pool-api", kind(e.ResultGot, fine=False, text="RuntimeError")),
    "AsyncResult.successful": ("pool-api", kind(e.ResultAsked, method="successful", answer=1)),
    "successful too early: ValueError": ("pool-api", kind(e.PoolRefused, method="successful")),
}


@pytest.mark.parametrize("what", list(TABLE))
def test_it_is_seen_to_happen(seen: Seen, what: str) -> None:
    lesson, fits = TABLE[what]
    assert any(fits(event) for event in seen[lesson])

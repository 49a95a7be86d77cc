"""Reads traces of formats 1 and 2, in which records had other shapes: each is written again as it is today.

In those formats a process numbered its events, and a message began with the number of the first; what was
read twice is passed over, what is missing is counted.
"""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Any

from ipcviz.log import codec, slots, table

_RECORD = struct.Struct("<HBBIQQQq")
"""Size of the whole record in bytes, kind, thread, place, time (ns), object, number, extra; a text follows,
zero bytes at its end are padding."""
_BARE = struct.Struct("<QQQ")
"""A record that ends behind its object; behind that of a lock may stand when the same thread released it,
acquired it, and so on: seconds, one double each."""
_HEAD, _LEAST = _RECORD.size, _BARE.size
_NO_MORE = bytes(_HEAD - _LEAST)
_FRAME = struct.Struct("!iIIQ")
"""Head of a message: length of what follows, process key, 0, number of the process's first event in it."""
_SECONDS = struct.Struct("<d")
_TOP = _SECONDS.size - 1
_SECONDS_TOP = bytes([(1 << 61) >> 56])
"""The top byte of such a double is at least this; a record's first word has less there."""
_LONGEST = 9e9
"""Seconds that fit into a record's time."""
_START = struct.Struct("<H6xQ")
_KEY = struct.Struct("<I")

Fields = tuple[int, int, int, str]
"""Object, number, extra and text of a record."""


class OldRecord(ValueError):
    """A record that is cut off, or of a kind that those formats did not have."""


def _parts(text: str, count: int) -> list[str]:
    parts = text.split(table.SEPARATOR)
    return (parts + [""] * count)[:count]


def _born(text: str) -> tuple[str, str, bool]:
    name, method, daemon = _parts(text, 3)
    return name, method, daemon == "1"


def _nothing(_: Fields) -> tuple[Any, ...]:
    return ()


def _object(f: Fields) -> tuple[Any, ...]:
    return (f[0],)


def _object_extra(f: Fields) -> tuple[Any, ...]:
    return (f[0], f[2])


_object_timeout = _object_extra


def _object_text(f: Fields) -> tuple[Any, ...]:
    return (f[0], f[3])


def _text(f: Fields) -> tuple[Any, ...]:
    return (f[3],)


_READ: dict[table.Row, Callable[[Fields], tuple[Any, ...]]] = {
    # row: its fields, in order, out of (object, number, extra, text)
    table.PROCESS_BEGAN: lambda f: (f[1], f[2], *_born(f[3]), _parts(f[3], 4)[3]),
    table.PROCESS_STARTED: lambda f: (f[0], f[1], *_born(f[3])),
    table.PROCESS_EXITED: lambda f: (f[0], f[2]),
    table.PROCESS_FAILED: _text,
    table.PROCESS_ENDING: _nothing,
    table.PROCESS_ENDED: _nothing,
    table.JOIN_WAITING: _object_timeout,
    table.JOINED: _object,
    table.JOIN_TIMED_OUT: _object,
    table.SIGNAL_SENT: lambda f: (f[0], f[1]),
    table.THREAD_NAMED: _text,
    table.SITE_NAMED: lambda f: (f[0], _parts(f[3], 2)[0], f[1], _parts(f[3], 2)[1]),
    table.START_FAILED: lambda f: (f[0], *_parts(f[3], 2)),
    table.CHANNEL_MADE: lambda f: (f[0], f[1], f[2], *_parts(f[3], 2)),
    table.PUT_WAITING: lambda f: (f[0], f[2], f[3]),
    table.ITEM_PUT: lambda f: (f[0], f[1], f[3]),
    table.PUT_FAILED: lambda f: (f[0], *_parts(f[3], 2)),
    table.ITEM_LOST: lambda f: (f[0], f[1], f[3]),
    table.SEND_WAITING: lambda f: (f[0], f[2]),
    table.ITEM_SENT: lambda f: (f[0], f[1], f[2], f[3]),
    table.TURN_WAITING: _object_timeout,
    table.DATA_WAITING: _object_timeout,
    table.ITEM_TAKEN: lambda f: (f[0], f[1]),
    table.GET_FAILED: _object_text,
    table.TASK_DONE: lambda f: (f[0], f[2]),
    table.TASK_DONE_REFUSED: _object,
    table.TASKS_WAITING: _object,
    table.TASKS_FINISHED: _object,
    table.CHANNEL_ASKED: lambda f: (f[0], f[2], f[3]),
    table.CHANNEL_CLOSED: lambda f: (f[0], f[1]),
    table.FLUSH_WAITING: _object,
    table.FLUSHED: _object,
    table.FLUSH_CANCELLED: _object,
    table.LOCK_MADE: lambda f: (f[0], f[1], f[2], f[3]),
    table.LOCK_WAITING: _object_timeout,
    table.LOCK_ACQUIRED: _object,
    table.LOCK_RELEASED: lambda f: (f[0], 0),
    table.LOCK_FAILED: _object_text,
    table.CONDITION_WAITING: _object_timeout,
    table.CONDITION_WOKEN: _object_extra,
    table.NOTIFIED: lambda f: (f[0], f[1]),
    table.EVENT_SET: _object,
    table.EVENT_CLEARED: _object,
    table.EVENT_WAITING: _object_timeout,
    table.EVENT_PASSED: _object_extra,
    table.BARRIER_WAITING: _object_timeout,
    table.BARRIER_PASSED: _object_extra,
    table.BARRIER_BROKEN: _object_text,
    table.VALUE_READ: _object_text,
    table.VALUE_WRITTEN: _object_text,
    table.MANAGER_STARTED: lambda f: (f[0], f[1], f[3]),
    table.CALL_WAITING: lambda f: (f[0], *_parts(f[3], 4)),
    table.CALL_RETURNED: lambda f: (f[0], f[2] == 1, f[3]),
    table.CONTENT_CHANGED: lambda f: (f[0], *_parts(f[3], 3)),
    table.POOL_MADE: lambda f: (f[0], f[1], *_parts(f[3], 2)),
    table.WORKER_STARTED: lambda f: (f[0], f[1]),
    table.TASK_SUBMITTED: lambda f: (f[0], f[1], f[2], *_parts(f[3], 2)),
    table.TASK_BEGAN: lambda f: (f[0], f[1], f[2], f[3]),
    table.TASK_ENDED: lambda f: (f[0], f[1], f[2] >> 1, f[2] & 1 == 1, f[3]),
    table.RESULT_ARRIVED: lambda f: (f[0], f[1], f[2] >> 1, f[2] & 1 == 1),
    table.CALLBACK_BEGAN: lambda f: (f[0], f[1], *_parts(f[3], 2)),
    table.CALLBACK_ENDED: lambda f: (f[0], f[1], *_parts(f[3], 2)),
    table.RESULT_WAITING: lambda f: (f[0], f[1], f[2]),
    table.RESULT_WAITED: lambda f: (f[0], f[1], f[3]),
    table.RESULT_GOT: lambda f: (f[0], f[1], f[2] == 1, f[3]),
    table.RESULT_ASKED: lambda f: (f[0], f[1], f[2], f[3]),
    table.POOL_CLOSED: _object,
    table.POOL_TERMINATED: _object,
    table.POOL_JOIN_WAITING: _object,
    table.POOL_JOINED: _object,
    table.POOL_REFUSED: lambda f: (f[0], *_parts(f[3], 2)),
    table.POOL_BROKEN: _object,
    table.HOLDERS_SEEN: lambda f: (f[0], f[1], f[3]),
    table.THREAD_LOCK_SEEN: _object,
    table.UNWATCHED_SEEN: lambda f: (f[1],),
    table.STUCK_SEEN: lambda f: (f[2] == 1, f[1] == 1, *_parts(f[3], 2)),
    table.PROGRAM_STARTED: lambda f: (f[1],),
    table.PROGRAM_ENDED: lambda f: (f[2], *_parts(f[3], 2)),
    table.EVENTS_LOST: lambda f: (f[0], f[1]),
    table.OUTPUT_WRITTEN: lambda f: (f[2], f[3]),
    table.OBJECT_NAMED: _object_text,
}
_BY_NUMBER = {row.number: (row, fields) for row, fields in _READ.items()}


def renewed(record: bytes) -> bytes:
    """A record as it is written today.

    Raises:
        OldRecord: it is cut off, or of an unknown kind.
    """
    try:
        if len(record) == _LEAST:
            record += _NO_MORE
        size, kind, thread, place, time, obj, number, extra = _RECORD.unpack_from(record)
        row, fields = _BY_NUMBER[kind]
        text = record[_HEAD:size].rstrip(b"\0").decode("utf-8", "replace") if size > _HEAD else ""
        said = dict(zip(row.fields, fields((obj, number, extra, text)), strict=True))
        return codec.encode(row, min(time, slots.LARGEST), thread=thread, place=place % slots.PLACES, **said)
    except (struct.error, KeyError, ValueError, TypeError) as error:
        raise OldRecord(str(error)) from error


def split(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Process keys and old records of a block that the session wrote itself.

    Raises:
        OldRecord: one is cut off.
    """
    at = 0
    while at < len(block):
        if at + 4 + _LEAST > len(block):
            raise OldRecord("cut off")
        (process,) = _KEY.unpack_from(block, at)
        size = int.from_bytes(block[at + 4 : at + 6], "little")
        if size < _LEAST or at + 4 + size > len(block) or block[at + 6] not in _BY_NUMBER:
            raise OldRecord("cut off, or of an unknown kind")
        yield process, block[at + 4 : at + 4 + size]
        at += 4 + size


class Intake:
    """Takes in messages of those formats and gives their records out, renewed, in order of time."""

    def __init__(self) -> None:
        self.seen: dict[int, int] = {}
        """Process key to how many of its events have been taken in."""
        self._waiting: list[tuple[int, int, int, bytes]] = []
        """(time, arrival, process key, record)."""
        self._last: dict[int, int] = {}

    def add(self, process: int, record: bytes) -> None:
        """Take in a single record that has no number."""
        time = int.from_bytes(record[8:16], "little")
        self._waiting.append((time, len(self._waiting), process, record))

    def take_frames(self, data: bytes) -> None:
        """Take in the whole messages of a block."""
        at = 0
        while at + _FRAME.size <= len(data):
            size, key, _, base = _FRAME.unpack_from(data, at)
            end = at + 4 + size
            if size < _FRAME.size - 4 or end > len(data):
                break
            self._take(key, base, data[at + _FRAME.size : end])
            at = end

    def _take(self, key: int, base: int, data: bytes) -> None:
        seen = self.seen.get(key, 0)
        if base > seen:
            now = self._last.get(key, 1)
            lost = codec.encode(table.EVENTS_LOST, now, whose=key, how_many=base - seen)
            self._waiting.append((now, len(self._waiting), 0, lost))
            seen = base
        number = base
        for time, record in _events(data):
            if number >= seen:
                self._waiting.append((time, len(self._waiting), key, record))
                self._last[key] = time
            number += 1
        self.seen[key] = max(seen, number)

    def release(self) -> Iterator[tuple[int, bytes]]:
        """Everything, in order, as it is written today.

        Raises:
            OldRecord: one cannot be read.
        """
        self._waiting.sort()
        cut = bisect_left(self._waiting, (0,))
        for _, _, process, record in self._waiting[cut:]:
            # What was lost is counted here, and written as today already.
            today = len(record) == slots.SIZE and record[0] >= slots.LEAD
            yield process, record if today else renewed(record)


def _events(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Times (ns) and records of a message, those of locks written out."""
    at = 0
    while at <= len(data) - _LEAST:
        size, moment = _START.unpack_from(data, at)
        end = at + size
        if size < _LEAST or end > len(data):
            return
        yield moment, data[at:end]
        if size == _LEAST:
            for moment, record in _turns(data, at):
                end += _SECONDS.size
                yield moment, record
        at = end


def _turns(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    end = at + _LEAST
    head, _, obj = _BARE.unpack_from(data, at)
    while data[end + _TOP : end + _TOP + 1] >= _SECONDS_TOP and head >> 16 & 255 in _OTHER:
        (seconds,) = _SECONDS.unpack_from(data, end)
        if not 0 < seconds < _LONGEST:
            return
        # Acquired, released and so on: that is all the head says beside the thread.
        head += _OTHER[head >> 16 & 255] << 16
        moment = int(seconds * 1e9 + 0.5)
        yield moment, _BARE.pack(head, moment, obj)
        end += _SECONDS.size


_OTHER = {
    table.LOCK_ACQUIRED.number: table.LOCK_RELEASED.number - table.LOCK_ACQUIRED.number,
    table.LOCK_RELEASED.number: table.LOCK_ACQUIRED.number - table.LOCK_RELEASED.number,
}

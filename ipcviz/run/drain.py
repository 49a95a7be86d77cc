"""Take out of the ledger what the processes write into it, whole records only, and make room for more."""

from __future__ import annotations

import mmap
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from ipcviz.log import codec, slots, table
from ipcviz.probe.core import ledger as books

SLACK_NS = 10_000_000
"""A hook stamps an event and writes it a moment later: so long an event is waited for."""
PATIENCE_NS = 500_000_000
"""So long a slot that was reserved and not written holds up what stands behind it."""
_ORDERED = platform.machine() in ("x86_64", "AMD64", "i686", "i386")
"""Whether other processors see the stores of one in the order in which it made them."""
_SLOTS = books.CHUNK // slots.SIZE
_WORDS = {number: len(row.words) for number, row in table.EVENTS.items()}


@dataclass(slots=True)
class _Chunk:
    """A chunk of a process that is not taken out yet."""

    number: int
    at: int
    """Where it begins in the file."""
    taken: int = 0
    """So many of its slots have been taken out, or passed over."""
    holes: set[int] = field(default_factory=set)
    """Slots that were passed over."""


@dataclass(slots=True)
class _Process:
    """What is known of a process's chunks."""

    chunks: dict[int, _Chunk] = field(default_factory=dict)
    """By their turn."""
    held_up_since: int = 0
    """When its next slot was first found unwritten with others written behind it, ns; 0 for it is not."""
    held_up_at: tuple[int, int] = (0, 0)
    """Which one that is: turn of the chunk, number in it."""
    newest: int = 0
    """Time of the newest record taken out, ns."""
    lost: int = 0


class Drain:
    """Takes out records: each call of `take` gives what was written since the one before.

    A slot is taken when it is whole: when its seal is there, and, where processors may see stores in another
    order, when no word and no byte of the text that its row declares is zero. A process's slots are taken in
    their order. One that is not whole holds up those behind it, for as long as its writer may need: it has
    reserved the slot and not filled it yet. After that it is passed over; when it is filled after all, it is
    taken then. What is still empty when the process has ended was never written, and is counted as lost,
    unless the end came in the middle of it.
    """

    def __init__(self, path: str) -> None:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(fd, os.fstat(fd).st_size)
        finally:
            os.close(fd)
        self.words = memoryview(self._map).cast("Q")
        per_chunk = books.CHUNK_WORDS * 8 + books.CHUNK
        self._layout = books.Layout((len(self._map) - books.Layout(0).size) // per_chunk)
        self.processes: dict[int, _Process] = {}
        """By key, those of which something may still come."""
        self._seen: dict[int, tuple[int, int]] = {}
        """Chunk number to its owner and turn, for those that are being taken out."""
        self.pids: dict[int, int] = {}
        """Process key to pid, for those that may still live."""
        self._next_key = 1
        self._ended: set[int] = set()
        """Keys, from `_next_key` on, of processes that are gone."""
        self._emptied: list[int] = []
        self.lost: dict[int, int] = {}
        """Process key to how many of its records can never be taken out; whoever has told it clears it."""

    def take(self) -> Iterator[tuple[int, bytes]]:
        """Process keys and whole slots, for each process in their order."""
        self._give_away()
        self._look_for_processes()
        self._look_for_chunks()
        now = time.monotonic_ns()
        for key, process in list(self.processes.items()):
            if process.chunks:
                yield from self._take_from(key, process, now)

    def up_to(self, begun: int) -> int:
        """The moment (ns) before which all has been taken, given that the last `take` began at `begun`."""
        moment = begun - SLACK_NS
        for process in self.processes.values():
            if process.held_up_since:
                moment = min(moment, process.newest)
        return moment

    def end(self, key: int) -> Iterator[tuple[int, bytes]]:
        """This process is gone: give what is left of it, count what is missing, and forget it."""
        self._look_for_chunks()
        self.pids.pop(key, None)
        if key >= self._next_key:
            self._ended.add(key)
        process = self.processes.pop(key, None)
        if process is None:
            return
        now = time.monotonic_ns()
        in_the_middle = now - process.held_up_since < PATIENCE_NS if process.held_up_since else True
        for turn in sorted(process.chunks):
            chunk = process.chunks[turn]
            data = self._map[chunk.at : chunk.at + books.CHUNK]
            written = [n for n in range(_SLOTS) if data[n * slots.SIZE]]
            if not in_the_middle and written:
                missing = len(set(range(chunk.taken, written[-1])) - set(written))
                self._count_loss(key, missing)
            self._count_loss(key, len(chunk.holes - set(written)))
            left = [n for n in written if n >= chunk.taken or n in chunk.holes]
            found = b"".join([data[n * slots.SIZE : (n + 1) * slots.SIZE] for n in left])
            if found := _only_whole(found):
                yield key, found
            self._hand_back(chunk)
        self._look_for_losses(key, process)

    def close(self) -> None:
        """Let go of the ledger."""
        self.words.release()
        self._map.close()

    # --- what there is ---------------------------------------------------------------------------

    def _look_for_processes(self) -> None:
        words = self.words
        # A key is taken before its process exists.
        for key in range(self._next_key, int(words[books.W_NEXT])):
            pid = int(words[books.PROCESSES_AT // 8 + key * books.PROCESS_WORDS + books.P_PID])
            if pid and key not in self._ended and key not in self.pids:
                self.pids[key] = pid
                self.processes.setdefault(key, _Process())
            if pid and key == self._next_key:
                self._next_key += 1
                self._ended.discard(key)

    def _look_for_chunks(self) -> None:
        first = books.CHUNKS_AT // 8
        used = int(self.words[books.W_CHUNKS])
        rows = self.words[first : first + used * books.CHUNK_WORDS].tolist()
        for number, owner in enumerate(rows[books.H_OWNER :: books.CHUNK_WORDS]):
            if owner and number not in self._seen:
                turn = rows[number * books.CHUNK_WORDS + books.H_TURN]
                self._seen[number] = (owner, turn)
                at = self._layout.records_at + number * books.CHUNK
                process = self.processes.setdefault(owner, _Process())
                process.chunks[turn] = _Chunk(number, at)

    def look_for_losses(self) -> None:
        """See what the processes themselves could not write, since the disk was full."""
        for key, process in self.processes.items():
            self._look_for_losses(key, process)

    def _look_for_losses(self, key: int, process: _Process) -> None:
        lost = int(self.words[books.PROCESSES_AT // 8 + key * books.PROCESS_WORDS + books.P_LOST])
        self._count_loss(key, lost - process.lost)
        process.lost = lost

    def _count_loss(self, key: int, count: int) -> None:
        if count > 0:
            self.lost[key] = self.lost.get(key, 0) + count

    # --- one process -----------------------------------------------------------------------------

    def _take_from(self, key: int, process: _Process, now: int) -> Iterator[tuple[int, bytes]]:
        newest = max(process.chunks)
        held_up = False
        for turn in sorted(process.chunks):
            chunk = process.chunks[turn]
            data = self._whole_slots(chunk)
            if chunk.holes:
                data += self._filled_holes(chunk)
            if data:
                process.newest = max(process.newest, codec.newest_time(data))
                yield key, data
            if chunk.taken < _SLOTS and (turn != newest or self._is_gap(chunk)):
                if turn != newest and not chunk.taken and not self._anything_in(chunk):
                    # An exception came between having it and using it.
                    chunk.taken = _SLOTS
                elif not process.held_up_since or process.held_up_at != (turn, chunk.taken):
                    process.held_up_since, process.held_up_at, held_up = now, (turn, chunk.taken), True
                elif now - process.held_up_since > PATIENCE_NS:
                    self._pass_over(chunk)
                else:
                    held_up = True
            if chunk.taken == _SLOTS and not chunk.holes and turn != newest:
                del process.chunks[turn]
                self._hand_back(chunk)
            if held_up:
                return
        process.held_up_since = 0

    def _whole_slots(self, chunk: _Chunk) -> bytes:
        """The next slots that are whole, up to the first that is not."""
        size = slots.SIZE
        start, end = chunk.at + chunk.taken * size, chunk.at + books.CHUNK
        count = self._map[start + slots.SEAL_BYTE : end : size].find(b"\0")
        if count < 0:
            count = _SLOTS - chunk.taken
        data = self._map[start : start + count * size]
        if not _ORDERED:
            data = _only_up_to_torn(data)
        chunk.taken += len(data) // size
        return _without_nothing(data)

    def _filled_holes(self, chunk: _Chunk) -> bytes:
        """What was passed over and is whole by now."""
        found = b""
        for n in sorted(chunk.holes):
            record = self._record_at(chunk, n)
            places = set(range(n, n + len(record) // slots.SIZE))
            if record and not is_torn(record) and places <= chunk.holes:
                chunk.holes -= places
                found += record
        return _without_nothing(found)

    def _record_at(self, chunk: _Chunk, number: int) -> bytes:
        """The record that begins in a slot, with its further slots; empty where none does."""
        at = chunk.at + number * slots.SIZE
        first = self._map[at : at + slots.SIZE]
        if first[0] < slots.LEAD or not first[slots.SEAL_BYTE]:
            return b""
        end = at + slots.SIZE * slots.count_in(first)
        return self._map[at:end] if end <= chunk.at + books.CHUNK else b""

    def _is_gap(self, chunk: _Chunk) -> bool:
        """Whether something is written behind the next slot, which is not."""
        start = chunk.at + (chunk.taken + 1) * slots.SIZE
        return any(self._map[start : chunk.at + books.CHUNK : slots.SIZE])

    def _anything_in(self, chunk: _Chunk) -> bool:
        return any(self._map[chunk.at : chunk.at + books.CHUNK : slots.SIZE])

    def _pass_over(self, chunk: _Chunk) -> None:
        """Go on behind the slots that nobody fills."""
        leads = self._map[chunk.at : chunk.at + books.CHUNK : slots.SIZE]
        while chunk.taken < _SLOTS and leads[chunk.taken] < slots.LEAD:
            chunk.holes.add(chunk.taken)
            chunk.taken += 1

    def _hand_back(self, chunk: _Chunk) -> None:
        """Make a chunk empty, and anybody's."""
        self._map[chunk.at : chunk.at + books.CHUNK] = _EMPTY
        self._emptied.append(chunk.number)

    def _give_away(self) -> None:
        """Let anybody have the chunks that were emptied the last time: others have seen that by now."""
        for number in self._emptied:
            self._seen.pop(number, None)
            self.words[books.CHUNKS_AT // 8 + number * books.CHUNK_WORDS + books.H_OWNER] = 0
        self._emptied.clear()


_EMPTY = bytes(books.CHUNK)


def _without_nothing(data: bytes) -> bytes:
    """Without slots that were reserved at the end of a chunk and were too few."""
    if slots.NOTHING not in data[slots.KIND_BYTE :: slots.SIZE]:
        return data
    return b"".join([one for one in codec.records(data) if one[slots.KIND_BYTE] != slots.NOTHING])


def is_torn(record: bytes) -> bool:
    """Whether a part of a record cannot be seen yet: a word of its row, or a byte of its text, is zero."""
    head, time_, *words, text, seal = slots.SLOT.unpack_from(record)
    size = head & 63
    if size == slots.LONG:
        text, size = slots.joined(text, record[slots.SIZE :]), int.from_bytes(text[:2], "little")
    needed = _WORDS.get(head >> 8 & 255, 0)
    begun = record[0] >= slots.LEAD and seal and time_
    return not begun or 0 in words[:needed] or len(text) < size or 0 in text[:size]


def _only_up_to_torn(data: bytes) -> bytes:
    at = 0
    for record in codec.records(data):
        if is_torn(record):
            return data[:at]
        at += len(record)
    return data


def _only_whole(data: bytes) -> bytes:
    """Without the records that a process that has ended left unfinished."""
    found = [one for one in codec.records(data) if not is_torn(one)]
    return _without_nothing(b"".join(found))

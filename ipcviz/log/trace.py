"""Write and read a log as a file: versioned, checked piece by piece, readable up to where it was damaged.

A trace is one header line of JSON, then blocks: length (u32), CRC-32 (u32), and that many bytes. The first
byte of a block says what it holds:

    S   slots of one process: its key (u32); a bit for each of the 64 bytes of a slot, set where that byte
        is not 0 in all of them (u64); then, for those bytes, that of every slot, one plane after the other,
        deflated (slots are much alike, so this takes a tenth of their room)
    R   the same as they are
    M   a moment (u64, ns): all that happened before it stands before this block, from whatever process

A record never crosses the border of a block. Blocks are in the order in which they were taken from the
processes, and a reader puts the records in order of time between one moment and the next; so a trace is read
as it is written, from the start, in memory that does not grow. A block is written in one call: a recording
that is cut off (power, `kill -9`, a full disk) loses at most its last block.
"""

from __future__ import annotations

import json
import os
import stat
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import BinaryIO

from ipcviz import __version__
from ipcviz.log import codec, legacy, planes, slots
from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.log.order import Order

FORMAT = 3
_MAGIC = "ipcviz trace"
_BLOCK = struct.Struct("<II")
_KEY = struct.Struct("<cI")
_MOMENT = struct.Struct("<cQ")
_PACKED, _PLAIN, _MARK = b"S", b"R", b"M"
_BLOCK_LIMIT = 1 << 21
_OLD_MESSAGES = 1 << 31
"""In formats 1 and 2 a block whose length has this bit holds messages as the processes sent them."""
BLOCK_SLOTS = 4_096
"""Slots in a block at most, 256 KiB."""
_FEW = 16
"""Slots that are not worth to be deflated."""
_HEADER_LIMIT = 1 << 20


class TraceError(Exception):
    """A file that cannot be used as a trace; its text is one sentence for the person at the keyboard."""


@dataclass(slots=True)
class Header:
    """What a trace says of itself before the first event."""

    argv: list[str] = field(default_factory=list)
    """The program as it was asked for, its arguments included."""
    title: str = ""
    lesson: str | None = None
    python: str = ""
    start_method: str | None = None
    """The default start method of the program."""
    recorded: str = ""
    """Wall-clock time of the start, ISO 8601."""
    ipcviz: str = __version__
    damage: str = ""
    """One sentence on what is missing at the end; empty for a whole trace. Never written."""


class TraceWriter:
    """Writes a trace piece by piece.

    Raises:
        OSError: the file cannot be made or written.
    """

    def __init__(self, file: BinaryIO, header: Header) -> None:
        self.file = file
        self.path = os.path.abspath(file.name) if isinstance(file.name, str) else ""
        self.newest: dict[int, bytes] = {}
        """Process key to the last record of it that was written before this writer came."""
        said = {"format": FORMAT, **asdict(header)}
        del said["damage"]
        self._write(f"{_MAGIC} {json.dumps(said, ensure_ascii=False)}\n".encode())

    @classmethod
    def create(cls, path: Path, header: Header, *, overwrite: bool = False) -> TraceWriter:
        """Make the file, or replace it."""
        return cls(open(path, "w+b" if overwrite else "x+b", buffering=0), header)

    @classmethod
    def go_on(cls, path: str) -> TraceWriter:
        """Append to a trace whose writer was killed; a block that it left unfinished is cut off.

        Raises:
            OSError: the file cannot be written.
            TraceError: it is no trace of this format, or is damaged.
        """
        reader = TraceReader(path, os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        try:
            end, newest = reader.whole()
        finally:
            reader.close()
        file = open(path, "r+b", buffering=0)  # noqa: SIM115
        file.truncate(end)
        file.seek(end)
        writer = cls.__new__(cls)
        writer.file, writer.path, writer.newest = file, path, newest
        return writer

    def slots(self, process: int, data: bytes) -> None:
        """Append whole slots of one process; on return they are with the operating system."""
        limit = BLOCK_SLOTS * slots.SIZE
        while len(data) > limit:
            cut = limit
            while data[cut] == slots.MORE:
                cut -= slots.SIZE
            self._slots(process, data[:cut])
            data = data[cut:]
        self._slots(process, data)

    def _slots(self, process: int, data: bytes) -> None:
        if len(data) <= _FEW * slots.SIZE:
            self._block(_KEY.pack(_PLAIN, process) + data)
            return
        self._block(_KEY.pack(_PACKED, process) + planes.packed(data))

    def mark(self, moment: int) -> None:
        """All that happened before this moment (ns) has been written."""
        self._block(_MOMENT.pack(_MARK, moment))

    def _block(self, block: bytes) -> None:
        self._write(_BLOCK.pack(len(block), zlib.crc32(block)) + block)

    def _write(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[self.file.write(view) :]

    def close(self) -> None:
        """Nothing more will be written."""
        self.file.close()

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write(path: Path, header: Header, log: Log, *, overwrite: bool = False) -> None:
    """Write a whole log."""
    with TraceWriter.create(path, header, overwrite=overwrite) as writer:
        for start in range(0, len(log), BLOCK_SLOTS):
            batch = log.raw(start, start + BLOCK_SLOTS)
            for process, several in groupby(batch, lambda pair: pair[0]):
                writer.slots(process, b"".join([record for _, record in several]))
            writer.mark(codec.time_of(batch[-1][1]))


class TraceReader:
    """Reads a trace from its start, piece by piece, also while it is still being written.

    Raises:
        OSError: the file cannot be read.
        TraceError: it is no trace, or its header is damaged.
    """

    def __init__(self, path: str | Path, fd: int) -> None:
        self._path = path
        self._fd = fd
        """Read at given places only: the descriptor may share its offset with a writer's."""
        line = os.pread(fd, _HEADER_LIMIT, 0).partition(b"\n")
        self.header, self._format = _read_header(path, line[0])
        self._at = len(line[0]) + 1
        self._order = Order()
        self.ended = False
        """Nothing more can be read, be there more or not."""

    def pieces(self) -> Iterator[list[tuple[int, bytes]]]:
        """Records in order of time, as many at a time as stand together, up to the end as it is now.

        At a damage `header.damage` is set and `ended` is true.
        """
        if self._format < FORMAT:
            yield self._read_old()
            return
        while (block := self._next_block()) is not None:
            if isinstance(block, tuple):
                self._order.add(*block)
            elif piece := self._order.release(block):
                yield piece

    def rest(self) -> list[tuple[int, bytes]]:
        """What is left at the end of a trace to which nothing will be added."""
        if not self.ended and self._format == FORMAT and self._size_left():
            self._damaged(f"it breaks off after {self._at} bytes, what came before is shown.")
        return self._order.release()

    def whole(self) -> tuple[int, dict[int, bytes]]:
        """Where the last whole block ends, in bytes, and the last record of each process.

        Raises:
            TraceError: the trace is damaged before that, or of an older format.
        """
        if self._format < FORMAT:
            raise TraceError(f"The trace {str(self._path)!r} has an older format.")
        newest: dict[int, bytes] = {}
        while (block := self._next_block()) is not None:
            if isinstance(block, tuple):
                *_, newest[block[0]] = codec.records(block[1])
        if self.ended:
            raise TraceError(f"The trace {str(self._path)!r} is damaged: {self.header.damage}")
        return self._at, newest

    def close(self) -> None:
        """Nothing more will be read."""
        os.close(self._fd)

    def _size_left(self) -> int:
        return os.fstat(self._fd).st_size - self._at

    def _damaged(self, how: str) -> None:
        self.ended = True
        self.header.damage = how

    def _next_block(self) -> tuple[int, bytes] | int | None:
        """A process key and its slots, or a moment; None where no block is whole, or none can be read."""
        if self.ended:
            return None
        head = os.pread(self._fd, _BLOCK.size, self._at)
        if len(head) < _BLOCK.size:
            return None
        size, checksum = _BLOCK.unpack(head)
        altered = f"the block at byte {self._at} is altered, what came before is shown."
        if size > _BLOCK_LIMIT:
            self._damaged(altered)
            return None
        block = os.pread(self._fd, size, self._at + _BLOCK.size)
        if len(block) < size:
            return None
        if zlib.crc32(block) != checksum:
            self._damaged(altered)
            return None
        found = self._parsed(block)
        if found is None:
            self._damaged(f"the block at byte {self._at} holds records this version does not know.")
            return None
        self._at += _BLOCK.size + size
        return found

    def _parsed(self, block: bytes) -> tuple[int, bytes] | int | None:
        kind = block[:1]
        if kind == _MARK and len(block) == _MOMENT.size:
            moment: int = _MOMENT.unpack(block)[1]
            return moment
        if kind not in (_PACKED, _PLAIN) or len(block) < _KEY.size:
            return None
        data = self._slots_of(block)
        if not data or len(data) % slots.SIZE or not _well_formed(data):
            return None
        return _KEY.unpack_from(block)[1], data

    def _slots_of(self, block: bytes) -> bytes:
        """The slots of a block; empty where it is not what it says."""
        data = block[_KEY.size :]
        if block[:1] == _PLAIN:
            return data
        try:
            return planes.unpacked(data, BLOCK_SLOTS)
        except ValueError:
            return b""

    # --- formats 1 and 2 ------------------------------------------------------------------------

    def _read_old(self) -> list[tuple[int, bytes]]:
        self.ended = True
        out: list[tuple[int, bytes]] = []
        intake = legacy.Intake()
        unknown = "it holds records this version does not know, the others are shown."
        for messages, block in self._old_blocks():
            if messages:
                intake.take_frames(block)
                continue
            try:
                found = list(legacy.split(block))
                if intake.seen:
                    for process, record in found:
                        intake.add(process, record)
                else:
                    out += [(process, legacy.renewed(record)) for process, record in found]
            except legacy.OldRecord:
                self.header.damage = unknown
                break
        released = intake.release()
        while True:
            try:
                out.append(next(released))
            except StopIteration:
                return out
            except legacy.OldRecord:
                self.header.damage = unknown

    def _old_blocks(self) -> Iterator[tuple[bool, bytes]]:
        while True:
            at = self._at
            head = os.pread(self._fd, _BLOCK.size, at)
            if not head:
                return
            size, checksum = _BLOCK.unpack(head) if len(head) == _BLOCK.size else (_BLOCK_LIMIT, 0)
            kind = size & _OLD_MESSAGES
            size &= ~_OLD_MESSAGES
            block = os.pread(self._fd, size, at + _BLOCK.size) if size <= _BLOCK_LIMIT else b""
            if len(head) < _BLOCK.size or (size <= _BLOCK_LIMIT and len(block) < size):
                self.header.damage = f"it breaks off after {at} bytes, what came before is shown."
                return
            if size > _BLOCK_LIMIT or zlib.crc32(block, kind) != checksum:
                self.header.damage = f"the block at byte {at} is altered, what came before is shown."
                return
            self._at += _BLOCK.size + size
            yield bool(kind), block


def _well_formed(data: bytes) -> bool:
    """Whether every slot is one, of a kind this version knows."""
    leads, kinds = data[:: slots.SIZE], data[slots.KIND_BYTE :: slots.SIZE]
    if leads[0] == slots.MORE:
        return False
    if slots.MORE not in leads:
        return min(leads) >= slots.LEAD and not kinds.translate(None, codec.KINDS)
    return all(
        lead == slots.MORE or (lead >= slots.LEAD and kind in codec.KINDS)
        for lead, kind in zip(leads, kinds, strict=True)
    )


def events(path: str | Path) -> tuple[Header, Iterator[Event]]:
    """The header and every event of a trace, read as they are asked for.

    When the events have all been read, `Header.damage` names the damage, if there is any.

    Raises:
        TraceError: the file is missing, foreign, newer, or its header is damaged.
    """
    reader = _reader(path)

    def read_on() -> Iterator[Event]:
        log = Log()
        count = 0
        for piece in _all_pieces(reader):
            yield from log.decoded(piece)
            count += len(piece)
        _refuse_empty(path, reader, count)

    return reader.header, read_on()


def read(path: str | Path) -> tuple[Header, Log]:
    """Read a trace; what is readable before a damage is returned, and `Header.damage` names the damage.

    Raises:
        TraceError: the file is missing, foreign, newer, or damaged before the first event.
    """
    header, log, thread = load(path)
    if thread is not None:
        thread.join()
    if header.damage and not len(log):
        raise TraceError(f"The trace {str(path)!r} is damaged: {header.damage} Record it again.")
    return header, log


AT_ONCE = 20_000
"""Records that `load` reads before it returns."""


def load(path: str | Path) -> tuple[Header, Log, threading.Thread | None]:
    """Read the beginning of a trace and leave the rest to a thread, which closes the log at the end.

    Raises:
        TraceError: the file is missing, foreign, newer, or damaged before the first event.
    """
    reader = _reader(path)
    log = Log()
    pieces = _all_pieces(reader)
    while len(log) < AT_ONCE:
        piece = next(pieces, None)
        if piece is None:
            log.close()
            _refuse_empty(path, reader, len(log))
            return reader.header, log, None
        log.extend(piece)

    def read_on() -> None:
        try:
            for piece in pieces:
                log.extend(piece)
        finally:
            log.close()

    thread = threading.Thread(target=read_on, name="ipcviz-load", daemon=True)
    thread.start()
    return reader.header, log, thread


def _reader(path: str | Path) -> TraceReader:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            if not stat.S_ISREG(os.fstat(fd).st_mode):
                raise TraceError(f"{str(path)!r} is no ordinary file; name a trace.")
            return TraceReader(path, fd)
        except BaseException:
            os.close(fd)
            raise
    except OSError as error:
        raise TraceError(f"Cannot read the trace {str(path)!r}: {error.strerror or error}.") from error


def _all_pieces(reader: TraceReader) -> Iterator[list[tuple[int, bytes]]]:
    """Every record of a trace that is written no more."""
    try:
        yield from reader.pieces()
        if rest := reader.rest():
            yield rest
    except OSError as error:
        reader.header.damage = f"it cannot be read to its end: {error.strerror or error}."
    finally:
        reader.close()


def _refuse_empty(path: str | Path, reader: TraceReader, count: int) -> None:
    if reader.header.damage and not count:
        raise TraceError(f"The trace {str(path)!r} is damaged: {reader.header.damage} Record it again.")


def _read_header(path: str | Path, line: bytes) -> tuple[Header, int]:
    magic, rest = line[: len(_MAGIC)], line[len(_MAGIC) :]
    if magic != _MAGIC.encode():
        raise TraceError(
            f"{str(path)!r} is not an ipcviz trace: make one with `ipcviz record -o TRACE PROGRAM`."
        )
    try:
        said = json.loads(rest)
        version = said.pop("format")
        if isinstance(version, int) and version > FORMAT:
            raise TraceError(
                f"The trace {str(path)!r} has format {version}, this ipcviz {__version__} reads up to"
                f" {FORMAT}: install a newer ipcviz to open it."
            )
        known = {name: said[name] for name in Header.__dataclass_fields__ if name in said}
        header = Header(**known)
        if version not in range(1, FORMAT + 1) or not _well_typed(header):
            raise ValueError("field of the wrong type")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TraceError(f"The trace {str(path)!r} has a damaged header: record it again.") from error
    return header, version


def _well_typed(header: Header) -> bool:
    texts = (header.title, header.python, header.recorded, header.ipcviz)
    options = (header.lesson, header.start_method)
    argv: object = header.argv
    return (
        isinstance(argv, list)
        and all(isinstance(word, str) for word in (*argv, *texts))
        and all(word is None or isinstance(word, str) for word in options)
    )

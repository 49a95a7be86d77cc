"""Write and read a log as a file: versioned, checked piece by piece, readable up to where it was damaged.

A trace is one header line of JSON, then blocks: length (u32), CRC-32 (u32), and that many bytes of
records, each behind the key of its process (u32). A block whose length has its highest bit set
holds messages as the processes sent them; they are put in order when the trace is read. A block is
written in one call, so a recording that is cut off (power, `kill -9`, a full disk) loses at most its
last block, which is kept small.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO

from ipcviz import __version__
from ipcviz.log import events
from ipcviz.log.log import Log
from ipcviz.log.order import Intake
from ipcviz.probe.core import wire

FORMAT = 2
_MAGIC = "ipcviz trace"
_BLOCK = struct.Struct("<II")
_KEY = struct.Struct("<I")
_BLOCK_LIMIT = 1 << 21
_RAW = 1 << 31
_RAW_BLOCK = 1 << 15
"""Bytes of messages after which the next block begins: so little is lost where a trace is cut off."""
_BLOCK_RECORDS = _BLOCK_LIMIT // (wire.HEAD + wire.TEXT_LIMIT + _KEY.size)
"""So many records fit into a block, be they as long as they can."""
_HEADER_LIMIT = 1 << 20


class _Keys(dict[int, bytes]):
    """The packed key of each process."""

    def __missing__(self, process: int) -> bytes:
        packed = self[process] = _KEY.pack(process)
        return packed


_keys = _Keys()


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

    def __init__(self, path: Path, header: Header, *, overwrite: bool = False) -> None:
        self._file: BinaryIO = open(path, "wb" if overwrite else "xb", buffering=0)  # noqa: SIM115
        said = {"format": FORMAT, **asdict(header)}
        del said["damage"]
        self._file.write(f"{_MAGIC} {json.dumps(said, ensure_ascii=False)}\n".encode())

    def write(self, records: Sequence[tuple[int, bytes]]) -> None:
        """Append records; on return they are with the operating system."""
        for start in range(0, len(records), _BLOCK_RECORDS):
            block = [_keys[process] + record for process, record in records[start : start + _BLOCK_RECORDS]]
            self._flush(b"".join(block))

    def write_raw(self, messages: bytes) -> None:
        """Append whole messages as they came from the report Pipe."""
        start = at = 0
        while at < len(messages):
            at += 4 + int.from_bytes(messages[at : at + 4], "big")
            if at - start >= _RAW_BLOCK or at >= len(messages):
                self._flush(messages[start:at], _RAW)
                start = at

    def _flush(self, block: bytes, kind: int = 0) -> None:
        # The kind of a block is under its checksum, too.
        data = _BLOCK.pack(len(block) | kind, zlib.crc32(block, kind)) + block
        view = memoryview(data)
        while view:
            view = view[self._file.write(view) :]

    def close(self) -> None:
        """Nothing more will be written."""
        self._file.close()

    def __enter__(self) -> TraceWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write(path: Path, header: Header, log: Log, *, overwrite: bool = False) -> None:
    """Write a whole log."""
    with TraceWriter(path, header, overwrite=overwrite) as writer:
        writer.write(log.raw(0))


def read(path: str | Path) -> tuple[Header, Log]:
    """Read a trace; what is readable before a damage is returned, and `Header.damage` names the damage.

    Raises:
        TraceError: the file is missing, foreign, newer, or damaged before the first event.
    """
    try:
        with open(path, "rb") as file:
            header = _read_header(path, file)
            log = Log()
            intake = Intake()
            for kind, block in _read_blocks(file, header):
                if kind == _RAW:
                    intake.take_frames(block)
                elif intake.seen:
                    for process, record in _split(block):
                        intake.add(process, record)
                else:
                    log.extend(list(_split(block)))
            log.extend(_known(intake.release(), header))
    except OSError as error:
        raise TraceError(f"Cannot read the trace {str(path)!r}: {error.strerror or error}.") from error
    log.close()
    if header.damage and not len(log):
        raise TraceError(f"The trace {str(path)!r} is damaged: {header.damage} Record it again.")
    return header, log


def _known(records: list[tuple[int, bytes]], header: Header) -> list[tuple[int, bytes]]:
    """The records that this version has names for."""
    found = [pair for pair in records if events.known(pair[1])]
    if len(found) < len(records):
        header.damage = "it holds records this version does not know, the others are shown."
    return found


def _read_header(path: str | Path, file: BinaryIO) -> Header:
    line = file.readline(_HEADER_LIMIT)
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
    return header


def _well_typed(header: Header) -> bool:
    texts = (header.title, header.python, header.recorded, header.ipcviz)
    options = (header.lesson, header.start_method)
    argv: object = header.argv
    return (
        isinstance(argv, list)
        and all(isinstance(word, str) for word in (*argv, *texts))
        and all(word is None or isinstance(word, str) for word in options)
    )


def _read_blocks(file: BinaryIO, header: Header) -> Iterator[tuple[int, bytes]]:
    while True:
        at = file.tell()
        head = file.read(_BLOCK.size)
        if not head:
            return
        cut = f"it breaks off after {at} bytes, what came before is shown."
        if len(head) < _BLOCK.size:
            header.damage = cut
            return
        size, checksum = _BLOCK.unpack(head)
        kind = size & _RAW
        size &= ~_RAW
        if size > _BLOCK_LIMIT:
            header.damage = f"the block at byte {at} is altered, what came before is shown."
            return
        block = file.read(size)
        if len(block) < size:
            header.damage = cut
            return
        if zlib.crc32(block, kind) != checksum:
            header.damage = f"the block at byte {at} is altered, what came before is shown."
            return
        try:
            if kind != _RAW:
                for _ in _split(block):
                    pass
        except events.UnknownRecord:
            header.damage = f"the block at byte {at} holds records this version does not know."
            return
        yield kind, block


def _split(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(block):
        (process,) = _KEY.unpack_from(block, at)
        record = block[at + 4 : at + 4 + int.from_bytes(block[at + 4 : at + 6], "little")]
        if len(record) < wire.LEAST or not events.known(record):
            raise events.UnknownRecord("a record is cut off or of an unknown kind")
        yield process, record
        at += 4 + len(record)

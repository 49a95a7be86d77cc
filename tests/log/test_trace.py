"""A trace is read back as it was written; a damaged one up to its damage, and never as something else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcviz.log import table, trace
from ipcviz.log.log import Log
from ipcviz.log.trace import Header, TraceError, TraceWriter
from tests.support.records import encode

HEADER = Header(argv=["prog.py", "ü"], title="t", python="3.11", start_method="fork", recorded="now")
RECORDS = [
    (1, encode(table.SITE_NAMED, 1, obj=1, number=9, text="prog.py\x1fmain")),
    (1, encode(table.CHANNEL_MADE, 2, obj=7, number=3, text="Queue\x1f", site=1)),
    (1, encode(table.ITEM_PUT, 3, obj=7, text="'你好'", site=1)),
    (2, encode(table.ITEM_SENT, 4, obj=7, number=1)),
    (0, encode(table.PROGRAM_ENDED, 5, extra=0, text="finished\x1f")),
]


def written(path: Path) -> bytes:
    """A small trace of four blocks."""
    with TraceWriter.create(path, HEADER) as writer:
        for process, several in ((1, RECORDS[:2]), (1, RECORDS[2:3]), (2, RECORDS[3:4]), (0, RECORDS[4:])):
            writer.slots(process, b"".join(record for _, record in several))
    return path.read_bytes()


def read(path: Path, data: bytes) -> tuple[Header, list[tuple[int, bytes]]] | None:
    """What can be read of it; None where it is refused with one sentence."""
    path.write_bytes(data)
    try:
        header, log = trace.read(path)
    except TraceError as error:
        sentence = str(error)
    else:
        assert log.closed
        list(log.read())
        return header, log.raw(0)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return None


def test_it_is_read_as_it_was_written(tmp_path: Path) -> None:
    log = Log()
    log.extend(list(RECORDS))
    trace.write(tmp_path / "t.trace", HEADER, log)
    assert read(tmp_path / "u.trace", (tmp_path / "t.trace").read_bytes()) == (HEADER, RECORDS)
    sites = [event.site for event in trace.read(tmp_path / "t.trace")[1].read()]
    assert [site and (site.file, site.function) for site in sites[1:3]] == [("prog.py", "main")] * 2


def test_cut_off_anywhere(tmp_path: Path) -> None:
    data = written(tmp_path / "t.trace")
    counts = set()
    for end in range(len(data)):
        found = read(tmp_path / "cut.trace", data[:end])
        if found is None:
            continue
        header, records = found
        assert records == RECORDS[: len(records)]
        assert bool(header.damage) == (len(records) < len(RECORDS) and end not in whole_blocks(data))
        counts.add(len(records))
    assert counts == {0, 2, 3, 4}


def whole_blocks(data: bytes) -> set[int]:
    """Where one block ends and the next begins: nobody can tell that more was meant to come."""
    ends = {data.index(b"\n"), data.index(b"\n") + 1}
    at = max(ends)
    while at < len(data):
        at += 8 + int.from_bytes(data[at : at + 4], "little")
        ends.add(at)
    return ends


@pytest.mark.parametrize("flip", [0x01, 0x80, 0xFF])
def test_one_byte_altered_anywhere(flip: int, tmp_path: Path) -> None:
    data = written(tmp_path / "t.trace")
    body = data.index(b"\n") + 1
    for at in range(len(data)):
        altered = bytearray(data)
        altered[at] ^= flip
        found = read(tmp_path / "altered.trace", bytes(altered))
        if found is None:
            continue
        header, records = found
        assert records == RECORDS[: len(records)]
        if at >= body:
            assert header.damage


def test_a_newer_one_says_so(tmp_path: Path) -> None:
    newer = trace.FORMAT + 1
    data = written(tmp_path / "t.trace").replace(b'"format": %d' % trace.FORMAT, b'"format": %d' % newer)
    (tmp_path / "new.trace").write_bytes(data)
    with pytest.raises(TraceError, match=f"format {newer}"):
        trace.read(tmp_path / "new.trace")


def test_large_batches_are_cut_into_blocks(tmp_path: Path) -> None:
    many = [(1, encode(table.ITEM_PUT, n, obj=7, number=n, text="x" * 500)) for n in range(5_000)]
    with TraceWriter.create(tmp_path / "t.trace", HEADER) as writer:
        writer.slots(1, b"".join(record for _, record in many))
    assert trace.read(tmp_path / "t.trace")[1].raw(0) == many

"""Slots that were packed come back; what is no packed slots is refused, and never becomes large."""

from __future__ import annotations

import random
import zlib

import pytest

from ipcviz.log import codec, planes, slots, table


def test_whatever_was_packed_comes_back() -> None:
    chance = random.Random(5)
    for count in (1, 2, 100, 4_096):
        rubbish = chance.randbytes(count * slots.SIZE)
        records = b"".join(
            codec.encode(table.ITEM_PUT, 10**15 + n, channel=7, ordinal=n, text=str(n)) for n in range(count)
        )
        for data in (rubbish, records, bytes(len(rubbish) - 1) + b"x"):
            assert planes.unpacked(planes.packed(data), count) == data
        assert len(planes.packed(records)) < len(records) / 5 + 100


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\1" + b"\0" * 7 + b"no deflated data",
        b"\3" + b"\0" * 7 + zlib.compress(b"abc"),
        planes.packed(bytes(63) + b"x")[:-1],
        planes.packed(bytes(63) + b"x") + b"more",
        b"\xff" * 8 + zlib.compress(bytes(10_000_000)),
    ],
)
def test_what_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        planes.unpacked(data, 100)

"""Slots side by side, in a tenth of their room: first bytes together, second bytes together, and so on.

Slots are much alike: of many a byte all have the same, of most of them 0. So the planes of bytes are
deflated, and those that are 0 all over are left out.
"""

from __future__ import annotations

import zlib

from ipcviz.log import slots

_MASK = 8
"""Bytes in front: a bit for each plane that is there."""


def packed(data: bytes) -> bytes:
    """Whole slots, packed."""
    size = slots.SIZE
    nothing = bytes(len(data) // size)
    mask, kept = 0, []
    for n in range(size):
        plane = data[n::size]
        if plane != nothing:
            mask |= 1 << n
            kept.append(plane)
    return mask.to_bytes(_MASK, "little") + zlib.compress(b"".join(kept), 1)


def unpacked(data: bytes, most: int) -> bytes:
    """The slots again.

    Args:
        data: what `packed` has made.
        most: slots that there are at most.

    Raises:
        ValueError: it is none, or there are more.
    """
    size = slots.SIZE
    mask = int.from_bytes(data[:_MASK], "little")
    there = [n for n in range(size) if mask >> n & 1]
    try:
        inflate = zlib.decompressobj()
        planes = inflate.decompress(data[_MASK:], max(1, most * len(there)))
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not inflate.eof or inflate.unused_data or not there or len(planes) % len(there):
        raise ValueError("not what it says")
    count = len(planes) // len(there)
    out = bytearray(count * size)
    for place, n in enumerate(there):
        out[n::size] = planes[place * count : (place + 1) * count]
    return bytes(out)

"""The shape of one record: a slot of 64 bytes, written once, that tells its reader whether it is whole.

    byte   0   8     16     24  32  40        63
           head time  a      b   c   text      seal

`head` holds, from its lowest bit: 6 bits length of the text, 2 bits that are always set, 8 bits kind, 2 bits
flags, 22 bits thread, 24 bits place. `time` is ns of the monotonic clock; what `a`, `b`, `c`, the flags and
the text mean is said by the row of the kind in `ipcviz.log.table`.

A slot is zero before it is written, and is written once, by one C call, in the order of its fields. So it is
whole when its last byte, the seal, is there: on a machine that shows stores in their order (x86). Elsewhere
the reader has one more check, which holds for any order: no word that a row declares is zero (`ZERO` stands
for 0), nor is any byte of the text.

A text of more than `INLINE` bytes goes on in the following slots, which were reserved together with the
first: each begins with the byte `MORE`, which no head does, holds 62 bytes, and has a seal. The first slot is
written last, so that it speaks for all. The length of the text then stands in the text's first two bytes.
"""

from struct import Struct

SLOT = Struct("<Qqqqq23sB")
"""head, time, a, b, c, text, seal."""
SIZE = SLOT.size
TIME_WORD = 1
"""The eight-byte word of a slot in which its time stands."""
SEAL_BYTE = SIZE - 1
KIND_BYTE = 1
SEAL = 255
MORE = 0x80
LEAD = 0xC0
"""The two bits of a head's first byte that are always set."""
ZERO = -(1 << 63)
"""Stands for 0 in a word: a word that is zero is not written yet."""
NONE = -1
"""Stands for "no number": a timeout that never runs out, an item that never was in a buffer."""
LARGEST = (1 << 63) - 1

INLINE = 23
LONG = 63
"""The length of a text that goes on in further slots."""
_FIRST = INLINE - 2
_REST = SIZE - 2
TEXT_LIMIT = 1_496
"""Bytes of the longest text; longer ones are clipped by the sender."""

THREADS = 1 << 22
"""Threads of one process that can be told apart; all others share the last number."""
PLACES = 1 << 24
"""Places in a process's code that can be told apart; others have none."""
NOTHING = 255
"""The kind of a slot that was reserved and is of no use."""


def head_word(kind: int, thread: int = 0, place: int = 0, flags: int = 0) -> int:
    """The first word of a record without a text; the length of a short text is added to it."""
    return LEAD | kind << 8 | flags << 16 | thread << 18 | place << 40


def slots_for(text: bytes) -> int:
    """How many slots a record with this text takes."""
    return slots_for_length(len(text))


def slots_for_length(size: int) -> int:
    """The same for so many bytes of text."""
    return 1 if size <= INLINE else 1 + -(-(size - _FIRST) // _REST)


def count_in(first: bytes) -> int:
    """How many slots the record has whose first slot this is."""
    if first[0] & 63 != LONG:
        return 1
    text = SEAL_BYTE - INLINE
    return slots_for_length(int.from_bytes(first[text : text + 2], "little"))


def parts_of(head: int, text: bytes) -> tuple[int, bytes, list[bytes]]:
    """The head, the first part of a long text, and what stands in each further slot."""
    size = len(text)
    rest = [text[at : at + _REST] for at in range(_FIRST, size, _REST)]
    return head + LONG, size.to_bytes(2, "little") + text[:_FIRST], rest


def more_slot(part: bytes) -> bytes:
    """A further slot of a long text."""
    return bytes([MORE]) + part.ljust(_REST, b"\0") + bytes([SEAL])


def joined(first: bytes, rest: bytes) -> bytes:
    """A long text from its first part and its further slots."""
    size = int.from_bytes(first[:2], "little")
    return b"".join([first[2:], *[rest[at + 1 : at + SEAL_BYTE] for at in range(0, len(rest), SIZE)]])[:size]


def clip(text: str, limit: int = TEXT_LIMIT) -> bytes:
    """UTF-8 of `text`, at most `limit` bytes, cut between characters, without the byte 0."""
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        data = data[:limit].decode("utf-8", "ignore").encode()
    return data.replace(b"\0", b"?") if b"\0" in data else data

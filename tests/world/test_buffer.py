"""A producer's buffer gives back what was put into it, however long it becomes."""

from __future__ import annotations

import pickle
import random
import sys

from ipcviz.world.channel.buffer import AT_HAND, BATCH, Buffer
from ipcviz.world.channel.item import Item, Place


def item(ordinal: int) -> Item:
    return Item(2, ordinal, f"'item {ordinal}'", Place.BUFFER, ordinal * 10, put_at=ordinal * 10)


def test_first_in_first_out_at_any_length() -> None:
    chance = random.Random(1)
    buffer, put, taken = Buffer(2), 0, 0
    for _ in range(400):
        for _ in range(chance.choice([0, 10, 900])):
            buffer.put(item(put))
            put += 1
        for _ in range(min(len(buffer), chance.choice([0, 10, 700]))):
            assert buffer.take(taken) == item(taken)
            taken += 1
        assert len(buffer) == put - taken
    assert put > AT_HAND + 10 * BATCH
    assert list(buffer.values()) == [item(n) for n in range(taken, put)]
    while taken < put:
        assert buffer.take(taken) == item(taken)
        taken += 1
    assert len(buffer) == 0
    assert buffer.take(taken) is None


def test_an_item_that_leaves_before_its_turn() -> None:
    buffer = Buffer(2)
    for ordinal in range(AT_HAND + 3 * BATCH + 5):
        buffer.put(item(ordinal))
    late = AT_HAND + 2 * BATCH + 7
    assert buffer.take(late) == item(late)
    left = [n for n in range(AT_HAND + 3 * BATCH + 5) if n != late]
    assert [one.ordinal for one in buffer.values()] == left


def test_a_long_one_is_small_and_the_same_after_a_checkpoint() -> None:
    buffer = Buffer(2)
    for ordinal in range(200_000):
        buffer.put(item(ordinal))
    packed = pickle.dumps(buffer, pickle.HIGHEST_PROTOCOL)
    assert len(packed) < 20 * len(buffer)
    again = pickle.loads(packed)
    assert again == buffer
    assert len(again) == 200_000
    assert sum(map(sys.getsizeof, again._packed)) < 15 * 200_000

"""Runs of slots from several processes come out in one order, that of their times."""

from __future__ import annotations

import random

from ipcviz.log import codec, table
from ipcviz.log.order import Order


def put(time: int, text: str = "") -> bytes:
    return codec.encode(table.ITEM_PUT, time, channel=7, ordinal=time, text=text)


def test_two_processes_come_in_the_order_of_their_times() -> None:
    order = Order()
    order.add(1, put(10) + put(30))
    order.add(2, put(20, "long " * 30) + put(40))
    assert order.release(31) == [(1, put(10)), (2, put(20, "long " * 30)), (1, put(30))]
    assert len(order) == 1
    assert order.release() == [(2, put(40))]


def test_what_happened_at_the_same_time_keeps_the_order_in_which_it_came() -> None:
    order = Order()
    order.add(2, put(5, "a"))
    order.add(1, put(5, "b") + put(5, "c"))
    assert [record for _, record in order.release()] == [put(5, "a"), put(5, "b"), put(5, "c")]


def test_time_never_runs_backwards() -> None:
    order = Order()
    order.add(1, put(10))
    assert order.release(11) == [(1, put(10))]
    order.add(2, put(3) + put(12))
    (late, next_) = order.release()
    assert codec.time_of(late[1]) == 10
    assert codec.decode(2, late[1], {})[4:] == codec.decode(2, put(3), {})[4:]
    assert next_ == (2, put(12))


def test_any_interleaving_gives_every_record_once() -> None:
    chance = random.Random(4)
    for _ in range(30):
        order = Order()
        streams = {key: sorted(chance.sample(range(1_000), 60)) for key in (1, 2, 3)}
        left = {key: list(times) for key, times in streams.items()}
        out = []
        while any(left.values()):
            key = chance.choice([key for key in left if left[key]])
            count = chance.randint(1, 9)
            order.add(key, b"".join(map(put, left[key][:count])))
            del left[key][:count]
            out += order.release(min([times[0] for times in left.values() if times], default=1))
        out += order.release()
        everything = sorted(time for times in streams.values() for time in times)
        assert [codec.time_of(record) for _, record in out] == everything
        for key, times in streams.items():
            assert [codec.time_of(record) for process, record in out if process == key] == times

"""A record is placed in one step: whatever comes between two steps of a hook, nothing is lost in silence."""

from __future__ import annotations

from collections import Counter

import pytest

from ipcviz.log import events
from tests.support.watching import VERSIONS, Watched, interpreter, watch


def pairs(watched: Watched, times: int) -> None:
    """The lock was taken and given back so often, each time by turns."""
    lock = next(iter(watched.world.locks.values()))
    steps = [
        type(event)
        for event in watched.events
        if isinstance(event, events.LockAcquired | events.LockReleased) and event.lock == lock.key
    ]
    assert len(steps) == 2 * times
    assert (lock.acquires, lock.releases) == (times, times)


@pytest.mark.parametrize("how", ["signals", "traced"])
@pytest.mark.parametrize("version", VERSIONS)
def test_a_signal_handler_may_come_anywhere(version: str, how: str) -> None:
    times = 8_000
    watched = watch("placing.py", how, str(times), python=interpreter(version))
    assert watched.errors == ""
    handled = int(watched.printed)
    assert handled > 0
    pairs(watched, times)
    _, own = watched.world.locks.values()
    assert (own.acquires, own.releases) == (handled, handled)
    (queue,) = watched.world.channels.values()
    assert (queue.puts, queue.gets) == (times // 4, times // 4)
    assert watched.world.lost == 0


@pytest.mark.parametrize("version", VERSIONS)
def test_threads_may_be_switched_anywhere(version: str) -> None:
    times = 2_000
    watched = watch("placing.py", "threads", str(times), python=interpreter(version))
    assert (watched.printed, watched.errors, watched.world.lost) == ("", "", 0)
    pairs(watched, 4 * times)
    (queue,) = watched.world.channels.values()
    assert (queue.puts, queue.gets) == (4 * times, 4 * times)
    texts = Counter(event.text for event in watched.all(events.ItemPut))
    assert texts == Counter(repr("x" * (n % 50)) for n in range(times) for _ in range(4))


def test_more_threads_than_one_byte_can_count() -> None:
    count = 300
    watched = watch("placing.py", "crowd", str(count))
    assert (watched.errors, watched.world.lost) == ("", 0)
    puts = watched.all(events.ItemPut)
    assert len({event.thread for event in puts}) == len(puts) == count
    named = {event.thread: event.name for event in watched.all(events.ThreadNamed)}
    assert len({named[event.thread] for event in puts}) == count


def test_a_handler_that_raises_in_the_middle_of_a_hook_is_the_only_loss_and_it_is_counted() -> None:
    times = 20_000
    watched = watch("placing.py", "raising", str(times))
    assert watched.errors == ""
    done, raised = map(int, watched.printed.split())
    assert done == times
    assert raised > 0
    acquired = len(watched.all(events.LockAcquired))
    # An acquire is told after it has happened: it may be lost to the exception, and then was counted, or
    # have been told of without having come as far as the program's own count.
    assert times - watched.world.lost <= acquired <= times + raised
    assert watched.world.lost <= raised


def test_thousands_of_channels_and_locks_are_as_exact_as_few() -> None:
    watched = watch("many.py", "3000", "3000")
    assert (watched.errors, watched.world.lost) == ("", 0)
    channels, locks = watched.world.channels.values(), watched.world.locks.values()
    assert Counter((c.kind, c.puts, c.gets) for c in channels) == {("Pipe", 1, 1): 3_000}
    assert Counter((lock.kind, lock.acquires, lock.releases) for lock in locks) == {("Lock", 1, 1): 3_000}

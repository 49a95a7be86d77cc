"""Locks of real programs: each acquire and release is an event, however few bytes it took to say so."""

from __future__ import annotations

from collections import Counter

import pytest

from ipcviz.log import events
from tests.support.watching import METHODS, VERSIONS, Watched, interpreter, watch

TIMES = 1_500


def steps(watched: Watched, mark: str) -> list[list[tuple[bool, int, int]]]:
    """Of each lock made at that line: whether it was taken (or given back), by which process and thread."""
    line = watched.mark(mark)
    made = [event.lock for event in watched.all(events.LockMade) if event.site and event.site.line == line]
    return [
        [
            (isinstance(event, events.LockAcquired), event.process, event.thread)
            for event in watched.events
            if isinstance(event, events.LockAcquired | events.LockReleased) and event.lock == lock
        ]
        for lock in made
    ]


def check(watched: Watched) -> None:
    """The program's own loops say what there must be."""
    assert (watched.printed, watched.errors, watched.world.lost) == ("0\n", "", 0)
    main, child = watched.key("MainProcess"), watched.key("child")
    taken, given = (True, main, 0), (False, main, 0)
    assert steps(watched, "plain") == [[taken, given] * TIMES]
    # What its holder acquires again is counted with the release.
    assert steps(watched, "again") == [[taken, given] * TIMES]
    (again,) = [lock for lock in watched.world.locks.values() if lock.kind == "RLock"]
    assert (again.acquires, again.releases) == (2 * TIMES, 2 * TIMES)
    assert steps(watched, "both") == [[taken, given] * TIMES] * 2
    assert steps(watched, "beside") == [[taken, given] * TIMES * 2]
    (units,) = steps(watched, "units")
    threads = {thread for _, _, thread in units}
    assert len(threads) == 2
    for thread in threads:
        own = [acquired for acquired, process, number in units if (process, number) == (main, thread)]
        assert own == [True, False] * TIMES
    (passed,) = steps(watched, "passed")
    giver = passed[1][2]
    assert giver not in {0, *threads}
    assert passed == [taken, (False, main, giver)] * TIMES
    (inherited,) = steps(watched, "inherited")
    assert Counter(process for _, process, _ in inherited) == {main: 4 * TIMES, child: 2 * TIMES}
    assert [acquired for acquired, _, _ in inherited] == [True, False] * 3 * TIMES


@pytest.mark.parametrize("method", METHODS)
def test_every_acquire_and_release_is_an_event(method: str) -> None:
    check(watch("locking.py", str(TIMES), method=method))


@pytest.mark.parametrize("version", VERSIONS)
def test_the_same_in_every_python(version: str) -> None:
    check(watch("locking.py", str(TIMES), python=interpreter(version)))


@pytest.mark.parametrize("times", [0, 1, 2, 499, 5_000])
def test_a_process_that_is_killed_while_it_holds_the_lock(times: int) -> None:
    watched = watch("dying.py", str(times))
    acquired, released = watched.all(events.LockAcquired), watched.all(events.LockReleased)
    assert (len(acquired), len(released), watched.world.lost) == (times + 1, times, 0)

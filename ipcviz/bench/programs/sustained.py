"""One load for several seconds; prints the seconds.

sustained.py queue|bounded|joinable|simple|pipe|imap|manager|value|tasks TIMES
"""

import multiprocessing
import sys
import time
from typing import Any


def give(put: Any, times: int) -> None:
    """Put as fast as it goes."""
    for number in range(times):
        put(number)


def through(put: Any, get: Any, times: int, done: Any = None) -> float:
    """Seconds from the first to the last of so many items from one process to another."""
    giver = multiprocessing.Process(target=give, args=(put, times))
    giver.start()
    get()
    if done:
        done()
    begun = time.perf_counter()
    for _ in range(times - 1):
        get()
        if done:
            done()
    seconds = time.perf_counter() - begun
    giver.join()
    return seconds


def queue(times: int) -> float:
    """A Queue without a bound."""
    it: multiprocessing.Queue[int] = multiprocessing.Queue()
    return through(it.put, it.get, times)


def bounded(times: int) -> float:
    """A Queue of 100 slots."""
    it: multiprocessing.Queue[int] = multiprocessing.Queue(100)
    return through(it.put, it.get, times)


def joinable(times: int) -> float:
    """A JoinableQueue of 100 slots, each item done."""
    it: multiprocessing.JoinableQueue[int] = multiprocessing.JoinableQueue(100)
    return through(it.put, it.get, times, it.task_done)


def simple(times: int) -> float:
    """A SimpleQueue."""
    it: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    return through(it.put, it.get, times)


def pipe(times: int) -> float:
    """A one-way Pipe."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    return through(writer.send, reader.recv, times)


def same(number: int) -> int:
    """The smallest task there is."""
    return number


def imap(times: int) -> float:
    """`Pool.imap` with one worker."""
    with multiprocessing.Pool(1) as pool:
        pool.apply(same, (0,))
        begun = time.perf_counter()
        for _ in pool.imap(same, range(times)):
            pass
        return time.perf_counter() - begun


def manager(times: int) -> float:
    """Reads of a managed dict."""
    with multiprocessing.Manager() as served:
        numbers = served.dict({"n": 1})
        begun = time.perf_counter()
        for _ in range(times):
            numbers["n"]
        return time.perf_counter() - begun


def count(number: Any, times: int) -> None:
    """Add one, with the Value's own lock."""
    for _ in range(times):
        with number.get_lock():
            number.value += 1


def value(times: int) -> float:
    """A Value with its lock, in a process of its own."""
    number = multiprocessing.Value("q", 0)
    counter = multiprocessing.Process(target=count, args=(number, times))
    begun = time.perf_counter()
    counter.start()
    counter.join()
    return time.perf_counter() - begun


def one_millisecond(number: int) -> int:
    """A task that computes for a millisecond."""
    until = time.perf_counter() + 0.001
    while time.perf_counter() < until:
        pass
    return number


def tasks(times: int) -> float:
    """Tasks of a millisecond each, in a Pool of one worker."""
    with multiprocessing.Pool(1) as pool:
        pool.apply(same, (0,))
        begun = time.perf_counter()
        for _ in pool.imap(one_millisecond, range(times)):
            pass
        return time.perf_counter() - begun


if __name__ == "__main__":
    sys.stdout.write(f"{globals()[sys.argv[1]](int(sys.argv[2]))}\n")

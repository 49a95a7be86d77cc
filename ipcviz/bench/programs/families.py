"""One family of objects at full speed; prints the seconds.

families.py simple|pipe|lock|lock-quickest|manager|apply|imap|executor TIMES [one-core]
"""

import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Any


def same(number: int) -> int:
    """The smallest task there is."""
    return number


def give(put: Any, times: int) -> None:
    """Put as fast as it goes."""
    for number in range(times):
        put(number)


def through(put: Any, get: Any, times: int) -> float:
    """Seconds from the first to the last of so many items from one process to another."""
    giver = multiprocessing.Process(target=give, args=(put, times))
    giver.start()
    get()
    begun = time.perf_counter()
    for _ in range(times - 1):
        get()
    seconds = time.perf_counter() - begun
    giver.join()
    return seconds


def simple(times: int) -> float:
    """A SimpleQueue."""
    queue: multiprocessing.SimpleQueue[int] = multiprocessing.SimpleQueue()
    return through(queue.put, queue.get, times)


def pipe(times: int) -> float:
    """A one-way Pipe."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    return through(writer.send, reader.recv, times)


_STRETCH = 10_000
"""Pairs whose time is taken at once, some 10 ms: a hundred messages of ipcviz are sent in it."""


def lock(times: int) -> float:
    """Acquire and release of a lock that nobody else wants."""
    return sum(_stretches(times))


def lock_quickest(times: int) -> float:
    """The same at the pace of its quickest stretch.

    Other work on the machine only ever makes it slower; `timeit` says to take the least for the same reason.
    """
    return min(_stretches(times)) * times / _STRETCH


def _stretches(times: int) -> list[float]:
    guard = multiprocessing.Lock()
    seconds = []
    for _ in range(times // _STRETCH):
        begun = time.perf_counter()
        for _ in range(_STRETCH):
            guard.acquire()
            guard.release()
        seconds.append(time.perf_counter() - begun)
    return seconds


def manager(times: int) -> float:
    """Reads of a managed dict."""
    with multiprocessing.Manager() as served:
        numbers = served.dict({"n": 1})
        begun = time.perf_counter()
        for _ in range(times):
            numbers["n"]
        return time.perf_counter() - begun


def apply(times: int) -> float:
    """`Pool.apply`."""
    with multiprocessing.Pool(1) as pool:
        pool.apply(same, (0,))
        begun = time.perf_counter()
        for number in range(times):
            pool.apply(same, (number,))
        return time.perf_counter() - begun


def imap(times: int) -> float:
    """`Pool.imap`."""
    with multiprocessing.Pool(1) as pool:
        pool.apply(same, (0,))
        begun = time.perf_counter()
        for _ in pool.imap(same, range(times)):
            pass
        return time.perf_counter() - begun


def executor(times: int) -> float:
    """`ProcessPoolExecutor.submit` and `result`."""
    with ProcessPoolExecutor(1) as workers:
        workers.submit(same, 0).result()
        begun = time.perf_counter()
        for number in range(times):
            workers.submit(same, number).result()
        return time.perf_counter() - begun


if __name__ == "__main__":
    families = {
        "simple": simple, "pipe": pipe, "lock": lock, "lock-quickest": lock_quickest,
        "manager": manager, "apply": apply, "imap": imap, "executor": executor,
    }  # fmt: skip
    if "one-core" in sys.argv and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.stdout.write(f"{families[sys.argv[1]](int(sys.argv[2]))}\n")

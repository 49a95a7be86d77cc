"""Prints which functions of the library a short-cut should stand in the place of, and does not.

    shortened.py ORDER

ORDER: queue or lock, what is made first.
"""

import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor


def square(x):
    return x * x


if __name__ == "__main__":
    mp.set_start_method("fork")
    made = [mp.Lock, mp.Queue] if sys.argv[1] == "lock" else [mp.Queue, mp.Lock]
    made = [make() for make in made]
    with mp.Pool(1) as pool, ProcessPoolExecutor(1) as executor, mp.Manager() as manager:
        print(pool.apply(square, (2,)), executor.submit(square, 3).result(), manager.list([1])[0])
    import multiprocessing.connection as c
    import multiprocessing.managers as m
    import multiprocessing.pool as p
    import multiprocessing.queues as q

    places = [
        (c.Connection, "send send_bytes recv_bytes _send_bytes _recv_bytes _poll"),
        (q.Queue, "put _reset"),
        (q.JoinableQueue, "put"),
        (q.SimpleQueue, "put get"),
        (p.Pool, "_wait_for_updates _setup_queues"),
        (m.BaseProxy, "_connect"),
    ]
    for owner, names in places:
        for name in names.split():
            if "/probe/fast/" not in getattr(owner, name).__code__.co_filename:
                print(owner.__name__, name)
    hooks = sys.modules["ipcviz.probe.hooks.workers"], sys.modules["ipcviz.probe.hooks.managers"]
    for owner, name in ((hooks[0], "taker"), (hooks[0], "giver"), (hooks[1], "send_answer")):
        if "/probe/fast/" not in getattr(owner, name).__code__.co_filename:
            print(name)

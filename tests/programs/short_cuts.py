"""Says which short-cuts are loaded, here and in a child, and uses what they shorten.

    short_cuts.py METHOD
"""

import multiprocessing as mp
import os
import sys
from concurrent.futures import ProcessPoolExecutor


def loaded():
    return any(name.startswith("ipcviz.probe.fast") for name in sys.modules), "IPCVIZ_FAST" in os.environ


def work(queue, simple, end):
    for i in range(50):
        queue.put(i)
        simple.put(i)
        end.send(i)
    queue.put(loaded())


def double(x):
    return 2 * x


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    queue, simple = mp.Queue(), mp.SimpleQueue()
    reader, writer = mp.Pipe(False)
    child = mp.Process(target=work, args=(queue, simple, writer))
    child.start()
    print([queue.get() for _ in range(50)] == [simple.get() for _ in range(50)] == list(range(50)))
    print([reader.recv() for _ in range(50)] == list(range(50)))
    print(queue.get(), loaded())
    child.join()
    with mp.Pool(2) as pool:
        print(pool.map(double, range(5)), list(pool.imap(double, range(20)))[-1], pool.apply(double, (4,)))
        pool.close()
        pool.join()
    with ProcessPoolExecutor(2) as pool:
        print(list(pool.map(double, range(4))))
    with mp.Manager() as manager:
        table = manager.dict(a=1)
        table["b"] = 2
        print(table["a"], len(table))

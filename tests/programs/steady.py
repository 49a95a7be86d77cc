"""A producer puts a number each 5 ms; the consumer gives up when nothing comes for 0.3 s.

    steady.py FILE
"""

import multiprocessing as mp
import sys
import time
from queue import Empty


def produce(q):
    for n in range(100_000):
        q.put(n)
        time.sleep(0.005)


if __name__ == "__main__":
    queue = mp.Queue()
    mp.Process(target=produce, args=(queue,), daemon=True).start()
    try:
        while True:
            number = queue.get(timeout=0.3)
            with open(sys.argv[1], "w") as file:
                file.write(str(number))
    except Empty:
        print("Empty", flush=True)

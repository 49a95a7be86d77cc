"""A ProcessPoolExecutor notices that a worker died: every future fails with BrokenProcessPool.

The same tasks as in the lesson about the Pool, and no one hangs.
"""

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from time import sleep


def task(number):
    sleep(0.3 * number)
    if number == 2:
        os._exit(1)
    return number


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as executor:
        futures = [executor.submit(task, number) for number in (1, 2, 3)]
        for future in futures:
            try:
                print("main: result", future.result(), flush=True)
            except BrokenProcessPool:
                print("main: BrokenProcessPool", flush=True)

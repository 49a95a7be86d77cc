"""A Pool replaces a worker that dies, but not its task: get() waits for ever. This one hangs.

The second task ends its process at once, as a crash in a C library would.
"""

import os
from multiprocessing import Pool
from time import sleep


def task(number):
    sleep(0.3 * number)
    if number == 2:
        os._exit(1)
    return number


if __name__ == "__main__":
    pool = Pool(2)
    results = [pool.apply_async(task, (number,)) for number in (1, 2, 3)]
    for result in results:
        print("main: result", result.get(), flush=True)

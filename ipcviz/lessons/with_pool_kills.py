"""Leaving `with Pool()` is terminate(): what is not done yet never will be. This one hangs.

apply_async returns at once, so the block is left at once, and get() waits for a result that will not come.
"""

from multiprocessing import Pool
from time import sleep


def task(number):
    sleep(1)
    return number


if __name__ == "__main__":
    with Pool(2) as pool:
        results = [pool.apply_async(task, (number,)) for number in (1, 2, 3)]
        sleep(0.5)
    print("main: the block is left, the workers are gone", flush=True)
    for result in results:
        print(result.get())

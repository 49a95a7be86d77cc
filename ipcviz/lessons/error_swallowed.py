"""An exception in a worker sits in its result; if nobody asks for the result, nobody hears of it.

Three tasks, one of them fails. close() and join() say nothing of it.
"""

from multiprocessing import Pool
from time import sleep


def task(number):
    sleep(0.4)
    if number == 2:
        raise ValueError("two is not allowed")
    print("task", number, "is done", flush=True)


if __name__ == "__main__":
    pool = Pool(2)
    results = [pool.apply_async(task, (number,)) for number in (1, 2, 3)]
    pool.close()
    pool.join()
    print("main: all workers have ended, and not a word of an error", flush=True)
    for number, result in enumerate(results, 1):
        print("main: successful?", number, result.successful())

"""map cuts its items into chunks; when the slow ones stand together, one worker has them all.

Sixteen tasks, the last four are slow. First in chunks of four, then one by one.
"""

from multiprocessing import Pool
from time import perf_counter, sleep


def task(seconds):
    sleep(seconds)


if __name__ == "__main__":
    seconds = [0.05] * 12 + [0.5] * 4
    with Pool(4) as pool:
        for chunksize in (4, 1):
            began = perf_counter()
            pool.map(task, seconds, chunksize=chunksize)
            print(f"chunksize {chunksize}: {perf_counter() - began:.2f} s", flush=True)

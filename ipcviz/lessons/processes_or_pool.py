"""A process for each task costs a start and an end each time; a pool starts its workers once.

Twenty-four small tasks: first a process for each of them, then a pool of three workers.
"""

from multiprocessing import Pool, Process
from time import perf_counter, sleep


def task(number):
    sleep(0.05)
    return number


if __name__ == "__main__":
    began = perf_counter()
    processes = [Process(target=task, args=(n,), name=f"task-{n + 1}") for n in range(24)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(f"24 processes: {perf_counter() - began:.2f} s", flush=True)

    began = perf_counter()
    with Pool(3) as pool:
        pool.map(task, range(24), chunksize=1)
        print(f"a pool of 3:  {perf_counter() - began:.2f} s", flush=True)
        pool.close()
        pool.join()

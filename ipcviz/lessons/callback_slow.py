"""All callbacks and all results go through one thread: a slow callback holds back everybody's results.

The second task is done after 0.1 s, but its result arrives only after the callback of the first.
"""

from multiprocessing import Pool
from time import perf_counter, sleep


def quick(name):
    sleep(0.1)
    return name


def slow_callback(name):
    print("callback of", name, "begins", flush=True)
    sleep(1.5)
    print("callback of", name, "is over", flush=True)


if __name__ == "__main__":
    with Pool(2) as pool:
        began = perf_counter()
        pool.apply_async(quick, ("first",), callback=slow_callback)
        sleep(0.2)
        print("main: now an unrelated task of 0.1 s", flush=True)
        pool.apply(quick, ("second",))
        print(f"main: it took until {perf_counter() - began:.1f} s")

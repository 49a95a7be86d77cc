"""Every method of Pool and of its results once: map and its relatives, chunks, callbacks, close, join.

An exception of the function waits in its result until get().
"""

from multiprocessing import Pool, TimeoutError
from time import sleep


def begin(name):
    print("a worker begins:", name, flush=True)


def square(n):
    sleep(0.2)
    return n * n


def fail(n):
    raise RuntimeError(f"no {n}")


if __name__ == "__main__":
    pool = Pool(3, initializer=begin, initargs=("hello",), maxtasksperchild=3)
    result = pool.apply_async(square, (3,), callback=lambda value: print("callback:", value, flush=True))
    print("ready() is", result.ready())
    for ask in (result.successful, lambda: result.get(timeout=0.05)):
        try:
            ask()
        except (ValueError, TimeoutError) as error:
            print("too early:", type(error).__name__)
    print("wait() is", result.wait(), "get() is", result.get(), "successful() is", result.successful())
    failing = pool.apply_async(fail, (1,), error_callback=lambda error: print("error_callback:", error))
    try:
        failing.get()
    except RuntimeError as error:
        print("get() raises it here:", error)
    print("map:", pool.map(square, range(6), chunksize=2), pool.starmap(pow, [(2, 3), (3, 2)]))
    print("imap:", list(pool.imap(square, range(3))), sorted(pool.imap_unordered(square, range(3))))
    try:
        pool.join()
    except ValueError as error:
        print("join(), too early:", error)
    pool.close()
    pool.join()

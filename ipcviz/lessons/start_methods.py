"""What a child inherits: under fork everything, else only what importing the module makes.

`answer` is changed under the guard, which the children of spawn and forkserver do not run.
"""

from multiprocessing import get_all_start_methods, get_context
from time import perf_counter

answer = 1


def child(method, began):
    print(f"{method}: answer is {answer}, after {perf_counter() - began:.3f} s", flush=True)


if __name__ == "__main__":
    answer = 42
    for method in get_all_start_methods():
        process = get_context(method).Process(target=child, args=(method, perf_counter()), name=method)
        process.start()
        process.join()

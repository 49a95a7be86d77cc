"""Two locks, taken in different orders: each process holds what the other wants. This one hangs.

Between the two locks both sleep for a moment, so that it happens every time.
"""

from multiprocessing import Lock, Process
from time import sleep


def work(first, second):
    with first:
        sleep(0.8)
        with second:
            print("never printed")


if __name__ == "__main__":
    left = Lock()
    right = Lock()
    one = Process(target=work, args=(left, right), name="one")
    two = Process(target=work, args=(right, left), name="two")
    one.start()
    two.start()
    one.join()
    two.join()

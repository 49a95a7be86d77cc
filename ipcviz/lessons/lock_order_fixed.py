"""Everybody takes the locks in the same order, so there is no circle and everybody comes through."""

from multiprocessing import Lock, Process
from time import sleep


def work(left, right, name):
    with left:
        sleep(0.8)
        with right:
            print(name, "had both", flush=True)


if __name__ == "__main__":
    left = Lock()
    right = Lock()
    one = Process(target=work, args=(left, right, "one"), name="one")
    two = Process(target=work, args=(left, right, "two"), name="two")
    one.start()
    two.start()
    one.join()
    two.join()

"""value += 1 is a read and a write, each with the lock, but not both together: updates are lost.

Four processes add one, ten times each. Between reading and writing they sleep for a moment, so that the
others come in between every time.
"""

from multiprocessing import Process, Value
from time import sleep


def add(counter):
    for _ in range(10):
        before = counter.value
        sleep(0.05)
        counter.value = before + 1


if __name__ == "__main__":
    counter = Value("i", 0)
    adders = [Process(target=add, args=(counter,), name=f"adder-{n + 1}") for n in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    print("four times ten makes", counter.value)

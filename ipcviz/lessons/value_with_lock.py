"""With the lock held over the read and the write, four times ten makes forty.

The others wait at the lock meanwhile, which is the price.
"""

from multiprocessing import Process, Value
from time import sleep


def add(counter):
    for _ in range(10):
        with counter.get_lock():
            before = counter.value
            sleep(0.02)
            counter.value = before + 1


if __name__ == "__main__":
    counter = Value("i", 0)
    adders = [Process(target=add, args=(counter,), name=f"adder-{n + 1}") for n in range(4)]
    for adder in adders:
        adder.start()
    for adder in adders:
        adder.join()
    print("four times ten makes", counter.value)

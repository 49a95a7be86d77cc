"""A sentinel is last only if everybody else has finished putting.

First in, first out holds for each producer, not between them. main sends its two None while the slow
producer still works. Both consumers leave, and what comes later is never eaten.
"""

from multiprocessing import Process, Queue
from time import sleep


def producer(queue, name, pause):
    for number in range(4):
        sleep(pause)
        queue.put(f"{name}{number + 1}")


def consumer(queue, name):
    while (item := queue.get()) is not None:
        print(name, "eats", item, flush=True)
        sleep(0.1)
    print(name, "got None and leaves", flush=True)


if __name__ == "__main__":
    queue = Queue()
    fast = Process(target=producer, args=(queue, "F", 0.1), name="fast")
    slow = Process(target=producer, args=(queue, "S", 0.5), name="slow")
    eaters = [Process(target=consumer, args=(queue, name), name=name) for name in ("zyk", "kyz")]
    for process in (fast, slow, *eaters):
        process.start()
    fast.join()  # and not slow.join()
    queue.put(None)
    queue.put(None)
    for process in (slow, *eaters):
        process.join()
    sleep(0.2)
    left = 0
    while not queue.empty():
        left += queue.get() is not None
    print("never eaten:", left)

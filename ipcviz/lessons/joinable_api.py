"""JoinableQueue: task_done counts down what put counted up, join waits for zero, one too many is an error.

The count knows nothing of get: task_done without a get is accepted as long as something is unfinished.
"""

from multiprocessing import JoinableQueue, Process
from time import sleep


def worker(queue):
    for _ in range(3):
        queue.get()
        sleep(0.4)
        queue.task_done()


if __name__ == "__main__":
    queue = JoinableQueue()
    for item in "abc":
        queue.put(item)
    taker = Process(target=worker, args=(queue,), name="worker")
    taker.start()
    queue.join()
    print("join: three puts, three task_done")
    try:
        queue.task_done()
    except ValueError as error:
        print("one too many:", error)
    queue.put("d")
    queue.task_done()  # accepted, though nobody has taken d
    queue.join()
    print("join returned, and", queue.get(), "was never worked on")
    taker.join()

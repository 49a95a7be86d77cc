"""An empty queue is not yet finished work: join() counts task_done(), not get().

A producer puts twenty items and waits in join(). The consumer says task_done() after the work on an
item, not when it takes it. Its last item, t, is a hard one: while it works on it, the queue is empty
and join() still waits. The consumer never ends by itself; as a daemon it ends with main.
"""

from multiprocessing import JoinableQueue, Process
from time import sleep


def producer(queue):
    for item in "abcdefghijklmnopqrst":
        queue.put(item)
    print("producer: 20 items put, now join()", flush=True)
    queue.join()  # waits until task_done() was called 20 times
    print("producer: join() has returned", flush=True)


def consumer(queue):
    while True:
        item = queue.get()
        sleep(1.5 if item == "t" else 0.2)  # the work
        print("zyk: finished", item, flush=True)
        queue.task_done()


if __name__ == "__main__":
    queue = JoinableQueue(10)
    giver = Process(target=producer, args=(queue,), name="producer")
    taker = Process(target=consumer, args=(queue,), name="zyk", daemon=True)
    giver.start()
    taker.start()
    giver.join()
    print("main: the work is done")

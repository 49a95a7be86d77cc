"""One sentinel for each consumer, sent after the last producer has ended.

Three producers put nine items each and end. Two consumers take items until one of them is None. A
consumer that takes a None keeps it, so there must be as many as there are consumers; and because
main waits for the producers first, every item is in the queue before the first None.
"""

from multiprocessing import Process, Queue, current_process
from time import sleep


def producer(queue, brand):
    for number in range(1, 10):
        queue.put(f"{brand}{number}")
    print(brand, "has put everything", flush=True)


def consumer(queue):
    name = current_process().name
    while True:
        item = queue.get()
        if item is None:
            break
        print(name, "took", item, flush=True)
        sleep(0.3)  # the work
    print(name, "got None and leaves", flush=True)


if __name__ == "__main__":
    queue = Queue(10)
    producers = [Process(target=producer, args=(queue, brand), name=brand) for brand in "ABC"]
    consumers = [Process(target=consumer, args=(queue,), name=name) for name in ("zyk", "kyz")]
    for process in producers + consumers:
        process.start()

    for process in producers:
        process.join()
    for _ in consumers:
        queue.put(None)

    for process in consumers:
        process.join()
    print("both consumers have left")

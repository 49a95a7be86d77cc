"""A producer that works 10 ms on each item and a consumer that does so too; prints the seconds it took.

lesson_like.py ITEMS
"""

import multiprocessing
import sys
import time


def produce(queue: "multiprocessing.Queue[int]", items: int) -> None:
    """10 ms of work on each item."""
    for n in range(items):
        time.sleep(0.01)
        queue.put(n)


def main() -> None:
    """Take them all."""
    items = int(sys.argv[1])
    queue: multiprocessing.Queue[int] = multiprocessing.Queue(3)
    begun = time.perf_counter()
    producer = multiprocessing.Process(target=produce, args=(queue, items))
    producer.start()
    for _ in range(items):
        queue.get()
        time.sleep(0.01)
    sys.stdout.write(f"{time.perf_counter() - begun}\n")
    producer.join()


if __name__ == "__main__":
    main()

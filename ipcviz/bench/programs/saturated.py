"""One producer, one consumer, a queue that is never idle; prints the seconds from first to last item.

saturated.py ITEMS BYTES     BYTES 0 puts small integers
"""

import multiprocessing
import sys
import time


def produce(queue: "multiprocessing.Queue[int | bytes]", items: int, size: int) -> None:
    """Put as fast as it goes."""
    for n in range(items):
        queue.put(bytes(size) if size else n)


def main() -> None:
    """Take them all."""
    items, size = int(sys.argv[1]), int(sys.argv[2])
    queue: multiprocessing.Queue[int | bytes] = multiprocessing.Queue(1000)
    producer = multiprocessing.Process(target=produce, args=(queue, items, size))
    producer.start()
    queue.get()
    begun = time.perf_counter()
    for _ in range(items - 1):
        queue.get()
    sys.stdout.write(f"{time.perf_counter() - begun}\n")
    producer.join()


if __name__ == "__main__":
    main()

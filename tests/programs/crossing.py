"""Four producers and four consumers, a bounded queue; each consumer writes down what it got.

    crossing.py METHOD ITEMS FOLDER
"""

import array
import multiprocessing as mp
import os
import sys

WORKERS = 4


def produce(queue, me, share):
    for i in range(share):
        queue.put((me, i))


def consume(queue, me, folder):
    got = array.array("q")
    while True:
        item = queue.get()
        if item is None:
            break
        got.extend(item)
    with open(os.path.join(folder, f"consumer-{me}"), "wb") as file:
        file.write(got.tobytes())


def main():
    method, items, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    context = mp.get_context(method)
    queue = context.Queue(100)
    producers = [
        context.Process(target=produce, args=(queue, n, items // WORKERS), name=f"producer-{n}")
        for n in range(WORKERS)
    ]
    consumers = [
        context.Process(target=consume, args=(queue, n, folder), name=f"consumer-{n}") for n in range(WORKERS)
    ]
    for process in producers + consumers:
        process.start()
    for process in producers:
        process.join()
    for _ in consumers:
        queue.put(None)
    for process in consumers:
        process.join()
    print("left", queue.qsize())


if __name__ == "__main__":
    main()

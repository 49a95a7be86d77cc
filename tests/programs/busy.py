"""A bit of everything at full speed, for a second at least; somebody kills one of its processes meanwhile.

    busy.py METHOD
"""

import multiprocessing as mp
import sys
import time


def produce(queue, count, until):
    while time.monotonic() < until:
        with count:
            count.value += 1
        queue.put(count.value)


def consume(queue, writer):
    while True:
        item = queue.get()
        if item is None:
            return
        writer.send(item)
        queue.task_done()


def double(number):
    return number * 2


if __name__ == "__main__":
    context = mp.get_context(sys.argv[1])
    queue, count = context.JoinableQueue(5), context.Value("i", 0)
    reader, writer = context.Pipe(duplex=False)
    until = time.monotonic() + 1
    crew = [context.Process(target=produce, args=(queue, count, until), name=f"producer-{n}") for n in (1, 2)]
    crew += [context.Process(target=consume, args=(queue, writer), name=f"consumer-{n}") for n in (1, 2)]
    for process in crew:
        process.start()
    with context.Pool(2) as pool, context.Manager() as manager:
        table = manager.dict()
        while time.monotonic() < until:
            for number, result in enumerate(pool.imap(double, range(20))):
                table[number] = result
            while reader.poll():
                reader.recv()
    for process in crew[:2]:
        process.join()
    for _ in crew[2:]:
        queue.put(None)
    for process in crew[2:]:
        process.join()

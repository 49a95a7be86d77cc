"""Everybody waits for something else until a file appears; then everybody can go on.

    standstill.py METHOD FILE
"""

import multiprocessing as mp
import os
import sys
import time


def get_one(q):
    q.get()  # @get


def put_one(q):
    q.put("x")  # @full


def put_big(q):
    q.put(bytes(200_000))


def put_nothing(q, jobs):
    jobs.join()  # @tasks


def main():
    context = mp.get_context(sys.argv[1])
    empty, full, big, jobs = context.Queue(), context.Queue(1), context.Queue(), context.JoinableQueue()
    full.put("first")
    jobs.put("job")
    people = [
        context.Process(target=get_one, args=(empty,), name="getter-1"),
        context.Process(target=get_one, args=(empty,), name="getter-2"),
        context.Process(target=put_one, args=(full,), name="putter"),
        context.Process(target=put_big, args=(big,), name="big"),
        context.Process(target=put_nothing, args=(full, jobs), name="joiner"),
    ]
    for person in people:
        person.start()
    print("standing", flush=True)
    while not os.path.exists(sys.argv[2]):
        time.sleep(0.005)
    empty.put(1)
    empty.put(2)
    full.get()
    full.get()
    print(len(big.get()))
    jobs.get()
    jobs.task_done()
    for person in people:
        person.join()
    print("over")


if __name__ == "__main__":
    main()

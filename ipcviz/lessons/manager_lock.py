"""A proxy's += is two calls to the server; the lock makes one step of them.

Ten processes add one to the same entry of a dict in the manager's server process. Each reads it, and
writes it back a moment later. Holding the lock meanwhile lets nobody read a number that is out of date.
"""

from multiprocessing import Lock, Manager, Process
from time import sleep


def work(lock, counts, finished):
    with lock:
        before = counts["n"]  # a request to the server and its answer
        sleep(0.15)
        counts["n"] = before + 1  # another one
    finished.append(before + 1)  # one call, so it needs no lock of ours


if __name__ == "__main__":
    lock = Lock()
    with Manager() as manager:
        counts = manager.dict({"n": 10})
        finished = manager.list()
        arguments = (lock, counts, finished)
        workers = [Process(target=work, args=arguments, name=f"work-{i + 1}") for i in range(10)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print("10 and ten times one makes", counts["n"], "after", sorted(finished[:]))

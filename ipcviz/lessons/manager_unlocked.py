"""Without the lock, all read the same number before anyone writes: nine of ten additions are lost.

A Barrier lets the ten processes meet between reading and writing, so that what can happen without a
lock happens every time.
"""

from multiprocessing import Barrier, Manager, Process


def work(meeting, counts):
    before = counts["n"]
    meeting.wait()  # everyone has read, nobody has written
    counts["n"] = before + 1


if __name__ == "__main__":
    meeting = Barrier(10)
    with Manager() as manager:
        counts = manager.dict({"n": 10})
        workers = [Process(target=work, args=(meeting, counts), name=f"work-{i + 1}") for i in range(10)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        print("10 and ten times one makes", counts["n"])

"""Takes locks and gives them back in every way, then says how often each was taken, and by which thread.

locking.py TIMES
"""

import multiprocessing as mp
import sys
import threading


def pairs(lock, times):
    for _ in range(times):
        with lock:
            pass


def nested(lock, times):
    for _ in range(times):
        with lock:
            lock.acquire()
            lock.release()


def alternate(one, two, times):
    for n in range(times):
        one.acquire()
        two.acquire()
        (one if n % 2 else two).release()
        (two if n % 2 else one).release()


def report_between(lock, q, times):
    for n in range(times):
        with lock:
            pass
        q.put("x" * (n % 90))
        q.get()
        with lock:
            pass


def handed_over(lock, times):
    """One thread takes it, another gives it back; nothing is reported between the two."""
    taken, given = threading.Semaphore(0), threading.Semaphore(0)

    def give():
        for _ in range(times):
            taken.acquire()
            lock.release()
            given.release()

    giver = threading.Thread(target=give, name="giver")
    giver.start()
    for _ in range(times):
        lock.acquire()
        taken.release()
        given.acquire()
    giver.join()


def in_two_threads(semaphore, times):
    threads = [threading.Thread(target=pairs, args=(semaphore, times), name=f"taker-{n}") for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    times = int(sys.argv[1])
    plain = mp.Lock()  # @plain
    again = mp.RLock()  # @again
    left, right = mp.Lock(), mp.Lock()  # @both
    beside = mp.Lock()  # @beside
    units = mp.Semaphore(2)  # @units
    passed = mp.Lock()  # @passed
    inherited = mp.Lock()  # @inherited
    pairs(plain, times)
    nested(again, times)
    alternate(left, right, times)
    report_between(beside, mp.SimpleQueue(), times)
    in_two_threads(units, times)
    handed_over(passed, times)
    pairs(inherited, times)
    child = mp.Process(target=pairs, args=(inherited, times), name="child")
    child.start()
    child.join()
    pairs(inherited, times)
    print(child.exitcode)

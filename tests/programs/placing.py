"""Uses a lock and a queue while something comes between any two steps, then says how often it did.

placing.py signals|traced|raising N      a timer's handler, that uses a lock of its own, or raises
placing.py threads N                     four threads that are switched as often as can be
placing.py crowd N                       N threads, each of which puts one item
"""

import multiprocessing as mp
import signal
import sys
import threading


class Raised(Exception):
    pass


def timer(handler):
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)


def work(times, lock, queue):
    for n in range(times):
        with lock:
            pass
        if n % 4 == 0:
            queue.put(n)
            queue.get()


def interrupted(times, traced):
    lock, own, queue = mp.Lock(), mp.Lock(), mp.SimpleQueue()
    # No plain variables: up to 3.12 a trace function's return puts the old value back into a closure's
    # variable (bpo-30744), and what a handler has counted meanwhile is gone.
    handled, busy = [], []

    def handler(*_):
        if busy:
            # The timer is quicker than this handler: it would wait for itself.
            return
        busy.append(1)
        own.acquire()
        handled.append(1)
        own.release()
        busy.pop()

    timer(handler)
    if traced:
        sys.settrace(lambda *_: trace)
    work(times, lock, queue)
    sys.settrace(None)
    signal.setitimer(signal.ITIMER_REAL, 0)
    # What is pending is handled in here, before the number is read.
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    print(len(handled))


def trace(*_):
    return trace


def raising(times):
    lock = mp.Lock()
    done = raised = 0

    def handler(*_):
        raise Raised

    signal.signal(signal.SIGALRM, handler)
    while done < times:
        try:
            # Once each time: what follows in `except` is to be left alone.
            signal.setitimer(signal.ITIMER_REAL, 0.001)
            while done < times:
                lock.acquire()
                done += 1
                lock.release()
        except Raised:
            raised += 1
            # Wherever it came: the lock is free again before the next round.
            try:
                lock.release()
            except ValueError:
                pass
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(done, raised)


def threads(count, times):
    lock, queue = mp.Lock(), mp.Queue()
    sys.setswitchinterval(1e-6)

    def run():
        for n in range(times):
            with lock:
                pass
            queue.put("x" * (n % 50))

    running = [threading.Thread(target=run) for _ in range(count)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    for _ in range(count * times):
        queue.get()


if __name__ == "__main__":
    how, many = sys.argv[1], int(sys.argv[2])
    if how == "raising":
        raising(many)
    elif how == "threads":
        threads(4, many)
    elif how == "crowd":
        threads(many, 1)
    else:
        interrupted(many, how == "traced")

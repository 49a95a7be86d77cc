"""Children that do not want to end: deaf to SIGTERM, in a session of their own, stopped, or all busy.

    stubborn.py METHOD FILE
"""

import multiprocessing as mp
import os
import signal
import sys
import time


def deaf(q):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    q.put(os.getpid())
    while True:
        time.sleep(60)


def away(q):
    """Fork twice into a session of its own, as a daemon does."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.write(q, b"%d\n" % os.getpid())
    time.sleep(60)


def stopped(q):
    q.put(os.getpid())
    q.close()
    q.join_thread()
    os.kill(os.getpid(), signal.SIGSTOP)


def busy(q):
    q.put(os.getpid())
    while True:
        pass


def main():
    context = mp.get_context(sys.argv[1])
    q = context.Queue()
    lock = context.Lock()
    for target in (deaf, stopped, busy):
        context.Process(target=target, args=(q,), daemon=True).start()
    read, write = os.pipe()
    if not os.fork():
        away(write)
    pids = [q.get(), q.get(), q.get(), int(os.read(read, 100)), os.getpid()]
    with open(sys.argv[2] + ".part", "w") as file:
        file.write(" ".join(map(str, pids)))
    os.rename(sys.argv[2] + ".part", sys.argv[2])
    with lock:
        q.get()


if __name__ == "__main__":
    main()

"""A process that is killed while it holds a lock leaves it locked: nobody can let go for it. This one hangs.

A semaphore does not know who took it. The kernel cleans up memory and files, but not this.
"""

import os
import signal
from multiprocessing import Event, Lock, Process
from time import sleep


def holder(lock, has_it):
    with lock:
        has_it.set()
        sleep(60)


def next_one(lock):
    with lock:
        print("never printed")


if __name__ == "__main__":
    lock, has_it = Lock(), Event()
    first = Process(target=holder, args=(lock, has_it), name="holder")
    first.start()
    has_it.wait()
    second = Process(target=next_one, args=(lock,), name="next")
    second.start()
    sleep(0.8)
    os.kill(first.pid, signal.SIGKILL)
    first.join()
    print("main: the holder is dead, exit code", first.exitcode, flush=True)
    second.join()

"""Takes a lock and gives it back as often as it is told, takes it once more and is killed while it holds it.

dying.py TIMES
"""

import multiprocessing as mp
import os
import signal
import sys

if __name__ == "__main__":
    lock = mp.Lock()
    for _ in range(int(sys.argv[1])):
        lock.acquire()
        lock.release()
    lock.acquire()
    os.kill(os.getpid(), signal.SIGKILL)

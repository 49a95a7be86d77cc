"""Puts 30 items at once and then never calls the library again; writes down when the last one was put.

    burst.py (compute | block | die) FILE
"""

import multiprocessing as mp
import os
import signal
import sys
import time


def main():
    q = mp.Queue()
    q.put(-1)
    q.get()
    for n in range(30):
        q.put(n)
    with open(sys.argv[2] + ".part", "w") as file:
        file.write(str(time.monotonic_ns()))
    os.rename(sys.argv[2] + ".part", sys.argv[2])
    if sys.argv[1] == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    while sys.argv[1] == "compute":
        sum(range(1000))
    signal.pause()


if __name__ == "__main__":
    main()

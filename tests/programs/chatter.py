"""Puts and gets as often as it is told, then says how often; 2 events for each time.

    chatter.py TIMES
"""

import multiprocessing as mp
import sys

if __name__ == "__main__":
    q = mp.SimpleQueue()
    for n in range(int(sys.argv[1])):
        q.put(n)
        assert q.get() == n
    print("done", sys.argv[1])

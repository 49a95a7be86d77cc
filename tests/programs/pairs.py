"""Takes a lock and gives it back as often as it is told, then says how often; 2 events for each time.

    pairs.py TIMES
"""

import multiprocessing as mp
import sys

if __name__ == "__main__":
    lock = mp.Lock()
    for _ in range(int(sys.argv[1])):
        with lock:
            pass
    print("done", sys.argv[1])

"""Makes very many Pipes and locks, each of which is used once and dropped.

many.py PIPES LOCKS
"""

import multiprocessing as mp
import sys

if __name__ == "__main__":
    for number in range(int(sys.argv[1])):
        first, second = mp.Pipe()
        first.send(number)
        second.recv()
        first.close()
        second.close()
    for _ in range(int(sys.argv[2])):
        lock = mp.Lock()
        with lock:
            pass

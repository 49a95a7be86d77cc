"""Spawns children one after the other; prints the fewest seconds until a child's first line runs.

spawned.py CHILDREN FILE
"""

import multiprocessing
import os
import sys
import time


def speak(path: str) -> None:
    """The first line of a child."""
    with open(path, "w") as file:
        file.write(str(time.monotonic_ns()))


def main() -> None:
    """Start one after the other."""
    context = multiprocessing.get_context("spawn")
    path = sys.argv[2]
    took = []
    for _ in range(int(sys.argv[1])):
        begun = time.monotonic_ns()
        child = context.Process(target=speak, args=(path,))
        child.start()
        child.join()
        with open(path) as file:
            took.append((int(file.read()) - begun) / 1e9)
        os.unlink(path)
    sys.stdout.write(f"{min(took)}\n")


if __name__ == "__main__":
    main()

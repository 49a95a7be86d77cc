"""Shared memory in every way: made, attached, closed, dropped, unlinked, refused, forgotten; lists.

    sharing.py METHOD
"""

import multiprocessing as mp
import sys
from multiprocessing.shared_memory import ShareableList, SharedMemory


def reader(name, numbers):
    block = SharedMemory(name=name)  # @attached
    block.buf[0] += 1
    block.close()  # @child closes
    for _ in range(3):
        numbers[0] += 1  # @added
    numbers.shm.close()  # @list closed in child


def dropping(name):
    block = SharedMemory(name)  # @attached to be dropped
    del block


def main():
    mp.set_start_method(sys.argv[1])
    block = SharedMemory(create=True, size=1000)  # @made
    block.buf[0] = 41
    numbers = ShareableList([7, 2.5, "text", None, b"bytes"])  # @list made
    child = mp.Process(target=reader, args=(block.name, numbers), name="child")
    child.start()
    child.join()
    dropping(block.name)
    try:
        SharedMemory("there-is-none")  # @refused
    except FileNotFoundError as error:
        print(type(error).__name__)
    held = block.buf[:2]
    try:
        block.close()  # @still in use
    except BufferError as error:
        print(type(error).__name__)
    print(held[0], list(numbers))  # @read all
    held.release()
    block.close()  # @closed
    block.close()
    block.unlink()  # @unlinked
    try:
        block.unlink()  # @unlinked twice
    except FileNotFoundError as error:
        print(type(error).__name__)
    numbers[-1] = b"new"  # @written
    numbers.shm.close()
    numbers.shm.unlink()
    try:
        SharedMemory(create=True)  # @without a size
    except ValueError as error:
        print(type(error).__name__)
    forgotten = SharedMemory(create=True, size=64)  # @forgotten
    print(len(forgotten.buf) >= 64, [name for name in vars(forgotten) if "ipcviz" in name])


if __name__ == "__main__":
    main()

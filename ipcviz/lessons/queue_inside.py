"""put() is over before anybody else can see the item: it lies in a buffer until the feeder has written it.

Five blocks of 20 kB are put at once. Three fit into the pipe, which holds 64 KiB; the others wait in the
buffer of the process that put them, until the child takes one.
"""

from multiprocessing import Process, Queue
from time import sleep


def taker(queue):
    for _ in range(6):
        sleep(0.8)
        block = queue.get()
        print("taker: got", chr(block[0]), "of", len(block), "bytes", flush=True)


if __name__ == "__main__":
    queue = Queue()
    queue.put(b"first")  # starts the feeder thread
    child = Process(target=taker, args=(queue,), name="taker")
    child.start()
    sleep(0.3)
    for letter in b"abcde":
        queue.put(bytes([letter]) * 20_000)
        print("main: put", chr(letter), flush=True)
    child.join()

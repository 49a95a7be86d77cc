"""Every method of Queue once, with what it raises: put, get, their timeouts, the three questions, close.

The questions are answered for one moment only; right after put(), empty() is usually still True,
because the item lies in the buffer of this process and not yet in the pipe.
"""

from multiprocessing import Process, Queue
from queue import Empty, Full
from time import sleep


def careless(queue):
    queue.cancel_join_thread()  # this process will not wait for its feeder: items may be lost
    queue.put("x")


if __name__ == "__main__":
    queue = Queue(2)
    queue.put("first")
    queue.get()  # from now on the feeder thread is there and asleep
    queue.put("a")
    print("right after put: empty() is", queue.empty())
    sleep(0.3)
    print("a moment later:  empty() is", queue.empty())
    queue.put_nowait("b")
    print("full() is", queue.full(), "and qsize() is", queue.qsize())  # no qsize() on macOS
    for way in ({"block": False}, {"timeout": 0.8}):
        try:
            queue.put("c", **way)
        except Full:
            print("put: Full", way)
    print(queue.get(), queue.get_nowait())
    for way in ({"block": False}, {"timeout": 0.8}):
        try:
            queue.get(**way)
        except Empty:
            print("get: Empty", way)
    (process := Process(target=careless, args=(queue,), name="careless")).start()
    process.join()
    queue.close()  # wakes no getter, it only ends this process's own putting
    queue.join_thread()  # until the feeder has flushed into the pipe
    try:
        queue.put("d")
    except ValueError as error:
        print("put after close:", type(error).__name__)

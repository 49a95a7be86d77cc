"""First take, then join: the same 200 kB, and nobody hangs.

The parent reads, so the child's feeder can write everything, and the child can end.
"""

from multiprocessing import Process, Queue


def child(queue):
    queue.put("x" * 200_000)
    print("child: put() is over, my code ends here", flush=True)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=child, args=(queue,), name="child")
    process.start()
    print("main: got", len(queue.get()), "characters", flush=True)
    process.join()
    print("main: the child has ended")

"""A process that has put more than the pipe holds cannot end before somebody takes it. This one hangs.

The child puts 200 kB and is done, but its feeder still has to write. The parent joins the child before it
takes anything, so nobody reads, and each waits for the other.
"""

from multiprocessing import Process, Queue


def child(queue):
    queue.put("x" * 200_000)
    print("child: put() is over, my code ends here", flush=True)


if __name__ == "__main__":
    queue = Queue()
    process = Process(target=child, args=(queue,), name="child")
    process.start()
    process.join()  # for ever: the child waits for a reader
    print("never printed", len(queue.get()))

"""put() does not notice what cannot be pickled: the feeder does, later, and the item is lost. This one hangs.

The lambda never reaches the pipe. JoinableQueue has counted it, so join() waits for a task_done() that
nobody will call.
"""

from multiprocessing import JoinableQueue, Process


def worker(queue):
    while True:
        print("worker: got", queue.get(), flush=True)
        queue.task_done()


if __name__ == "__main__":
    queue = JoinableQueue()
    Process(target=worker, args=(queue,), name="worker", daemon=True).start()
    queue.put("a")
    queue.put(lambda: "b")  # raises nothing here
    queue.put("c")
    print("main: three put, no exception", flush=True)
    queue.join()

"""Every method of the three queues, well used and badly; says on standard output what came of it.

    operations.py METHOD
"""

import multiprocessing as mp
import os
import queue as names
import sys
import time


class Worker(mp.Process):
    """A process by subclass, with a child of its own."""

    def __init__(self, results):
        super().__init__(name="worker")
        self.results = results

    def run(self):
        grandchild = mp.get_context(sys.argv[1]).Process(target=answer, args=(self.results,), name="grandchild")
        grandchild.start()
        grandchild.join()


def answer(results):
    results.put("from the grandchild")  # @grandchild puts


def sleep(seconds):
    time.sleep(seconds)


def use_queue(context):
    q = context.Queue(2)  # @made
    print(q.empty(), q.full(), q.qsize())  # @asked
    q.put("a")  # @put
    q.put(obj="b", block=True, timeout=1)  # @put in time
    try:
        q.put_nowait("c")  # @put nowait
    except names.Full:
        print("Full")
    try:
        q.put("d", timeout=0.05)  # @put too long
    except names.Full:
        print("Full")
    print(q.get(), q.get(timeout=5))  # @got
    try:
        q.get_nowait()  # @get nowait
    except names.Empty:
        print("Empty")
    try:
        q.get(True, 0.05)  # @get too long
    except names.Empty:
        print("Empty")
    q.put(lambda: None)  # @cannot be pickled
    q.put("e")
    print(q.get(timeout=5))
    q.close()  # @closed
    q.join_thread()  # @flushed
    try:
        q.put("f")  # @put on closed
    except ValueError:
        print("ValueError")
    try:
        q.get()  # @get on closed
    except ValueError:
        print("ValueError")
    other = context.Queue()
    other.cancel_join_thread()  # @cancelled


def use_joinable(context):
    jobs = context.JoinableQueue()  # @joinable made
    for item in range(3):
        jobs.put(item)  # @job put
    for _ in range(3):
        jobs.get()
        jobs.task_done()  # @done
    jobs.join()  # @all done
    try:
        jobs.task_done()  # @done too often
    except ValueError:
        print("ValueError")


def use_simple(context):
    simple = context.SimpleQueue()  # @simple made
    print(simple.empty())  # @simple asked
    simple.put([1, 2])  # @simple put
    print(simple.get())  # @simple got


def use_processes(context):
    results = context.Queue()
    worker = Worker(results)
    worker.start()  # @worker started
    print(results.get())  # @from grandchild
    worker.join()  # @worker joined
    sleeper = context.Process(target=sleep, args=(60,), name="sleeper")
    sleeper.start()
    sleeper.join(0.05)  # @join too long
    sleeper.terminate()  # @terminated
    sleeper.join()
    print(sleeper.exitcode)
    victim = context.Process(target=sleep, args=(60,), name="victim", daemon=True)
    victim.start()
    victim.kill()  # @killed
    victim.join()
    print(victim.exitcode)
    pid = os.fork()
    if not pid:
        results.put("forked")  # @fork puts
        results.close()
        results.join_thread()
        os._exit(5)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), results.get())


if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    here = mp.get_context(sys.argv[1])
    use_queue(here)
    use_joinable(here)
    use_simple(here)
    use_processes(here)

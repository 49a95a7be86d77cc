"""Programs that certainly hang, one for each kind of wait: `python hanging.py NAME`."""

import multiprocessing as mp
import os
import signal
import sys
import threading
import time

between_threads, taken = threading.Lock(), threading.Event()


def take_both(first, second):
    with first:
        time.sleep(0.2)
        with second:
            pass


def lock_order():
    left, right = mp.Lock(), mp.Lock()
    ways = {"one": (left, right), "two": (right, left)}
    run([mp.Process(target=take_both, args=way, name=name) for name, way in ways.items()])


def run(processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def own_lock():
    lock = mp.Lock()
    with lock, lock:
        pass


def empty_semaphore():
    semaphore = mp.Semaphore(0)
    semaphore.acquire()


def getter(queue):
    queue.get()


def empty_queue():
    queue = mp.Queue()
    run([mp.Process(target=getter, args=(queue,), name="getter")])


def two_getters():
    queue = mp.Queue()
    run([mp.Process(target=getter, args=(queue,), name=f"getter-{n}") for n in (1, 2)])


def full_queue():
    queue = mp.Queue(2)
    for item in "abc":
        queue.put(item)


def eat_all(queue):
    while True:
        queue.get()


def no_task_done():
    queue = mp.JoinableQueue()
    mp.Process(target=eat_all, args=(queue,), name="eater", daemon=True).start()
    queue.put("a")
    queue.join()


def put_much(queue):
    queue.put("x" * 200_000)


def join_before_drain():
    queue = mp.Queue()
    run([mp.Process(target=put_much, args=(queue,), name="child")])


def read_all(mine, _other):
    while True:
        try:
            mine.recv()
        except EOFError:
            break


def pipe_left_open():
    parent_end, child_end = mp.Pipe()
    child = mp.Process(target=read_all, args=(child_end, parent_end), name="child")
    child.start()
    child_end.close()
    parent_end.send("a")
    parent_end.close()
    child.join()


def both_read():
    here, there = mp.Pipe()
    child = mp.Process(target=read_all, args=(there, here), name="child")
    child.start()
    here.recv()


def die():
    os._exit(3)


def pool_worker_dies():
    pool = mp.Pool(2)
    pool.apply_async(die).get()


def hold(lock, held):
    lock.acquire()
    held.set()
    time.sleep(60)


def killed_holder():
    lock, held = mp.Lock(), mp.Event()
    holder = mp.Process(target=hold, args=(lock, held), name="holder")
    holder.start()
    held.wait()
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    lock.acquire()


def meet(barrier):
    barrier.wait()


def barrier_too_few():
    barrier = mp.Barrier(3)
    run([mp.Process(target=meet, args=(barrier,), name=f"guest-{n}") for n in (1, 2)])


def nobody_notifies():
    condition = mp.Condition()
    with condition:
        condition.wait()


def nobody_sets():
    event = mp.Event()
    event.wait()


def wait_for(event):
    event.wait()


def join_the_waiting():
    event = mp.Event()
    run([mp.Process(target=wait_for, args=(event,), name="child")])


def eat_to_none(queue):
    while queue.get() is not None:
        pass


def one_sentinel():
    queue = mp.Queue()
    eaters = [mp.Process(target=eat_to_none, args=(queue,), name=f"eater-{n}") for n in (1, 2)]
    for eater in eaters:
        eater.start()
    queue.put(None)
    for eater in eaters:
        eater.join()


def simple_queue():
    queue = mp.SimpleQueue()
    queue.get()


def nap(seconds):
    time.sleep(seconds)


def pool_left_early():
    with mp.Pool(2) as pool:
        result = pool.apply_async(nap, (5,))
    result.get()


def lost_item():
    queue = mp.JoinableQueue()
    queue.put(lambda: None)
    queue.join()


def forked():
    between_threads.acquire()


def copied_lock():
    threading.Thread(target=hold_for_a_while, daemon=True).start()
    taken.wait()
    child = mp.get_context("fork").Process(target=forked)
    child.start()
    child.join()


def hold_for_a_while():
    with between_threads:
        taken.set()
        time.sleep(0.3)


if __name__ == "__main__":
    globals()[sys.argv[1]]()

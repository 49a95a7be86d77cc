"""Programs that are busy, slow, or wait for the world outside, and never stuck: `python healthy.py NAME`."""

import multiprocessing as mp
import os
import queue as queues
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor

LONG = 2.2


def nap(seconds=LONG):
    time.sleep(seconds)


def compute(seconds=LONG):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(range(1000))


def run(*processes):
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def child(target, *args):
    return mp.Process(target=target, args=args)


def sleeping():
    nap()


def computing():
    compute()


def child_sleeps():
    run(child(nap))


def child_computes():
    run(child(compute))


def slow_putter(queue):
    nap()
    queue.put("a")


def get_one(queue):
    queue.get()


def slow_producer():
    queue = mp.Queue()
    run(child(slow_putter, queue), child(get_one, queue))


def slow_getter(queue):
    nap()
    while queue.get() is not None:
        pass


def slow_consumer():
    queue = mp.Queue(1)
    eater = child(slow_getter, queue)
    eater.start()
    for item in ("a", "b", None):
        queue.put(item)
    eater.join()


def slow_worker(queue):
    queue.get()
    nap()
    queue.task_done()


def slow_task_done():
    queue = mp.JoinableQueue()
    worker = child(slow_worker, queue)
    worker.start()
    queue.put("a")
    queue.join()
    worker.join()


def hold_long(lock):
    with lock:
        nap()


def held_long():
    lock = mp.Lock()
    holder = child(hold_long, lock)
    holder.start()
    time.sleep(0.3)
    with lock:
        pass
    holder.join()


def get_with_timeout():
    queue = mp.Queue()
    try:
        queue.get(timeout=LONG)
    except queues.Empty:
        pass


def put_with_timeout():
    queue = mp.Queue(1)
    queue.put("a")
    try:
        queue.put("b", timeout=LONG)
    except queues.Full:
        queue.get()


def lock_with_timeout():
    lock = mp.Lock()
    lock.acquire()
    lock.acquire(timeout=LONG)


def event_with_timeout():
    mp.Event().wait(LONG)


def condition_with_timeout():
    condition = mp.Condition()
    with condition:
        condition.wait(LONG)


def join_with_timeout():
    process = child(nap, LONG + 0.5)
    process.start()
    process.join(LONG)
    process.join()


def poll_with_timeout():
    here, _there = mp.Pipe()
    here.poll(LONG)


def reads_stdin():
    # Whoever runs this keeps the other end open for a while.
    reader = child(nap, 0.1)
    reader.start()
    ready, _, _ = select.select([sys.stdin], [], [], LONG)
    if ready:
        sys.stdin.readline()
    reader.join()


def blocking_socket(port):
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.recv(10)


def child_waits_for_socket():
    with socket.create_server(("127.0.0.1", 0)) as server:
        client = child(blocking_socket, server.getsockname()[1])
        client.start()
        answer, _ = server.accept()
        nap()
        answer.send(b"hello")
        client.join()
        answer.close()


def thread_sends():
    queue = mp.Queue()
    thread = threading.Thread(target=slow_putter, args=(queue,))
    thread.start()
    queue.get()
    thread.join()


def thread_computes():
    event = mp.Event()
    thread = threading.Thread(target=lambda: (compute(), event.set()))
    thread.start()
    event.wait()
    thread.join()


def pool_long_task():
    with mp.Pool(2) as pool:
        pool.apply(nap)


def pool_map_long():
    with mp.Pool(2) as pool:
        pool.map(nap, [0.8] * 5, chunksize=1)


def pool_idle():
    with mp.Pool(2) as pool:
        pool.apply(nap, (0.1,))
        nap()


def pool_imap_slow():
    with mp.Pool(2) as pool:
        for _ in pool.imap(nap, [1.1, 1.1, 1.1]):
            pass


def executor_long_task():
    with ProcessPoolExecutor(2) as executor:
        executor.submit(nap).result()


def manager_idle():
    with mp.Manager() as manager:
        manager.dict()["a"] = 1
        nap()


def use_slowly(numbers):
    nap()
    numbers["a"] = 2


def manager_slow_client():
    with mp.Manager() as manager:
        numbers = manager.dict()
        run(child(use_slowly, numbers))


def manager_queue_slow(queue):
    nap()
    queue.put("a")


def managed_queue():
    with mp.Manager() as manager:
        queue = manager.Queue()
        putter = child(manager_queue_slow, queue)
        putter.start()
        queue.get()
        putter.join()


def waits_for_subprocess():
    subprocess.run([sys.executable, "-c", f"import time; time.sleep({LONG})"], check=True)


def os_fork_child():
    pid = os.fork()
    if not pid:
        nap()
        os._exit(0)
    os.waitpid(pid, 0)


def late_guest(barrier, seconds):
    nap(seconds)
    barrier.wait()


def barrier_late():
    barrier = mp.Barrier(2)
    run(child(late_guest, barrier, 0.1), child(late_guest, barrier, LONG))


def set_late(event):
    nap()
    event.set()


def event_late():
    event = mp.Event()
    setter = child(set_late, event)
    setter.start()
    event.wait()
    setter.join()


def send_late(end):
    nap()
    end.send("a")


def pipe_late():
    here, there = mp.Pipe()
    sender = child(send_late, there)
    sender.start()
    here.recv()
    sender.join()


def grandparent():
    run(child(slow_grandchild))


def slow_grandchild():
    run(child(nap))


def wait_for_a_signal(pid_of):
    called = threading.Event()
    signal.signal(signal.SIGUSR1, lambda *_: called.set())
    pid_of.send(os.getpid())
    called.wait()


def forked_and_called_by_a_signal():
    here, there = mp.Pipe()
    called = mp.get_context("fork").Process(target=wait_for_a_signal, args=(there,))
    called.start()
    pid = here.recv()
    nap()
    os.kill(pid, signal.SIGUSR1)
    called.join()


def wait_in_time(lock):
    lock.acquire(timeout=LONG)


def forked_lock_in_time():
    lock = threading.Lock()
    lock.acquire()
    run(mp.get_context("fork").Process(target=wait_in_time, args=(lock,)))


def wait_for_own_thread():
    lock = threading.Lock()
    lock.acquire()
    threading.Timer(LONG, lock.release).start()
    lock.acquire()


def forked_with_a_thread_of_its_own():
    run(mp.get_context("fork").Process(target=wait_for_own_thread))


if __name__ == "__main__":
    globals()[sys.argv[1]]()

"""Uses every family at once and writes down what it did itself: `python mixed.py METHOD OUT.json`."""

import json
import multiprocessing as mp
import sys
from concurrent.futures import ProcessPoolExecutor

WORKERS, ROUNDS, TASKS = 3, 20, 12


def work(number, lock, semaphore, value, queue, done, pipe_end, shared, event, barrier):
    event.wait()
    taken = 0
    for turn in range(ROUNDS):
        with lock:
            value.value = value.value + 1
        with semaphore:
            shared[number] = turn
        queue.put((number, turn))
        while True:
            try:
                done.get(timeout=5)
                taken += 1
                done.task_done()
                break
            except Exception:
                continue
    barrier.wait()
    pipe_end.send(taken)
    pipe_end.close()


def square(number):
    if number == 7:
        raise ValueError("seven")
    return number * number


def main(method, out):
    context = mp.get_context(method)
    lock, semaphore, event = context.Lock(), context.BoundedSemaphore(2), context.Event()
    barrier = context.Barrier(WORKERS)
    value = context.Value("i", 0)
    queue = context.Queue(4)
    done = context.JoinableQueue()
    callbacks = []
    with context.Manager() as manager:
        shared = manager.dict()
        ends, processes = [], []
        for number in range(WORKERS):
            mine, theirs = context.Pipe(duplex=False)
            arguments = (number, lock, semaphore, value, queue, done, theirs, shared, event, barrier)
            process = context.Process(target=work, args=arguments, name=f"worker-{number}")
            process.start()
            theirs.close()
            ends.append(mine)
            processes.append(process)
        event.set()
        got = 0
        for _ in range(WORKERS * ROUNDS):
            queue.get()
            got += 1
            done.put(got)
        done.join()
        received = [end.recv() for end in ends]
        for process in processes:
            process.join()
        left = dict(shared)
    with context.Pool(2) as pool:
        results = [pool.apply_async(square, (n,), callback=callbacks.append) for n in range(TASKS)]
        for result in results:
            result.wait()
        failed = sum(not result.successful() for result in results)
        pool.close()
        pool.join()
    with ProcessPoolExecutor(2, mp_context=context) as executor:
        squares = list(executor.map(square, range(5)))
    facts = {
        "got": got, "received": received, "value": value.value, "shared": left, "failed": failed,
        "callbacks": len(callbacks), "squares": len(squares),
    }  # fmt: skip
    with open(out, "w", encoding="utf-8") as file:
        json.dump(facts, file)


if __name__ == "__main__":
    main(*sys.argv[1:])

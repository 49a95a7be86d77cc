"""A full queue makes its putters wait.

Ten putters come, one every 0.3 s, each with a letter for a queue that has three slots; nobody takes
anything out. Only then do ten getters come, and each letter they take lets one more putter finish.
"""

from multiprocessing import Process, Queue, current_process
from time import sleep


def putter(queue, letter):
    queue.put(letter)  # waits while the queue is full
    print(current_process().name, "put", letter, flush=True)


def getter(queue):
    letter = queue.get()  # waits while the queue is empty
    print(current_process().name, "got", letter, flush=True)


if __name__ == "__main__":
    queue = Queue(3)

    putters = []
    for number, letter in enumerate("abcdefghij", start=1):
        process = Process(target=putter, args=(queue, letter), name=f"putter-{number}")
        process.start()
        putters.append(process)
        sleep(0.3)

    finished = sum(not process.is_alive() for process in putters)
    print(finished, "of", len(putters), "putters have finished", flush=True)

    getters = []
    for number in range(1, 11):
        process = Process(target=getter, args=(queue,), name=f"getter-{number}")
        process.start()
        getters.append(process)
        sleep(0.3)

    for process in putters + getters:
        process.join()
    print("everybody has finished")

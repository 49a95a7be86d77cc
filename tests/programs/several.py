"""Several send on one end of a Pipe, or receive from it: prints what came, in order, and who sent it.

    several.py KIND METHOD ITEMS

KIND: processes (three send), threads (three threads send), duplex, late (a second sender begins in the middle),
handler (a signal handler sends in the middle of sends), raising (a signal handler raises there), killed (a
sender is killed in the middle), stopped (a sender is stopped in the middle and the others go on), receivers
(two threads take turns at receiving, by a lock of the program's), full (the senders fill the pipe).
"""

import multiprocessing as mp
import os
import signal
import sys
import threading
import time


def give(end, who, items, extra=""):
    for n in range(items):
        end.send(f"{who} {n}{extra}")


def give_with_handler(end, who, items):
    busy = False

    def handler(_number, _frame):
        nonlocal busy
        if not busy:
            # Where the machine is slow the timer is quicker than this handler.
            busy = True
            end.send("handler")
            busy = False

    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.0007, 0.0007)
    give(end, who, items)
    signal.setitimer(signal.ITIMER_REAL, 0)


class Out(Exception):
    """Raised by a signal handler."""


def give_raising(end, who, items):
    def handler(_number, _frame):
        raise Out

    signal.signal(signal.SIGALRM, handler)
    done = 0
    while done < items:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0007)
            while done < items:
                # Anything longer would be torn by an exception in the middle.
                end.send_bytes(b"x")
                done += 1
        except Out:
            done += 1
    signal.setitimer(signal.ITIMER_REAL, 0)


def receive(end, count, lock, into):
    for _ in range(count):
        with lock:
            into.append(end.recv())


def main():
    kind, items = sys.argv[1], int(sys.argv[3])
    mp.set_start_method(sys.argv[2])
    reader, writer = mp.Pipe(kind == "duplex")
    senders, count, got = [], 3 * items, []
    if kind == "threads":
        senders = [threading.Thread(target=give, args=(writer, f"w{i}", items)) for i in range(3)]
    elif kind == "handler":
        senders = [mp.Process(target=give_with_handler, args=(writer, f"w{i}", items)) for i in range(2)]
    elif kind == "raising":
        senders = [mp.Process(target=give_raising, args=(writer, f"w{i}", items)) for i in range(2)]
    elif kind == "full":
        senders = [mp.Process(target=give, args=(writer, f"w{i}", items, "x" * 3000)) for i in range(3)]
    else:
        senders = [mp.Process(target=give, args=(writer, f"w{i}", items)) for i in range(3)]
    for n, sender in enumerate(senders):
        if kind == "late" and n:
            time.sleep(0.02)
        sender.start()
    if kind in ("stopped", "killed"):
        time.sleep(0.05)
        os.kill(senders[0].pid, signal.SIGSTOP if kind == "stopped" else signal.SIGKILL)
    if kind == "receivers":
        lock = threading.Lock()
        threads = [threading.Thread(target=receive, args=(reader, count // 2, lock, got)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    elif kind in ("stopped", "killed"):
        while sum(not one.startswith("w0") for one in got) < 2 * items:
            got.append(reader.recv())
        if kind == "stopped":
            os.kill(senders[0].pid, signal.SIGCONT)
            got += [reader.recv() for _ in range(count - len(got))]
    else:
        if kind != "threads" and kind != "duplex":
            writer.close()
        try:
            while len(got) < count or kind in ("handler", "raising"):
                got.append(reader.recv_bytes() if kind == "raising" else reader.recv())
        except EOFError:
            pass
    for sender in senders:
        sender.join()
    if kind == "raising":
        print(set(got))
        return
    for one in got:
        print(one.rstrip("x"))


if __name__ == "__main__":
    main()

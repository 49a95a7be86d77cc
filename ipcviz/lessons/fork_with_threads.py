"""fork copies a lock that another thread holds, but not the thread: in the child nobody will ever let go."""

import threading
import warnings
from multiprocessing import get_context
from time import sleep

lock = threading.Lock()


def hold():
    with lock:
        sleep(1)


def child():
    with lock:  # in the parent it is free again after a second
        print("child: got the lock", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 and later warn of just this
    threading.Thread(target=hold).start()
    sleep(0.2)
    process = get_context("fork").Process(target=child, name="child")
    process.start()
    with lock:
        print("main: got the lock", flush=True)
    process.join()

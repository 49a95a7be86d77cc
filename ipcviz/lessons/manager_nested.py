"""What you read from a proxy is a copy: changing the copy changes nothing in the manager.

The inner list is an ordinary list inside a managed dict. Appending to it gets lost; writing it back does not.
"""

from multiprocessing import Manager, Process
from time import sleep


def work(shared):
    shared["letters"].append("b")  # appends to a copy, which is thrown away
    print("child: appended b:", shared["letters"], flush=True)
    sleep(0.5)
    copy = shared["letters"]
    copy.append("c")
    shared["letters"] = copy  # now the manager hears of it
    print("child: wrote it back:", shared["letters"], flush=True)


if __name__ == "__main__":
    with Manager() as manager:
        shared = manager.dict({"letters": ["a"]})
        child = Process(target=work, args=(shared,), name="child")
        child.start()
        child.join()
        print("main:", shared["letters"])

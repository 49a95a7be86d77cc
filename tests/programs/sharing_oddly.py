"""Shared memory used oddly: wrong arguments, a subclass that sees each look at it, blocks still in use."""

import inspect
import pickle
import sys
from multiprocessing.shared_memory import ShareableList, SharedMemory

WRONG = (
    "SharedMemory(1, 2, 3, 4, 5)", "SharedMemory(size=-1)", "SharedMemory(nme='x')", "SharedMemory()",
    "SharedMemory(name=7)", "ShareableList([object()])", "ShareableList(1, 2, 3)", "ShareableList([1])['a']",
)  # fmt: skip


class Loud(SharedMemory):
    def __setattr__(self, name, value):
        print("set", name)
        super().__setattr__(name, value)

    def __getattribute__(self, name):
        if name == "__dict__":
            print("looked at")
        return super().__getattribute__(name)


def keep_a_view():
    block = SharedMemory(create=True, size=10)
    view = block.buf[1:]
    block.unlink()
    del block
    return view


print(inspect.signature(SharedMemory), inspect.signature(SharedMemory.close))
for call in WRONG:
    try:
        eval(call)
    except Exception as error:
        print(type(error).__name__, error)
Loud(create=True, size=10).unlink()
numbers = ShareableList([1, 2, 3, "x" * 100])
print(numbers, numbers.count(1), numbers.index(2), numbers[-1] == "x" * 100, numbers.format)
print(pickle.loads(pickle.dumps(numbers))[0])
try:
    numbers[3] = "y" * 1000
except ValueError as error:
    print(error)
numbers.shm.unlink()
if sys.version_info >= (3, 13):
    untracked = SharedMemory(create=True, size=10, track=False)
    untracked.unlink()
keep_a_view()
twice = SharedMemory(create=True, size=9)
twice.unlink()
twice.unlink()

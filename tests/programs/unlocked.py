"""Values and arrays without a lock, beside those that have one.

    unlocked.py METHOD
"""

import ctypes
import multiprocessing as mp
import sys
from multiprocessing.sharedctypes import RawArray, RawValue, copy


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_double)]


def work(plain, point, locked):
    plain.value += 1
    point.x += 2.0
    with locked:
        locked.value += 3


def main():
    mp.set_start_method(sys.argv[1])
    plain = mp.Value("i", 5, lock=False)  # @value
    numbers = mp.Array("d", 10, lock=False)  # @array
    raw = RawValue("q", 7)  # @raw value
    row = RawArray(ctypes.c_char, b"abc")  # @raw array
    point = mp.RawValue(Point, 1.0, 2.0)  # @structure
    locked = mp.Value("i", 1)  # @locked
    letters = mp.Array("c", 4)
    child = mp.Process(target=work, args=(plain, point, locked), name="child")
    child.start()
    child.join()
    twin = copy(raw)  # @copied
    print(plain.value, point.x, locked.value, len(numbers), row.value, twin.value, letters.raw)
    for made in (lambda: mp.Value("no such type"), lambda: RawArray("i", "text")):
        try:
            made()
        except Exception as error:
            print(type(error).__name__)


if __name__ == "__main__":
    main()

"""Where in the program's own code are we: the first frame outside the standard library and ipcviz."""

import os
import sys
from time import monotonic_ns

from ipcviz.log.slots import INLINE, ZERO, head_word
from ipcviz.probe.core import report
from ipcviz.probe.core.report import emit, emit_sized

_HERE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_own = {}
"""The id of a code object to whether it is the program's own. By id: hashing one takes as long as its code
is, and two functions in two files can be equal."""
_kept = []
"""The code objects themselves, so that no other gets the id."""
_own_get = _own.get
_getframe = sys._getframe
_per_thread = report.per_thread
FLAG = head_word(0, flags=1) ^ head_word(0)
"""The first flag of a row, in the head word of its record."""


class NoFrame:
    """Stands for a caller that is not there: C started a thread, or an exit handler, with our hook."""

    f_back = None
    f_globals = f_locals = {"__name__": ""}  # noqa: RUF012
    f_lasti = f_lineno = 0
    f_code = (lambda: None).__code__


def frame_at(depth):
    """The frame so many calls above the caller, `NoFrame` where there are not so many."""
    try:
        return _getframe(depth + 1)
    except ValueError:
        return NoFrame


_PROGRAMS = (
    os.path.join(_HERE, "lessons") + os.sep,
    os.path.join(_HERE, "bench", "programs") + os.sep,
)
_PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


def site(depth=2):
    """The number of the place in the program's code that led here; 0 if there is none."""
    try:
        frame = _getframe(depth)
    except ValueError:
        return 0
    while frame is not None:
        code = frame.f_code
        if is_own(frame):
            return report.site_number(code, frame.f_lineno)
        frame = frame.f_back
    return 0


def made_by_library(depth):
    """Whether the code that asked for an object, beyond `multiprocessing.context`, is the library's."""
    frame = frame_at(depth)
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        if name not in _PASS and not name.startswith("ipcviz.probe"):
            return name.partition(".")[0] in _LIBRARIES
        frame = frame.f_back
    return False


_PASS = ("multiprocessing.context",)
_LIBRARIES = ("multiprocessing", "concurrent", "ipcviz")


def head_at(number, depth):
    """The head word of a record of this row; its place is looked for from so many calls above on.

    Only what the program itself calls is told so: an instruction of its code stands for one line.
    """
    frame = frame_at(depth + 1)
    while frame is not None:
        own = _own_get(id(frame.f_code))
        if own or (own is None and is_own(frame)):
            break
        frame = frame.f_back
    else:
        return report.plain_head(number)
    heads = report.per_thread.placed_heads
    place = (number, id(frame.f_code), frame.f_lasti)
    head = heads.get(place)
    if head is None:
        there = report.site_number(frame.f_code, frame.f_lineno)
        head = heads[place] = head_word(number, report.thread_number(), there)
    return head


def emit_here(number, a, b=ZERO, c=ZERO, text=b"", time=0, flags=0):
    """Write down an event of the program's own doing; its place is looked for beyond the caller.

    `number` is that of its row, `a`, `b` and `c` are its words in order, of which none may be 0.
    """
    if not report.active:
        return
    # What `head_at` does, without the calls: this is on the way of every item.
    try:
        frame = _getframe(2)
    except ValueError:
        frame = None
    while frame is not None:
        own = _own_get(id(frame.f_code))
        if own or (own is None and is_own(frame)):
            head = _per_thread.placed_heads.get((number, id(frame.f_code), frame.f_lasti))
            break
        frame = frame.f_back
    else:
        head = report.plain_head(number)
    if head is None:
        head = head_at(number, 2)
    if flags:
        head |= flags * FLAG
    size = len(text)
    if size <= INLINE:
        emit(head + size, a, b, c, time or monotonic_ns(), text)
    else:
        emit_sized(head, a, b, c, time or monotonic_ns(), text)


def head_here(heads, depth, number):
    """The head word for a record of the caller at `depth`, remembered in `heads` where that is exact.

    It is when the caller itself is the program's own code; behind a library's call the place that
    counts lies further out and can differ each time.
    """
    frame = frame_at(depth)
    place = (id(frame.f_code), frame.f_lasti)
    head = heads.get(place)
    if head is None:
        head = head_word(number, report.thread_number(), site(depth + 1))
        if is_own(frame):
            heads[place] = head
    return head


def is_own(frame):
    """Whether a frame runs the program's own code."""
    code = frame.f_code
    own = _own_get(id(code))
    if own is None:
        _kept.append(code)
        own = _own[id(code)] = _judge(code.co_filename, frame.f_globals)
    return own


def _judge(file, names):
    if file.startswith("<"):
        # `<stdin>` and `<string>` are the program's, but not what the library makes from texts, like the
        # methods of its proxies: those have no module around them.
        return not file.startswith("<frozen") and "__name__" in names
    if file.startswith(_HERE + os.sep):
        # A lesson is a program, and so is what the benchmarks run; the rest of ipcviz is not.
        return file.startswith(_PROGRAMS)
    if file.startswith(_LIBRARY + os.sep):
        return any(folder in file for folder in _PACKAGES)
    return True

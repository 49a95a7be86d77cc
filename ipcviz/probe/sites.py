"""Where in the program's own code are we: the first frame outside the standard library and ipcviz."""

import os
import sys

from ipcviz.probe import report, wire

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LIBRARY = os.path.dirname(os.path.abspath(os.__file__))
_own = {}
"""Code object to whether it is the program's own."""
_is_own = _own.get
_getframe = sys._getframe
_PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


def site(depth=2):
    """The number of the place in the program's code that led here; 0 if there is none."""
    try:
        frame = _getframe(depth)
    except ValueError:
        return 0
    while frame is not None:
        code = frame.f_code
        if is_own(code):
            return report.site_number(code, frame.f_lineno)
        frame = frame.f_back
    return 0


def head_here(heads, depth, kind, size):
    """The head word for a record of the caller at `depth`, remembered in `heads` where that is exact.

    It is when the caller itself is the program's own code; behind a library's call the place that
    counts lies further out and can differ each time.
    """
    frame = _getframe(depth)
    place = (frame.f_code, frame.f_lasti)
    head = heads.get(place)
    if head is None:
        thread = report.thread_number()
        head = wire.head_word(kind, thread, site(depth + 1), size)
        if _is_own(frame.f_code):
            heads[place] = head
    return head


def is_own(code):
    """Whether a code object is the program's own."""
    own = _is_own(code)
    if own is None:
        own = _own[code] = _judge(code.co_filename)
    return own


def _judge(file):
    if file.startswith("<"):
        # `<frozen importlib._bootstrap>` is the library's, `<stdin>` and `<string>` are the program's.
        return not file.startswith("<frozen")
    if file.startswith(_HERE + os.sep):
        # A lesson is a program; the rest of ipcviz is not.
        return file.startswith(os.path.join(_HERE, "lessons") + os.sep)
    if file.startswith(_LIBRARY + os.sep):
        return any(folder in file for folder in _PACKAGES)
    return True

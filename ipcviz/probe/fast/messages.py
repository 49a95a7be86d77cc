"""A whole message into or out of a pipe in as few steps as can be, byte for byte as `Connection` writes it.

Only for what does not wait. A message that is long, or meets an error, goes the library's own way, so that
waits and tracebacks look as they always do.
"""

import os
from _pickle import dumps
from struct import Struct

from ipcviz.probe.fast.known import is_known

_SIZE = Struct("!i")
_HEADER = _SIZE.size
_write, _read, _pack, _unpack = os.write, os.read, _SIZE.pack, _SIZE.unpack
AT_ONCE = 4_096
"""Up to this size, header included, a write to a pipe with room for it is one piece (PIPE_BUF)."""

ATOMS = frozenset((int, str, bytes, bool, float, type(None)))
"""What the pickler writes without asking anybody: it looks at the type before any table or hook (`save` in
Modules/_pickle.c), so for these `ForkingPickler.dumps` and `pickle.dumps` make the same bytes."""

_SMALL = ATOMS - {str, bytes}


def are_atoms(things):
    """Whether all of them are atoms, and none so long that to pickle it twice would cost much."""
    for thing in things:
        kind = type(thing)
        if kind not in _SMALL and (kind not in ATOMS or len(thing) > AT_ONCE):
            return False
    return True


def pickler_of(module):
    """`pickle.dumps` for atoms, or None where the program has put a pickler of its own into `module`.

    `ForkingPickler.dumps` sets up a table for every object, which takes longer than to pickle a small one.
    What is the library's own is what was there when this was asked first, at the module's patching.
    """
    if module.__name__ in _picklers:
        return _picklers[module.__name__]
    forking = module._ForkingPickler
    theirs = vars(forking).get("dumps")
    known = forking.__module__ == "multiprocessing.reduction" and is_known(
        "multiprocessing.reduction:ForkingPickler.__init__", "multiprocessing.reduction:ForkingPickler.dumps"
    )

    def pickler():
        now = module._ForkingPickler
        return dumps if known and now is forking and now.__dict__.get("dumps") is theirs else None

    _picklers[module.__name__] = pickler
    return pickler


_picklers = {}


def write_whole(connection, buf):
    """Write one message to a pipe that has room for it; false where nothing was written."""
    handle = connection._handle
    length = len(buf)
    size = length + _HEADER
    if size > AT_ONCE or handle is None:
        return False
    message = _pack(length) + buf
    try:
        written = _write(handle, message)
    except OSError:
        return False
    if written != size:
        if not written:
            return False
        connection._send(message[written:])
    return True


def read_whole(connection):
    """Read the next message, all of which is there; None where nothing was read."""
    handle = connection._handle
    if handle is None:
        return None
    header = _read(handle, _HEADER)
    if len(header) < _HEADER:
        if not header:
            return None
        header += connection._recv(_HEADER - len(header)).getvalue()
    (size,) = _unpack(header)
    if size < 0:
        size = int.from_bytes(connection._recv(8).getvalue(), "big")
    data = _read(handle, size) if size else b""
    if len(data) < size:
        data += connection._recv(size - len(data)).getvalue()
    return data

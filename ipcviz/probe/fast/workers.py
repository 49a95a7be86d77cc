"""Short-cuts of a worker process: what need not wait takes fewer steps than bare."""

import sys

from ipcviz.probe.core import patches, report
from ipcviz.probe.fast.connections import CONNECTION
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.messages import are_atoms, pickler_of
from ipcviz.probe.fast.queues import receiver, send_whole
from ipcviz.probe.hooks import workers
from ipcviz.probe.hooks.connections import tell_sent
from ipcviz.probe.hooks.port import Port

_QUEUES = "multiprocessing.queues:"


def shorten_pool_worker(_module):
    """How a Pool's worker takes and gives."""
    if is_known(*CONNECTION, "multiprocessing.pool:worker"):
        _shorten()


def shorten_process_worker(_module):
    """How an executor's worker does."""
    library = "concurrent.futures.process:"
    names = [library + name for name in ("_process_worker", "_sendback_result", "_ResultItem.__init__")]
    if is_known(*CONNECTION, *names):
        _shorten()


def _shorten():
    if workers.taker is not _taker:
        patches.replace(workers, "taker", _taker)
        patches.replace(workers, "giver", _giver)


class _Parts:
    """Stands for a queue whose reader has its turn already."""

    _closed = False

    def __init__(self, queue, port):
        semlock = queue._rlock._semlock
        # C both ways: `with` finds no method to bind here, and what it calls to enter does nothing.
        turn = type("Turn", (), {"__slots__": (), "__enter__": int, "__exit__": semlock.__exit__})
        self._rlock = turn()
        self._recv_bytes = self.recv_bytes = receiver(queue._reader, port)
        self._reader = self
        self._sem = queue.__dict__.get("_sem")


def _taker(queue):
    """`queue.get`, in fewer steps where nobody else has the turn to read.

    It is still the library's own code that runs, on a stand-in for the queue: so what it raises, and where,
    is as ever.
    """
    get = workers.unhooked(queue, "get")
    port = _port_of(queue, "_reader", get, ("Queue.get", "SimpleQueue.get"))
    if port is None:
        return get
    parts, library_get, acquire = _Parts(queue, port), get.__func__, queue._rlock._semlock.acquire

    def take(*how):
        if how not in _WAITS or queue.__dict__.get("_closed") or not acquire(False):
            return get(*how)
        # Made to wait nowhere but in the pipe; the turn is given back by its `with`.
        return library_get(parts)

    return take


_WAITS = ((), (True, None))
"""Arguments of a `get` that waits as long as it takes."""


def _giver(queue):
    """Send what is made of atoms and need not wait; anything else is put as ever.

    Of atoms `pickle.dumps` makes the same bytes as the library's own pickler, in less than half of the time.
    """
    put = workers.unhooked(queue, "put")
    port = _port_of(queue, "_writer", put, ("SimpleQueue.put",))
    if port is None:
        return lambda obj, _made_of: put(obj)
    pickler = pickler_of(sys.modules["multiprocessing.queues"])
    reducers = sys.modules["multiprocessing.reduction"].ForkingPickler._extra_reducers

    def give(obj, made_of):
        # An object whose class somebody has said how to pickle is more than its attributes.
        if made_of is not None and report.active and are_atoms(made_of) and type(obj) not in reducers:
            dumps = pickler()
            sent = send_whole(queue, port, dumps(obj)) if dumps is not None else None
            if sent is not None:
                tell_sent(port, *sent)
                return
        put(obj)

    return give


def _port_of(queue, end, method, names):
    """The port of a queue whose method is the library's own as we know it, or None."""
    port = getattr(getattr(queue, end, None), "_ipcviz", None)
    if type(port) is not Port or port.of_pipe or getattr(method, "__self__", None) is not queue:
        return None
    module = sys.modules["multiprocessing.queues"]
    for name in names:
        owner, _, attribute = name.partition(".")
        own = patches.library_own(vars(getattr(module, owner))[attribute])
        if method.__func__ is own and is_known(_QUEUES + name):
            return port
    return None

"""Short-cuts of a Pool's own threads, to make up for what their hooks cost.

Which worker is alive, and which task goes out, is asked at every result: what that takes lies on the way of
each `apply`. Whatever may raise, or is out of the ordinary, goes the library's own way.
"""

import sys
from select import POLLIN, poll
from types import FunctionType

from ipcviz.probe.core import patches, report
from ipcviz.probe.fast.connections import CONNECTION
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.messages import are_atoms, pickler_of
from ipcviz.probe.hooks.port import Port


def shorten_pool(module):
    """`Pool._wait_for_updates` and what `_setup_queues` sends tasks with."""
    library = "multiprocessing.pool:Pool."
    if is_known(library + "_wait_for_updates", *CONNECTION):
        _shorten_waiting(module)
    if is_known(library + "_setup_queues", library + "_handle_tasks", *CONNECTION):
        _shorten_tasks(module)


def _shorten_waiting(module):
    """Where the thread that minds the workers sleeps, with one `poll` instead of a selector.

    Safe because it wakes for all it would wake for, and what has woken it is asked again by the library's
    own code.
    """
    pool = module.Pool
    wait, wait_for_updates = module.wait, pool._wait_for_updates
    connection_type = sys.modules["multiprocessing.connection"].Connection
    answer_doorbell = FunctionType(wait_for_updates.__code__, {"wait": _waited})

    def _wait_for_updates(sentinels, change_notifier, timeout=None):
        fds = ()
        if timeout is None and report.active and module.wait is wait:
            fds = _descriptors(sentinels, connection_type)
        doorbell = getattr(change_notifier._reader, "_handle", None)
        if not fds or doorbell not in fds:
            wait_for_updates(sentinels, change_notifier, timeout)
            return
        waiter = poll()
        for fd in fds:
            # Whatever comes back counts as ready, a hang-up too: as `_PollLikeSelector` has it.
            waiter.register(fd, POLLIN)
        for fd, _ in waiter.poll():
            if fd == doorbell:
                answer_doorbell(sentinels, change_notifier, None)
                return

    patches.apply((pool, "_wait_for_updates", _wait_for_updates))


def _waited(_sentinels, timeout):
    """Stands for `connection.wait` where that is done."""


def _descriptors(things, connection_type):
    """The descriptor of each thing, which is one or an open connection; empty where any is something else."""
    fds = {}
    for thing in things:
        fd = thing._handle if type(thing) is connection_type else thing
        if type(fd) is not int or fd < 0 or fd in fds:
            return {}
        fds[fd] = thing
    return fds


def _shorten_tasks(module):
    pool = module.Pool
    set_up = pool._setup_queues

    def _setup_queues(self):
        set_up(self)
        if report.active:
            self._quick_put = _sender(self._inqueue, self._quick_put)

    patches.apply((pool, "_setup_queues", _setup_queues))


def _sender(queue, send):
    """`queue._writer.send` for a Pool's tasks, in fewer steps for a function of atoms.

    A plain function is pickled by its name before any table is asked (`save` in Modules/_pickle.c), so
    `pickle.dumps` makes the same bytes. What cannot be pickled goes the library's way, and raises there.
    """
    writer = getattr(queue, "_writer", None)
    port = getattr(writer, "_ipcviz", None)
    if type(port) is not Port or port.of_pipe:
        return send
    pickler = pickler_of(sys.modules["multiprocessing.queues"])

    def short_send(task):
        if type(task) is tuple and len(task) == 5 and writer._handle is not None and report.active:
            _, _, func, args, kwds = task
            simple = type(func) is FunctionType and type(args) is tuple and type(kwds) is dict and not kwds
            dumps = pickler() if simple and are_atoms(args) else None
            data = None
            if dumps is not None:
                try:
                    data = dumps(task)
                except Exception:
                    # To be raised again where it is bare, and not while this one is handled.
                    pass
            if data is not None:
                return writer._send_bytes(data)
        return send(task)

    return short_send

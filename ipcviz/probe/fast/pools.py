"""A Pool's own threads in fewer steps than bare, to make up for what their hooks cost.

Which worker is alive, and which task goes out, is asked at every result: what that takes lies on the way of
each `apply`. Whatever may raise, or is out of the ordinary, goes the library's own way.
"""

import os
import sys
from select import POLLIN, poll
from types import FunctionType

from ipcviz.probe.core import patches, report
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.hooks import connections
from ipcviz.probe.hooks.processes import look_alike

_YIELDS = 10
"""How often the thread that minds the workers lets others go first while a result lies unread."""


def patch_pool_handlers(module):
    """`Pool._wait_for_updates`, where the thread that minds the workers sleeps.

    It wakes for every result and goes round and round until another thread has read it, which takes longer
    under our hooks; and all the while it takes the core and the interpreter from that thread. Here it lets
    that one go first, and waits in fewer steps. Safe because it still wakes for all it would wake for, and
    what has woken it is asked again by the library's own code.
    """
    pool = module.Pool
    wait, wait_for_updates = module.wait, pool._wait_for_updates
    if wait_for_updates.__code__.co_names != ("wait", "empty", "get"):
        return
    connection_type = sys.modules["multiprocessing.connection"].Connection
    give_way = getattr(os, "sched_yield", None)
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
        ready = waiter.poll()
        for fd, _ in ready:
            if fd == doorbell:
                answer_doorbell(sentinels, change_notifier, None)
                return
        if len(ready) == 1 and type(fds[ready[0][0]]) is connection_type and give_way is not None:
            for _ in range(_YIELDS):
                give_way()
                if not waiter.poll(0):
                    return

    look_alike(_wait_for_updates, wait_for_updates)
    patches.replace(pool, "_wait_for_updates", staticmethod(_wait_for_updates))


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


def quicker_send(queue, send):
    """`queue._writer.send` for a Pool's tasks, quicker for a function of atoms.

    A plain function is pickled by its name before any table is asked (`save` in Modules/_pickle.c), so
    `pickle.dumps` makes the same bytes. What cannot be pickled goes the library's way, and raises there.
    """
    writer = getattr(queue, "_writer", None)
    if type(getattr(writer, "_ipcviz", None)) is not connections.Watch:
        return send
    pickler = plain.pickler_of(sys.modules["multiprocessing.queues"])

    def quick_send(task):
        if type(task) is tuple and len(task) == 5 and writer._handle is not None and report.active:
            _, _, func, args, kwds = task
            simple = type(func) is FunctionType and type(args) is tuple and type(kwds) is dict and not kwds
            dumps = pickler() if simple and plain.are_atoms(args) else None
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

    return quick_send

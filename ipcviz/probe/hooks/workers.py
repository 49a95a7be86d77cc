"""Hooks in a worker process, of a Pool or an executor: which task it takes and what became of it.

A worker's way in and out is as short as can be: what need not wait takes fewer steps than bare, so a task
costs little more watched. Whatever may wait, raise, or is out of the ordinary goes the library's own way.
"""

import os
import sys
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import FLAG
from ipcviz.probe.core.report import emit_sized, plain_head
from ipcviz.probe.core.texts import name_of_call, text_of
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.fast import queues as quick
from ipcviz.probe.hooks import connections
from ipcviz.probe.hooks.processes import look_alike, name_of

_HOLD = books.W_HOLD
_BEGAN = table.TASK_BEGAN.order("pool", "job", "part")
_ENDED = table.TASK_ENDED.order("pool", "job", "part")


def patch_pool_worker(module):
    """`pool.worker`, what every worker process runs.

    It keeps its module and name, by which it is pickled; the queues get watched ways in and out in the
    worker only.
    """
    work = module.worker

    def worker(inqueue, outqueue, *args, **kwargs):
        key = pool_id(inqueue) if report.active else 0
        if key:
            _watch_tasks(key, inqueue, outqueue)
        return work(inqueue, outqueue, *args, **kwargs)

    look_alike(worker, work)
    patches.replace(module, "worker", worker)


def pool_id(queue):
    """What a pool is called in every process: the inode of the pipe its tasks go through; 0 for threads."""
    reader = getattr(queue, "_reader", None)
    try:
        return os.fstat(reader.fileno()).st_ino
    except (OSError, AttributeError):
        return 0


def _watch_tasks(key, inqueue, outqueue):
    get, put, give = _way_in(inqueue), unhooked(outqueue, "put"), _way_out(outqueue)
    words = report.ledger().words
    under_way = None

    def watched_get():
        nonlocal under_way
        task = get()
        if task is not None and report.active:
            # What the queue's hook would ask at each of its ends is asked here once.
            if words[_HOLD]:
                report.wait_while_held()
            job, i, func, args, _ = task
            under_way = (job, i)
            _tell_began(key, job, i, name_of_call(func, args))
        return task

    def watched_put(answer):
        if type(answer) is tuple and answer[:2] == under_way:
            job, i, (done, value) = answer
            text = text_of(value) if done else report.clip(name_of(value), 200)
            _tell_ended(key, job, i, done is True, text)
            if type(done) is bool and give(answer, (job, i, value)):
                return None
        return put(answer)

    inqueue.get, outqueue.put = watched_get, watched_put


def _tell_began(key, job, part, text):
    emit_sized(plain_head(_BEGAN), key, job or ZERO, part or ZERO, monotonic_ns(), text)


def _tell_ended(key, job, part, fine, text):
    head = plain_head(_ENDED) | fine * FLAG
    emit_sized(head, key, job or ZERO, part or ZERO, monotonic_ns(), text)


def patch_process_worker(module):
    """`_process_worker` and `_sendback_result` of an executor; pickled by their names, which stay."""
    work, send_back = module._process_worker, module._sendback_result

    def _process_worker(call_queue, result_queue, *args, **kwargs):
        key = pool_id(call_queue) if report.active else 0
        if key:
            _watch_calls(key, call_queue)
            _quicken_results(result_queue, module._ResultItem)
        return work(call_queue, result_queue, *args, **kwargs)

    def _sendback_result(result_queue, work_id, result=None, exception=None, **kwargs):
        key = report.per_thread.pool
        if key and report.active:
            done = exception is None
            text = text_of(result) if done else report.clip(name_of(exception), 200)
            _tell_ended(key, work_id, 0, done, text)
        return send_back(result_queue, work_id, result, exception, **kwargs)

    for function in (_process_worker, _sendback_result):
        look_alike(function, getattr(module, function.__name__))
        patches.replace(module, function.__name__, function)


def _watch_calls(key, call_queue):
    get = _way_in(call_queue)
    words = report.ledger().words
    report.per_thread.pool = key

    def watched_get(block=True, timeout=None):
        item = get(block, timeout)
        if item is not None and report.active:
            if words[_HOLD]:
                report.wait_while_held()
            _tell_began(key, item.work_id, 0, name_of_call(item.fn, item.args))
        return item

    call_queue.get = watched_get


def _quicken_results(result_queue, kind):
    put, give = unhooked(result_queue, "put"), _way_out(result_queue)
    reducers = sys.modules["multiprocessing.reduction"].ForkingPickler._extra_reducers

    def watched_put(item):
        # A plain object: its atoms are all there is to it, unless somebody has said how to pickle it.
        simple = type(item) is kind and kind not in reducers
        if not simple or not give(item, item.__dict__.values()):
            put(item)

    result_queue.put = watched_put


# --- in and out ---------------------------------------------------------------------------------


def unhooked(queue, name):
    """The library's own method where one of our hooks has taken its place; whatever else is there stays.

    joblib's queues have no such methods in their class, but functions in the instance.
    """
    method = getattr(queue, name)
    function = getattr(method, "__func__", None)
    ours = getattr(function, "__globals__", {}).get("__name__", "").startswith("ipcviz.probe.")
    return function.__wrapped__.__get__(queue) if ours else method


_GETS = (
    ("_rlock", "_reader", "recv_bytes", "_ForkingPickler", "loads"),
    ("_closed", "ValueError", "_rlock", "_recv_bytes", "_sem", "release", "time", "monotonic", "acquire",
     "Empty", "_poll", "_ForkingPickler", "loads"),
)  # fmt: skip
"""The names in the code of `SimpleQueue.get` and `Queue.get`, the same from 3.10 to 3.13."""
_PUT = ("_ForkingPickler", "dumps", "_wlock", "_writer", "send_bytes")


class _Parts:
    """Stands for a queue whose reader has its turn already."""

    _closed = False

    def __init__(self, queue, watch):
        semlock = queue._rlock._semlock
        # C both ways: `with` finds no method to bind here, and what it calls to enter does nothing.
        turn = type("Turn", (), {"__slots__": (), "__enter__": int, "__exit__": semlock.__exit__})
        self._rlock = turn()
        self._recv_bytes = self.recv_bytes = quick.receiver(queue._reader, watch)
        self._reader = self
        self._sem = getattr(queue, "_sem", None)


def _way_in(queue):
    """`queue.get`, quicker where nobody else has the turn to read.

    It is still the library's own code that runs, on a stand-in for the queue: so what it raises, and where,
    is as ever.
    """
    get = unhooked(queue, "get")
    watch = _watch_of(queue, "_reader", get, _GETS)
    if watch is None:
        return get
    parts, library_get, acquire = _Parts(queue, watch), get.__func__, queue._rlock._semlock.acquire

    def way_in(*how):
        if how not in _WAITS or getattr(queue, "_closed", False) or not acquire(False):
            return get(*how)
        # Made to wait nowhere but in the pipe; the turn is given back by its `with`.
        return library_get(parts)

    return way_in


_WAITS = ((), (True, None))
"""Arguments of a `get` that waits as long as it takes."""


def _way_out(queue):
    """Send what need not wait; the function says whether it did.

    It is asked with the object and with what that is made of. Of atoms `pickle.dumps` makes the same bytes
    as the library's own pickler, in less than half of the time.
    """
    watch = _watch_of(queue, "_writer", unhooked(queue, "put"), (_PUT,))
    if watch is None:
        return lambda _obj, _made_of: False
    pickler = plain.pickler_of(sys.modules["multiprocessing.queues"])
    are_atoms, send_whole, tell_sent = plain.are_atoms, quick.send_whole, connections.tell_sent

    def give(obj, made_of):
        if not report.active or not are_atoms(made_of):
            return False
        dumps = pickler()
        sent = send_whole(queue, watch, dumps(obj)) if dumps is not None else None
        if sent is None:
            return False
        tell_sent(watch, *sent)
        return True

    return give


def _watch_of(queue, end, method, known):
    """The watch of a queue whose method is the library's own as we know it, or None."""
    names = getattr(getattr(method, "__code__", None), "co_names", None)
    watch = getattr(getattr(queue, end, None), "_ipcviz", None)
    ours = names in known and getattr(method, "__self__", None) is queue
    return watch if ours and type(watch) is connections.Watch and watch.row else None

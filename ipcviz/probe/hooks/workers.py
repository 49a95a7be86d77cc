"""Hooks in a worker process, of a Pool or an executor: which task it takes and what became of it."""

import os
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import FLAG
from ipcviz.probe.core.report import emit_sized, plain_head
from ipcviz.probe.core.texts import error_text, name_of_call, text_of

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

    patches.apply((module, "worker", worker))


def pool_id(queue):
    """What a pool is called in every process: the inode of the pipe its tasks go through; 0 for threads."""
    reader = getattr(queue, "_reader", None)
    try:
        return os.fstat(reader.fileno()).st_ino
    except (OSError, AttributeError):
        return 0


def _watch_tasks(key, inqueue, outqueue):
    get, put = taker(inqueue), giver(outqueue)
    under_way = None

    def watched_get():
        nonlocal under_way
        task = get()
        if task is not None and report.active:
            # What the queue's hook would ask at each of its ends is asked here once.
            report.wait_while_held()
            job, i, func, args, _ = task
            under_way = (job, i)
            tell_began(key, job, i, name_of_call(func, args))
        return task

    def watched_put(answer):
        if type(answer) is tuple and under_way is not None and answer[:2] == under_way:
            job, i, (fine, value) = answer
            if report.active:
                text = text_of(value) if fine else report.clip(error_text(value), 200)
                tell_ended(key, job, i, fine is True, text)
            put(answer, (job, i, value) if type(fine) is bool else None)
        else:
            put(answer, None)

    inqueue.get, outqueue.put = watched_get, watched_put


def tell_began(key, job, part, text):
    """Say that this worker has taken a task."""
    emit_sized(plain_head(_BEGAN), key, job or ZERO, part or ZERO, monotonic_ns(), text)


def tell_ended(key, job, part, fine, text):
    """Say that it sends back what became of it."""
    head = plain_head(_ENDED) | fine * FLAG
    emit_sized(head, key, job or ZERO, part or ZERO, monotonic_ns(), text)


def patch_process_worker(module):
    """`_process_worker` and `_sendback_result` of an executor; pickled by their names, which stay."""
    work, send_back = module._process_worker, module._sendback_result

    def _process_worker(call_queue, result_queue, *args, **kwargs):
        key = pool_id(call_queue) if report.active else 0
        if key:
            _watch_calls(key, call_queue)
            _watch_results(result_queue, module._ResultItem)
        return work(call_queue, result_queue, *args, **kwargs)

    def _sendback_result(result_queue, work_id, result=None, exception=None, **kwargs):
        key = report.per_thread.pool
        if key and report.active:
            fine = exception is None
            text = text_of(result) if fine else report.clip(error_text(exception), 200)
            tell_ended(key, work_id, 0, fine, text)
        return send_back(result_queue, work_id, result, exception, **kwargs)

    patches.apply(
        (module, "_process_worker", _process_worker), (module, "_sendback_result", _sendback_result)
    )


def _watch_calls(key, call_queue):
    get = taker(call_queue)
    report.per_thread.pool = key

    def watched_get(block=True, timeout=None):
        item = get(block, timeout)
        if item is not None and report.active:
            report.wait_while_held()
            tell_began(key, item.work_id, 0, name_of_call(item.fn, item.args))
        return item

    call_queue.get = watched_get


def _watch_results(result_queue, kind):
    put = giver(result_queue)

    def watched_put(item):
        # A plain object: its attributes are all there is to it.
        put(item, item.__dict__.values() if type(item) is kind else None)

    result_queue.put = watched_put


# --- in and out: a short-cut may stand in the place of either -------------------------------------


def taker(queue):
    """How a worker takes from its queue: `queue.get`, without the hook that stands before it."""
    return unhooked(queue, "get")


def giver(queue):
    """How it gives: a function of an object, and of what that is made of where that is known.

    What is given is the library's business alone: no hook but that of the connection sees it.
    """
    put = unhooked(queue, "put")

    def give(obj, _made_of):
        put(obj)

    return give


def unhooked(queue, name):
    """The library's own method where one of our hooks has taken its place; whatever else is there stays.

    joblib's queues have no such methods in their class, but functions in the instance.
    """
    method = getattr(queue, name)
    function = getattr(method, "__func__", None)
    own = patches.library_own(function) if function is not None else None
    return method if own is function else own.__get__(queue)

"""Hooks on ProcessPoolExecutor: the same facts as for a Pool, and `BrokenProcessPool`."""

from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import held_before
from ipcviz.probe.core.places import FLAG, emit_here, site
from ipcviz.probe.core.texts import error_text, name_of_call, text_of
from ipcviz.probe.hooks.pools import workers_of
from ipcviz.probe.hooks.port import port_of
from ipcviz.probe.hooks.workers import patch_process_worker, pool_id

_ARRIVED = table.RESULT_ARRIVED.order("pool", "job", "part")
_WAITING = table.RESULT_WAITING.order("pool", "job", "timeout")
_SUBMITTED = table.TASK_SUBMITTED.order("pool", "job", "tasks")
_S = table.SEPARATOR.encode()
_GOT = table.RESULT_GOT.order("pool", "job")


def patch_executor(module):
    """`ProcessPoolExecutor`: its making, `submit`, workers, results, and its breaking."""
    _patch_making(module)
    _patch_submit(module)
    _patch_manager_thread(module)
    patch_process_worker(module)


def _key(executor):
    return executor.__dict__.get("_ipcviz_key", 0) if report.active else 0


def _patch_making(module):
    executor = module.ProcessPoolExecutor
    init, spawn, shutdown = executor.__init__, executor._spawn_process, executor.shutdown

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if report.active:
            key = self._ipcviz_key = pool_id(self._call_queue)
            report.event(
                table.POOL_MADE, site=site(), pool=key, processes=self._max_workers,
                kind="ProcessPoolExecutor", start_method=str(self._mp_context.get_start_method()),
            )  # fmt: skip

    def _spawn_process(self):
        with workers_of(_key(self)):
            return spawn(self)

    def watched_shutdown(self, wait=True, **kwargs):
        key = _key(self)
        if not key:
            return shutdown(self, wait, **kwargs)
        place = site()
        report.event(table.POOL_CLOSED, site=place, pool=key)
        if wait:
            report.event(table.POOL_JOIN_WAITING, site=place, pool=key)
        result = shutdown(self, wait, **kwargs)
        if wait:
            report.event(table.POOL_JOINED, site=place, pool=key)
        return result

    patches.apply(
        (executor, "__init__", __init__),
        (executor, "_spawn_process", _spawn_process),
        (executor, "shutdown", watched_shutdown),
    )


def _patch_submit(module):
    executor = module.ProcessPoolExecutor
    submit = executor.submit

    def watched_submit(self, fn, /, *args, **kwargs):
        key = _key(self)
        if not key:
            return submit(self, fn, *args, **kwargs)
        begun = monotonic_ns()
        try:
            future = submit(self, fn, *args, **kwargs)
        except BaseException as error:
            told = report.clip(error_text(error), 200)
            report.event(table.POOL_REFUSED, site=site(), pool=key, method="submit", error=told)
            raise
        # Its number is known where it waits or is under way; nobody else numbers futures.
        job = _work_id(self, future)
        future._ipcviz = (key, job)
        emit_here(_SUBMITTED, key, job or ZERO, 1, b"submit" + _S + name_of_call(fn, args), begun)
        return future

    patches.apply((executor, "submit", held_before(watched_submit)))


def _work_id(executor, future):
    newest = executor._queue_count - 1
    item = executor._pending_work_items.get(newest)
    if item is not None and item.future is future:
        return newest
    # Another thread has submitted meanwhile, or the result is there already.
    for work_id, item in reversed(list(executor._pending_work_items.items())):
        if item.future is future:
            return work_id
    return max(newest, 0)


def _patch_manager_thread(module):
    """The executor's own thread: results arrive in it, and it declares the executor broken."""
    thread = module._ExecutorManagerThread
    process, broken = thread.process_result_item, thread.terminate_broken

    def process_result_item(self, item):
        port = port_of(self.call_queue._reader)
        if port is not None and report.active and hasattr(item, "work_id"):
            # What the channel is called is what the executor is called, see `pool_id`.
            fine = item.exception is None
            head = report.plain_head(_ARRIVED) | fine * FLAG
            report.emit(head, port.key, item.work_id or ZERO, ZERO, monotonic_ns())
        return process(self, item)

    def terminate_broken(self, cause):
        key = pool_id(self.call_queue) if report.active else 0
        if key:
            report.event(table.POOL_BROKEN, pool=key)
        return broken(self, cause)

    patches.apply(*[(thread, hook.__name__, hook) for hook in (process_result_item, terminate_broken)])


def patch_future(module):
    """`Future.result` of a watched executor: who waits for which task."""
    future = module.Future
    result = future.result

    def watched_result(self, timeout=None):
        told = self.__dict__.get("_ipcviz")
        if told is None or not report.active:
            return result(self, timeout)
        key, job = told
        if not self.done():
            emit_here(_WAITING, key, job or ZERO, report.nanoseconds(timeout) or ZERO)
        try:
            value = result(self, timeout)
        except BaseException as error:
            emit_here(_GOT, key, job or ZERO, text=report.clip(error_text(error), 200))
            raise
        emit_here(_GOT, key, job or ZERO, text=text_of(value), flags=1)
        return value

    patches.apply((future, "result", watched_result))

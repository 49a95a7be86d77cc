"""Hooks on Pool: who works on what, what waits, what came back, and which callback runs where."""

from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import held_before
from ipcviz.probe.core.places import FLAG, emit_here, frame_at, site
from ipcviz.probe.core.texts import error_text, name_of_call, short_name, text_of
from ipcviz.probe.hooks.workers import patch_pool_worker, pool_id

_S = table.SEPARATOR.encode()
_SUBMITTED = table.TASK_SUBMITTED.order("pool", "job", "tasks")
_ARRIVED = table.RESULT_ARRIVED.order("pool", "job", "part")
_WAITING = table.RESULT_WAITING.order("pool", "job", "timeout")
_GOT = table.RESULT_GOT.order("pool", "job")


def patch_pool(module):
    """Everything in `multiprocessing.pool`; a ThreadPool has no pipes and stays untouched."""
    _patch_making(module)
    _patch_submitting(module)
    _patch_results(module)
    _patch_closing(module)
    patch_pool_worker(module)


def _key(pool):
    return pool.__dict__.get("_ipcviz_key", 0) if report.active else 0


# --- making and workers ----------------------------------------------------------------------------


def _patch_making(module):
    """`Pool._repopulate_pool` and its static twin: the pool is there, and which processes work for it."""
    pool = module.Pool
    repopulate, static = pool._repopulate_pool, pool._repopulate_pool_static

    def _repopulate_pool(self):
        if report.active:
            key = self._ipcviz_key = pool_id(self._inqueue)
            if key:
                method = str(self._ctx.get_start_method())
                report.event(
                    table.POOL_MADE, site=site(), pool=key, processes=self._processes, kind="Pool",
                    start_method=method,
                )  # fmt: skip
        return repopulate(self)

    def _repopulate_pool_static(ctx, Process, processes, workers, inqueue, *rest):  # noqa: N803
        with workers_of(pool_id(inqueue) if report.active else 0):
            return static(ctx, Process, processes, workers, inqueue, *rest)

    patches.apply(
        (pool, "_repopulate_pool", _repopulate_pool),
        (pool, "_repopulate_pool_static", _repopulate_pool_static),
    )


class workers_of:  # noqa: N801
    """Processes that are started inside this block work for the pool."""

    def __init__(self, key):
        self._key = key

    def __enter__(self):
        self._before = report.per_thread.pool
        report.per_thread.pool = self._key

    def __exit__(self, *_):
        report.per_thread.pool = self._before


# --- submitting -------------------------------------------------------------------------------------


def _patch_submitting(module):
    """`apply_async` and its relatives: a job, how many tasks, and what is to be done."""
    pool = module.Pool
    apply, apply_async, map_async = pool.apply, pool.apply_async, pool._map_async

    def watched_apply(self, func, args=(), kwds={}):  # noqa: B006
        report.per_thread.method = b"apply"
        try:
            return apply(self, func, args, kwds)
        finally:
            report.per_thread.method = b""

    def watched_apply_async(self, func, args=(), kwds={}, callback=None, error_callback=None):  # noqa: B006
        begun = monotonic_ns()
        try:
            result = apply_async(self, func, args, kwds, callback, error_callback)
        except ValueError as error:
            _tell_refused(self, "apply_async", error)
            raise
        if _key(self):
            _tell_submitted(self, result, 1, b"apply_async", name_of_call(func, args), begun)
        return result

    def watched_map_async(self, func, iterable, mapper, *args, **kwargs):
        begun = monotonic_ns()
        try:
            result = map_async(self, func, iterable, mapper, *args, **kwargs)
        except ValueError as error:
            _tell_refused(self, "map", error)
            raise
        method = b"starmap" if mapper is module.starmapstar else b"map"
        tasks = getattr(result, "_number_left", 0)
        _tell_submitted(self, result, tasks, method, short_name(func), begun)
        return result

    patches.apply(
        (pool, "apply", watched_apply),
        (pool, "apply_async", held_before(watched_apply_async)),
        (pool, "_map_async", held_before(watched_map_async)),
        (pool, "imap", _watched_imap(pool.imap, "imap")),
        (pool, "imap_unordered", _watched_imap(pool.imap_unordered, "imap_unordered")),
    )


def _watched_imap(imap, name):

    def watched(self, func, iterable, chunksize=1):
        begun = monotonic_ns()
        # The result object is inside a generator where chunks are larger than one: the job counter tells.
        report.per_thread.made = None
        try:
            result = imap(self, func, iterable, chunksize)
        except ValueError as error:
            _tell_refused(self, name, error)
            raise
        made, report.per_thread.made = report.per_thread.made, None
        if made is not None:
            _tell_submitted(self, made, 0, name.encode(), short_name(func), begun)
        return result

    return held_before(watched)


def _tell_submitted(pool, result, tasks, method, text, begun):
    key = _key(pool)
    if key:
        method = report.per_thread.method or method
        text = method + _S + text
        # A worker can have begun before this line is reached: the time is that of the call.
        emit_here(_SUBMITTED, key, result._job or ZERO, tasks or ZERO, text, begun)


def _tell_refused(pool, method, error):
    key = _key(pool)
    if key:
        report.event(table.POOL_REFUSED, site=site(3), pool=key, method=method, error=error_text(error))


# --- results and callbacks ----------------------------------------------------------------------------


def _patch_results(module):
    """`ApplyResult`, `MapResult`, `IMapIterator`: what came back, callbacks, and who waits for it."""
    apply_result, imap_result = module.ApplyResult, module.IMapIterator
    init, imap_init = apply_result.__init__, imap_result.__init__

    def __init__(self, pool, callback, error_callback):
        init(self, pool, callback, error_callback)
        key = self._ipcviz_key = _key(pool)
        if key:
            if callback is not None:
                self._callback = _told(callback, key, self._job, b"callback")
            if error_callback is not None:
                self._error_callback = _told(error_callback, key, self._job, b"error_callback")

    def imap_made(self, pool):
        imap_init(self, pool)
        self._ipcviz_key = _key(pool)
        report.per_thread.made = self

    owners = (apply_result, module.MapResult, imap_result, module.IMapUnorderedIterator)
    patches.apply(
        (apply_result, "__init__", __init__),
        (imap_result, "__init__", imap_made),
        *[(owner, "_set", _told_set(owner._set)) for owner in owners],
        *[(apply_result, name, _told_question(apply_result, name)) for name in ("ready", "successful")],
    )
    _patch_waiting(apply_result)
    _patch_next(imap_result)


def _told(callback, key, job, kind):
    def told_callback(*args):
        if not report.active:
            return callback(*args)
        name = short_name(callback)
        report.event(table.CALLBACK_BEGAN, pool=key, job=job, kind=kind, text=name)
        try:
            return callback(*args)
        finally:
            report.event(table.CALLBACK_ENDED, pool=key, job=job, kind=kind, text=name)

    return told_callback


def _told_set(put_in):
    """`_set`, which the result handler calls with what a worker sent back."""

    def _set(self, i, success_result):
        if self._ipcviz_key and report.active:
            fine = success_result[0] is True
            head = report.plain_head(_ARRIVED) | fine * FLAG
            report.emit(head, self._ipcviz_key, self._job or ZERO, i or ZERO, monotonic_ns())
        return put_in(self, i, success_result)

    return _set


def _patch_waiting(owner):
    wait, get = owner.wait, owner.get
    get_code = get.__code__

    def watched_wait(self, timeout=None):
        if not self._ipcviz_key or not report.active or self._event.is_set():
            return wait(self, timeout)
        emit_here(_WAITING, self._ipcviz_key, self._job or ZERO, report.nanoseconds(timeout) or ZERO)
        result = wait(self, timeout)
        # 2: this, `held_before`; then who waits.
        if frame_at(2).f_code is not get_code:
            # `get` tells what it got.
            answer = "ready" if self._event.is_set() else "timeout"
            report.event(
                table.RESULT_WAITED, site=site(), pool=self._ipcviz_key, job=self._job, answer=answer
            )
        return result

    def watched_get(self, timeout=None):
        try:
            value = get(self, timeout)
        except BaseException as error:
            _tell_got(self, False, error_text(error).encode("utf-8", "replace"))
            raise
        _tell_got(self, True, text_of(value))
        return value

    patches.apply((owner, "wait", held_before(watched_wait)), (owner, "get", watched_get))


def _tell_got(result, fine, text):
    if result._ipcviz_key:
        emit_here(_GOT, result._ipcviz_key, result._job or ZERO, text=text[:300], flags=fine)


def _patch_next(owner):
    """`IMapIterator.next`: waits for the next result in its order."""
    following = owner.next

    def watched_next(self, timeout=None):
        if not self._ipcviz_key or not report.active:
            return following(self, timeout)
        if not self._items and self._index != self._length:
            emit_here(_WAITING, self._ipcviz_key, self._job or ZERO, report.nanoseconds(timeout) or ZERO)
        try:
            value = following(self, timeout)
        except StopIteration:
            report.event(table.RESULT_WAITED, pool=self._ipcviz_key, job=self._job, answer="end")
            raise
        except BaseException as error:
            _tell_got(self, False, error_text(error).encode("utf-8", "replace"))
            raise
        _tell_got(self, True, text_of(value))
        return value

    patches.apply((owner, "next", watched_next))
    patches.replace(owner, "__next__", watched_next)


def _told_question(owner, name):
    """`ready` and `successful`: an answer, or `ValueError` when it is too early."""
    ask = getattr(owner, name)
    own_names = ask.__globals__

    def watched(self):
        if not self._ipcviz_key or frame_at(1).f_globals is own_names or not report.active:
            # `get` and `successful` ask `ready` themselves; that is nobody's question.
            return ask(self)
        try:
            answer = ask(self)
        except ValueError as error:
            told = error_text(error)
            report.event(table.POOL_REFUSED, site=site(), pool=self._ipcviz_key, method=name, error=told)
            raise
        report.event(
            table.RESULT_ASKED, site=site(), pool=self._ipcviz_key, job=self._job, answer=int(answer),
            method=name,
        )  # fmt: skip
        return answer

    return watched


# --- the end of a pool --------------------------------------------------------------------------------


def _patch_closing(module):
    """`close`, `terminate`, `join`; `__exit__` is `terminate`."""
    pool = module.Pool
    join = pool.join

    def watched_join(self):
        key = _key(self)
        if not key:
            return join(self)
        place = site()
        if self._state != module.RUN:
            report.event(table.POOL_JOIN_WAITING, site=place, pool=key)
        try:
            result = join(self)
        except ValueError as error:
            report.event(table.POOL_REFUSED, site=place, pool=key, method="join", error=error_text(error))
            raise
        report.event(table.POOL_JOINED, site=place, pool=key)
        return result

    patches.apply(
        (pool, "close", _told_end(pool.close, table.POOL_CLOSED)),
        (pool, "terminate", _told_end(pool.terminate, table.POOL_TERMINATED)),
        (pool, "join", held_before(watched_join)),
    )


def _told_end(end, row):
    def watched(self):
        key = _key(self)
        if key:
            report.event(row, site=site(), pool=key)
        return end(self)

    return held_before(watched)

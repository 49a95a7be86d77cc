"""Hooks on Queue, JoinableQueue and SimpleQueue: who puts, who gets, who waits, and for what."""

from _collections import deque  # type: ignore[import-not-found]
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import HOLD_WORD, Deadline, held_before
from ipcviz.probe.core.places import NoFrame, _getframe, emit_here, frame_at, site
from ipcviz.probe.core.texts import class_name, error_text, text_of
from ipcviz.probe.hooks.port import Port, port_for_queue

_append = deque.append
PUT_ROW = table.ITEM_PUT.order("channel", "ordinal")
_PUT_WAITING = table.PUT_WAITING.order("channel", "timeout")
_TURN_WAITING = table.TURN_WAITING.order("channel", "timeout")
_SEND_WAITING = table.SEND_WAITING.order("channel", "size")
DONE_ROW = table.TASK_DONE.order("channel", "unfinished")
_INSIDE = {
    "multiprocessing.pool": "Pool",
    "multiprocessing.managers": "Manager",
    "concurrent.futures.process": "ProcessPoolExecutor",
}
"""Library modules whose channels are parts of something larger."""


def patch_queues(module):
    """Everything in `multiprocessing.queues`.

    Safe because each hook calls the original with the same arguments; the parts of a queue that are put in
    the place of its own (buffer, `acquire` of its locks) do what those do.
    """
    _patch_queue(module)
    _patch_feeder(module)
    _patch_joinable(module)
    _patch_simple(module)


def _port(queue):
    """The port of a queue, None where it is not watched."""
    port = queue._reader._ipcviz if report.active else None
    return port if type(port) is Port else None


def _patch_queue(module):
    """`Queue`: its making, `put`, `get`, `close` and the questions."""
    queue, joinable = module.Queue, module.JoinableQueue
    init, reset = queue.__init__, queue._reset
    sentinel = module._sentinel

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        _tell_made(self, self._maxsize, module)

    def _reset(self, after_fork=False):
        reset(self, after_fork)
        _watch_parts(self, sentinel)

    patches.apply(
        (queue, "__init__", __init__),
        (queue, "_reset", _reset),
        (queue, "put", _watched_put(queue.put, module.Full)),
        (joinable, "put", _watched_put(joinable.put, module.Full)),
        (queue, "get", _watched_get(queue.get, module.Empty)),
        *[(queue, name, _watched_question(queue, name)) for name in ("qsize", "empty", "full")],
        (queue, "close", _told_after(queue.close, table.CHANNEL_CLOSED, role=0)),
        (queue, "cancel_join_thread", _told_after(queue.cancel_join_thread, table.FLUSH_CANCELLED)),
    )


def _watch_parts(queue, sentinel):
    """Watch a queue's parts: at its making, on arrival in a child, after a fork."""
    if not report.active:
        return
    port = port_for_queue(queue._reader, True)
    if port is None:
        return
    queue._reader._ipcviz = queue._writer._ipcviz = port
    queue._buffer = ItemBuffer()
    queue._buffer.port, queue._buffer.sentinel = port, sentinel
    queue._sem.acquire = _slot_acquire(port, queue._sem._semlock)
    _watch_turns(queue, port)


def _watch_turns(queue, port):
    _watch_lock(queue._rlock, _TURN_WAITING, port)
    if queue._wlock is not None:
        _watch_lock(queue._wlock, _SEND_WAITING, port)


def _watch_lock(lock, number, port):
    """A wait for this lock is told as row `number`; `acquire` is the instance's own, `with` the type's."""
    lock.acquire = _lock_acquire(number, port, lock._semlock)
    lock._ipcviz = PartTag(lock.acquire)


class PartTag:
    """The watched way into a lock that is a part of something; its release is nobody's news."""

    __slots__ = ("acquire", "release")

    def __init__(self, acquire):
        self.acquire = acquire
        self.release = None


def _lock_acquire(number, port, semlock):
    acquire = semlock.acquire

    def watched_acquire(block=True, timeout=None):
        if acquire(False):
            return True
        if not block:
            return False
        emit_here(number, port.key, report.nanoseconds(timeout) or ZERO)
        return acquire(block, timeout)

    return watched_acquire


def _slot_acquire(port, semlock):
    """`_sem.acquire`, which `put` calls for a free slot."""
    acquire = semlock.acquire

    def watched_acquire(block=True, timeout=None):
        if acquire(False):
            return True
        if not block:
            return False
        if report.active:
            text = text_of(frame_at(1).f_locals.get("obj"))
            emit_here(_PUT_WAITING, port.key, report.nanoseconds(timeout) or ZERO, text=text)
        return acquire(block, timeout)

    return watched_acquire


class ItemBuffer(deque):  # type: ignore[misc]
    """A queue's buffer that knows which item is which: filled in the order of its own lock."""

    __slots__ = ("port", "sentinel")

    def append(self, obj):
        if obj is not self.sentinel and report.active:
            # Before it lies there: the feeder takes it out without asking for a lock.
            port = self.port
            ordinal = port.next_ordinal
            port.next_ordinal = ordinal + 1
            if port.inside:
                report.emit(report.plain_head(PUT_ROW), port.key, ordinal or ZERO, ZERO, monotonic_ns())
            else:
                emit_here(PUT_ROW, port.key, ordinal or ZERO, text=text_of(obj))
        _append(self, obj)


def _watched_put(put, full):
    def watched_put(self, obj, block=True, timeout=None):
        if not report.active:
            return put(self, obj, block, timeout)
        report.wait_while_held()
        deadline = Deadline(timeout) if timeout is not None else None
        while True:
            try:
                return put(self, obj, block, timeout)
            except full as error:
                if block and deadline is not None and deadline.again():
                    timeout = deadline.left
                    continue
                tell_put_failed(self, obj, error)
                raise
            except BaseException as error:
                tell_put_failed(self, obj, error)
                raise

    return watched_put


def tell_put_failed(queue, obj, error):
    """Say that `put` raised."""
    port = _port(queue)
    if port is not None:
        name, text = class_name(type(error)), text_of(obj)
        report.event(table.PUT_FAILED, site=site(3), channel=port.key, error=name, text=text)


def _watched_get(get, empty):
    words = report.ledger().words

    def watched_get(self, block=True, timeout=None):
        if not report.active:
            return get(self, block, timeout)
        if words[HOLD_WORD]:
            report.wait_while_held()
        deadline = Deadline(timeout) if timeout is not None else None
        while True:
            try:
                return get(self, block, timeout)
            except empty as error:
                if block and deadline is not None and deadline.again():
                    timeout = deadline.left
                    continue
                tell_get_failed(self, error)
                raise
            except BaseException as error:
                tell_get_failed(self, error)
                raise

    return watched_get


def tell_get_failed(queue, error):
    """Say that `get` raised."""
    port = _port(queue)
    if port is not None:
        name = class_name(type(error))
        report.event(table.GET_FAILED, site=site(3), channel=port.key, error=name)


def _watched_question(owner, name):
    """A method that asks a queue about itself: the answer is part of the lesson."""
    ask = getattr(owner, name)

    def watched(self):
        port = _port(self)
        if port is None or port.inside:
            # A Pool asks its own queues all the time; that is nobody's question.
            return ask(self)
        port.asked = True
        try:
            answer = ask(self)
        finally:
            port.asked = False
        report.event(table.CHANNEL_ASKED, site=site(), channel=port.key, answer=int(answer), method=name)
        return answer

    return watched


def _told_after(original, row, **more):
    """`close` and `cancel_join_thread`: they wake nobody, which is the point."""

    def watched(self):
        port = _port(self)
        result = original(self)
        if port is not None:
            report.event(row, site=site(), channel=port.key, **more)
        return result

    return watched


# --- the feeder -----------------------------------------------------------------------------------


def _patch_feeder(module):
    """The feeder thread: an item it cannot pickle, and whoever waits for it to flush."""
    queue = module.Queue
    start, join = queue._start_thread, queue._finalize_join

    def _start_thread(self):
        port = _port(self)
        if port is None:
            start(self)
            return
        # The feeder is given this attribute; a subclass may have its own (ProcessPoolExecutor has).
        self._on_queue_feeder_error = _telling(port, self._on_queue_feeder_error)
        try:
            start(self)
        finally:
            del self._on_queue_feeder_error
        self._thread._ipcviz = port

    def _finalize_join(twr):
        thread = twr()
        port = getattr(thread, "_ipcviz", None)
        if port is None or not report.active or not thread.is_alive():
            join(twr)
            return
        place = site()
        report.event(table.FLUSH_WAITING, site=place, channel=port.key)
        join(twr)
        report.event(table.FLUSHED, site=place, channel=port.key)

    patches.apply((queue, "_start_thread", _start_thread), (queue, "_finalize_join", _finalize_join))


def _telling(port, onerror):
    """The feeder's error hook, with the item that is lost told first."""

    def told_onerror(error, obj):
        ordinal = port.next_sent
        port.next_sent = ordinal + 1
        told = report.clip(error_text(error), 300)
        report.event(table.ITEM_LOST, channel=port.key, ordinal=ordinal, error=told)
        return onerror(error, obj)

    return told_onerror


# --- JoinableQueue --------------------------------------------------------------------------------


def _patch_joinable(module):
    """`JoinableQueue`: the unfinished count under its own condition, and who waits for it in `join`."""
    queue = module.JoinableQueue
    init, setstate, join = queue.__init__, queue.__setstate__, queue.join

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        _watch_tasks(self)

    def __setstate__(self, state):
        setstate(self, state)
        _watch_tasks(self)

    def watched_join(self):
        port = _port(self)
        if port is None:
            return join(self)
        place = site()
        if not self._unfinished_tasks._semlock._is_zero():
            report.event(table.TASKS_WAITING, site=place, channel=port.key)
        result = join(self)
        report.event(table.TASKS_FINISHED, site=place, channel=port.key)
        return result

    patches.apply(
        (queue, "__init__", __init__),
        (queue, "__setstate__", __setstate__),
        (queue, "join", held_before(watched_join)),
    )


def _watch_tasks(queue):
    """`_unfinished_tasks.acquire`, which only `task_done` calls, always under `_cond`."""
    port = _port(queue)
    if port is None:
        return
    semlock = queue._unfinished_tasks._semlock
    acquire, key = semlock.acquire, port.key

    def watched_acquire(block=True, timeout=None):
        done = acquire(block, timeout)
        if done:
            try:
                left = semlock._get_value()
            except NotImplementedError:
                left = -1
            emit_here(DONE_ROW, key, left or ZERO)
        else:
            report.event(table.TASK_DONE_REFUSED, site=site(), channel=key)
        return done

    queue._unfinished_tasks.acquire = watched_acquire


# --- SimpleQueue ----------------------------------------------------------------------------------


def _patch_simple(module):
    """`SimpleQueue`: a locked pipe without buffer or feeder, where the send is the put."""
    queue = module.SimpleQueue
    init, setstate, put, get = queue.__init__, queue.__setstate__, queue.put, queue.get

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if not _is_doorbell(frame_at(1)):
            _watch_simple(self)
            _tell_made(self, 0, module)

    def __setstate__(self, state):
        setstate(self, state)
        _watch_simple(self)

    def watched_put(self, obj):
        port = _port(self)
        if port is None:
            return put(self, obj)
        report.wait_while_held()
        local = report.per_thread
        before, local.text = local.text, b"" if port.inside else text_of(obj)
        try:
            return put(self, obj)
        except BaseException as error:
            tell_put_failed(self, obj, error)
            raise
        finally:
            local.text = before

    def watched_get(self):
        if _port(self) is None:
            return get(self)
        report.wait_while_held()
        try:
            return get(self)
        except BaseException as error:
            tell_get_failed(self, error)
            raise

    patches.apply(
        (queue, "__init__", __init__),
        (queue, "__setstate__", __setstate__),
        (queue, "put", watched_put),
        (queue, "get", watched_get),
        (queue, "empty", _watched_question(queue, "empty")),
        (queue, "close", _told_after(queue.close, table.CHANNEL_CLOSED, role=0)),
    )


def _watch_simple(queue):
    if not report.active:
        return
    port = port_for_queue(queue._reader, False)
    if port is not None:
        queue._reader._ipcviz = queue._writer._ipcviz = port
        _watch_turns(queue, port)


def _is_doorbell(frame):
    """Whether a Pool makes this queue to wake up its own thread (`_change_notifier`, 3.8 and later).

    It rings once or twice a task and carries nothing: it is no part of the picture.
    """
    while frame.f_globals.get("__name__") == "multiprocessing.context":
        frame = frame.f_back or NoFrame
    return frame.f_globals.get("__name__") == "multiprocessing.pool" and frame.f_code.co_name == "__init__"


# --- making ---------------------------------------------------------------------------------------


def _tell_made(queue, maxsize, module):
    """Say that a channel was made, by whom, and what it is a part of."""
    port = _port(queue)
    if port is None:
        return
    if issubclass(type(queue), module.SimpleQueue):
        kind = "SimpleQueue"
    else:
        kind = "JoinableQueue" if issubclass(type(queue), module.JoinableQueue) else "Queue"
        if maxsize == queue._sem._semlock.SEM_VALUE_MAX:
            maxsize = 0
    owner = _owner()
    port.inside = bool(owner)
    if port.counted:
        # For the children it will travel to.
        port.words[port.row + books.C_KIND] = books.K_INSIDE if owner else books.K_QUEUE
    report.event(
        table.CHANNEL_MADE, site=site(3), channel=port.key, maxsize=maxsize, other=0, kind=kind, inside=owner
    )


def _owner():
    """What a channel under construction is a part of: the library module that asked for it, if any."""
    try:
        frame = _getframe(3)
    except ValueError:
        frame = NoFrame
    while frame is not None:
        owner = _INSIDE.get(frame.f_globals.get("__name__", ""))
        if owner is not None:
            return owner
        if report.key and frame.f_globals.get("__name__") == "__main__":
            return ""
        frame = frame.f_back
    return ""

"""Hooks on Queue, JoinableQueue and SimpleQueue: who puts, who gets, who waits, and for what."""

from _collections import deque  # type: ignore[import-not-found]
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import INLINE, ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report, texts
from ipcviz.probe.core.places import NoFrame, _getframe, emit_here, frame_at, head_here, site
from ipcviz.probe.core.report import emit
from ipcviz.probe.core.texts import text_of
from ipcviz.probe.fast import messages as plain
from ipcviz.probe.fast import queues as quick
from ipcviz.probe.hooks import connections
from ipcviz.probe.hooks.connections import watch_for
from ipcviz.probe.hooks.processes import look_alike, name_of

_TURN_WAITING = table.TURN_WAITING.order("channel", "timeout")
_SEND_WAITING = table.SEND_WAITING.order("channel", "size")
_append = deque.append
_quick_texts = texts.QUICK
_HOLD = books.W_HOLD
_PUT_ROW = table.ITEM_PUT.order("channel", "ordinal")
_PUT_WAITING = table.PUT_WAITING.order("channel", "timeout")
_TASK_DONE = table.TASK_DONE.order("channel", "unfinished")
_INSIDE = {
    "multiprocessing.pool": "Pool",
    "multiprocessing.managers": "Manager",
    "concurrent.futures.process": "ProcessPoolExecutor",
}
"""Library modules whose channels are parts of something larger."""


def patch_queues(module):
    """Everything in `multiprocessing.queues`."""
    _patch_queue(module)
    _patch_feeder(module)
    _patch_joinable(module)
    _patch_simple(module)


def _patch_queue(module):
    """`Queue`: its making, `put`, `get`, `close` and the questions."""
    queue = module.Queue
    init, reset = queue.__init__, queue._reset
    sentinel = module._sentinel

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        _tell_made(self, self._maxsize, module)

    def _reset(self, after_fork=False):
        reset(self, after_fork)
        _tag_queue(self, sentinel)

    _replace(queue, __init__, _reset)
    _wrap_put(queue, module.Full)
    _quicken_put(queue)
    _wrap_put(module.JoinableQueue, module.Full)
    _wrap_get(queue, module.Empty)
    _wrap_questions(queue, "qsize", "empty", "full")
    _wrap_close(queue)


def _tag_queue(queue, sentinel):
    """Give a queue's parts to the hooks: at its making, on arrival in a child, after a fork."""
    if not report.active:
        return
    watch = watch_for(queue._reader, True)
    if not watch:
        return
    queue._reader._ipcviz = queue._writer._ipcviz = watch
    queue._buffer = ItemBuffer()
    queue._buffer.watch, queue._buffer.sentinel = watch, sentinel
    queue._send_bytes = quick.sender(queue._writer, watch)
    queue._recv_bytes = quick.receiver(queue._reader, watch)
    queue._sem.acquire = _slot_acquire(watch, queue._sem._semlock)
    _tag_lock(queue._rlock, _TURN_WAITING, watch)
    if queue._wlock is not None:
        _tag_lock(queue._wlock, _SEND_WAITING, watch)


def _tag_lock(lock, number, watch):
    """A wait for this lock is told as row `number`; `acquire` is the instance's own, `with` the type's."""
    lock.acquire = _lock_acquire(number, watch, lock._semlock)
    lock._ipcviz = PartTag(lock.acquire)


class PartTag:
    """The watched way into a lock that is a part of something; its release is nobody's news."""

    __slots__ = ("acquire", "release")

    def __init__(self, acquire):
        self.acquire = acquire
        self.release = None


def _lock_acquire(number, watch, semlock):
    acquire = semlock.acquire

    def watched_acquire(block=True, timeout=None):
        if acquire(False):
            return True
        if not block:
            return False
        if report.active:
            emit_here(number, watch.key, _ns(timeout) or ZERO)
        return acquire(block, timeout)

    return watched_acquire


def _slot_acquire(watch, semlock):
    """`_sem.acquire`, which `put` calls for a free slot."""
    acquire = semlock.acquire

    def watched_acquire(block=True, timeout=None):
        if acquire(False):
            return True
        if not block:
            return False
        if report.active:
            text = text_of(_getframe(1).f_locals.get("obj"))
            emit_here(_PUT_WAITING, watch.key, _ns(timeout) or ZERO, text=text)
        return acquire(block, timeout)

    return watched_acquire


def _tell_put_inside(watch):
    ordinal = watch.next_ordinal
    watch.next_ordinal = ordinal + 1
    report.emit(report.plain_head(_PUT_ROW), watch.key, ordinal or ZERO, ZERO, monotonic_ns())


class ItemBuffer(deque):  # type: ignore[misc]
    """A queue's buffer that knows which item is which: filled in the order of its own lock."""

    __slots__ = ("sentinel", "watch")

    def append(self, obj):
        if obj is not self.sentinel and report.active:
            watch = self.watch
            if watch.inside:
                _tell_put_inside(watch)
                _append(self, obj)
                return
            ordinal = watch.next_ordinal
            watch.next_ordinal = ordinal + 1
            text_of_kind = _quick_texts.get(type(obj))
            text = text_of_kind(obj) if text_of_kind is not None else text_of(obj)
            # Before it lies there: the feeder takes it out without asking for a lock.
            if len(text) <= INLINE:
                # 3: this, put, its wrapper; then the program.
                try:
                    frame = _getframe(3)
                except ValueError:
                    frame = NoFrame
                head = report.per_thread.put_heads.get((id(frame.f_code), frame.f_lasti))
                if head is None:
                    head = head_here(report.per_thread.put_heads, 4, _PUT_ROW)
                emit(head + len(text), watch.key, ordinal or ZERO, ZERO, monotonic_ns(), text)
            else:
                emit_here(_PUT_ROW, watch.key, ordinal or ZERO, text=text)
        _append(self, obj)


def _wrap_put(owner, full):
    put = owner.put
    words = report.ledger().words

    def watched_put(self, obj, block=True, timeout=None):
        if not report.active:
            return put(self, obj, block, timeout)
        if words[_HOLD]:
            report.wait_while_held()
        held = report.held_ns() if timeout is not None else 0
        while True:
            try:
                return put(self, obj, block, timeout)
            except full as error:
                report.wait_while_held()
                more = report.held_ns() - held if timeout is not None else 0
                if more > 0:
                    # Held meanwhile: that time does not count.
                    held += more
                    timeout = more / 1e9
                    continue
                _tell_put_failed(self, obj, error)
                raise
            except BaseException as error:
                _tell_put_failed(self, obj, error)
                raise

    look_alike(watched_put, put)
    patches.replace(owner, "put", watched_put)


_PUT_NAMES = (
    "_closed", "ValueError", "_sem", "acquire", "Full", "_notempty", "_thread", "_start_thread", "_buffer",
    "append", "notify",
)  # fmt: skip
"""The names in the code of `Queue.put`, the same from 3.10 to 3.13."""


def _quicken_put(owner):
    """`Queue.put` where it need not wait: the same steps in one function, which halves what watching costs.

    Only for the `put` we know; anything out of the ordinary (closed, held, full, a subclass's buffer) goes
    the way around it. Safe because the steps and their order are those of the original.
    """
    slow_put = owner.put
    if slow_put.__wrapped__.__code__.co_names != _PUT_NAMES:
        return
    words = report.ledger().words
    quick_texts, kind, short = _quick_texts.get, _PUT_ROW, INLINE

    def put(self, obj, block=True, timeout=None):
        buffer = self._buffer
        if (
            type(buffer) is not ItemBuffer
            or words[_HOLD]
            or self._closed
            or not report.active
            or not self._sem._semlock.acquire(False)
        ):
            slow_put(self, obj, block, timeout)
            return
        with self._notempty:
            if self._thread is None:
                self._start_thread()
                # It empties the buffer first.
            watch = buffer.watch
            if watch.inside:
                _tell_put_inside(watch)
                _append(buffer, obj)
                self._notempty.notify()
                return
            text_of_kind = quick_texts(type(obj))
            text = text_of_kind(obj) if text_of_kind is not None else text_of(obj)
            ordinal = watch.next_ordinal
            watch.next_ordinal = ordinal + 1
            if len(text) <= short:
                try:
                    frame = _getframe(1)
                except ValueError:
                    frame = NoFrame
                heads = report.per_thread.put_heads
                head = heads.get((id(frame.f_code), frame.f_lasti))
                if head is None:
                    head = head_here(heads, 2, kind)
                emit(head + len(text), watch.key, ordinal or ZERO, ZERO, monotonic_ns(), text)
            else:
                emit_here(kind, watch.key, ordinal or ZERO, text=text)
            _append(buffer, obj)
            self._notempty.notify()

    look_alike(put, slow_put.__wrapped__)
    patches.replace(owner, "put", put)


def _tell_put_failed(queue, obj, error):
    watch = queue._writer._ipcviz
    if watch:
        name, text = type(error).__name__, text_of(obj)
        report.event(table.PUT_FAILED, site=site(3), channel=watch.key, error=name, text=text)


def _wrap_get(owner, empty):
    get = owner.get
    words = report.ledger().words

    def watched_get(self, block=True, timeout=None):
        if not report.active:
            return get(self, block, timeout)
        if words[_HOLD]:
            report.wait_while_held()
        held = report.held_ns() if timeout is not None else 0
        while True:
            try:
                return get(self, block, timeout)
            except empty as error:
                report.wait_while_held()
                more = report.held_ns() - held if block and timeout is not None else 0
                if more > 0:
                    held += more
                    timeout = more / 1e9
                    continue
                _tell_get_failed(self, error)
                raise
            except BaseException as error:
                _tell_get_failed(self, error)
                raise

    look_alike(watched_get, get)
    patches.replace(owner, "get", watched_get)


def _tell_get_failed(queue, error):
    watch = queue._reader._ipcviz
    if watch:
        report.event(table.GET_FAILED, site=site(3), channel=watch.key, error=type(error).__name__)


def _wrap_questions(owner, *names):
    """Methods that ask a queue about itself: the answer is part of the lesson."""
    for name in names:
        _wrap_question(owner, name)


def _wrap_question(owner, name):
    ask = getattr(owner, name)

    def watched(self):
        watch = self._reader._ipcviz
        if not watch or watch.inside or not report.active:
            # A Pool asks its own queues all the time; that is nobody's question.
            return ask(self)
        watch.asked = True
        try:
            answer = ask(self)
        finally:
            watch.asked = False
        report.event(table.CHANNEL_ASKED, site=site(), channel=watch.key, answer=int(answer), method=name)
        return answer

    look_alike(watched, ask)
    patches.replace(owner, name, watched)


def _wrap_close(owner):
    """`close` and `cancel_join_thread`: they wake nobody, which is the point."""
    _wrap_told(owner, "close", table.CHANNEL_CLOSED, role=0)
    if hasattr(owner, "cancel_join_thread"):
        _wrap_told(owner, "cancel_join_thread", table.FLUSH_CANCELLED)


def _wrap_told(owner, name, row, **more):
    original = getattr(owner, name)

    def watched(self):
        watch = self._reader._ipcviz
        result = original(self)
        if watch and report.active:
            report.event(row, site=site(), channel=watch.key, **more)
        return result

    look_alike(watched, original)
    patches.replace(owner, name, watched)


def _patch_feeder(module):
    """The feeder thread: an item it cannot pickle, and whoever waits for it to flush."""
    queue = module.Queue
    start, join = queue._start_thread, queue._finalize_join

    def _start_thread(self):
        watch = self._writer._ipcviz
        if not watch or not report.active:
            start(self)
            return
        # The feeder is given this attribute; a subclass may have its own (ProcessPoolExecutor has).
        self._on_queue_feeder_error = _telling(watch, self._on_queue_feeder_error)
        try:
            start(self)
        finally:
            del self._on_queue_feeder_error
        self._thread._ipcviz = watch

    def _finalize_join(twr):
        thread = twr()
        watch = getattr(thread, "_ipcviz", None)
        if not watch or not report.active or not thread.is_alive():
            join(twr)
            return
        place = site()
        report.event(table.FLUSH_WAITING, site=place, channel=watch.key)
        join(twr)
        report.event(table.FLUSHED, site=place, channel=watch.key)

    _replace(queue, _start_thread)
    look_alike(_finalize_join, join)
    patches.replace(queue, "_finalize_join", staticmethod(_finalize_join))


def _telling(watch, onerror):
    """The feeder's error hook, with the item that is lost told first."""

    def told_onerror(error, obj):
        ordinal = watch.next_sent
        watch.next_sent = ordinal + 1
        told = report.clip(name_of(error), 300)
        report.event(table.ITEM_LOST, channel=watch.key, ordinal=ordinal, error=told)
        return onerror(error, obj)

    return told_onerror


def _patch_joinable(module):
    """`JoinableQueue`: the unfinished count under its own condition, and who waits for it in `join`."""
    queue = module.JoinableQueue
    init, setstate, join = queue.__init__, queue.__setstate__, queue.join

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        _tag_tasks(self)

    def __setstate__(self, state):
        setstate(self, state)
        _tag_tasks(self)

    def watched_join(self):
        watch = self._reader._ipcviz
        if not watch or not report.active:
            return join(self)
        report.wait_while_held()
        place = site()
        if not self._unfinished_tasks._semlock._is_zero():
            report.event(table.TASKS_WAITING, site=place, channel=watch.key)
        result = join(self)
        report.event(table.TASKS_FINISHED, site=place, channel=watch.key)
        return result

    _replace(queue, __init__, __setstate__)
    look_alike(watched_join, join)
    patches.replace(queue, "join", watched_join)


def _tag_tasks(queue):
    """`_unfinished_tasks.acquire`, which only `task_done` calls, always under `_cond`."""
    watch = queue._reader._ipcviz
    if not watch or not report.active:
        return
    semlock = queue._unfinished_tasks._semlock
    acquire = semlock.acquire

    def watched_acquire(block=True, timeout=None):
        done = acquire(block, timeout)
        if report.active:
            if done:
                try:
                    left = semlock._get_value()
                except NotImplementedError:
                    left = -1
                emit_here(_TASK_DONE, watch.key, left or ZERO)
            else:
                report.event(table.TASK_DONE_REFUSED, site=site(), channel=watch.key)
        return done

    queue._unfinished_tasks.acquire = watched_acquire


def _patch_simple(module):
    """`SimpleQueue`: a locked pipe without buffer or feeder, where the send is the put."""
    queue = module.SimpleQueue
    init, setstate, put = queue.__init__, queue.__setstate__, queue.put
    words, quick_texts = report.ledger().words, _quick_texts.get
    atoms, pickler, send_atom = plain.ATOMS, plain.pickler_of(module), quick.send_atom

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if not _is_doorbell(frame_at(1)):
            _tag_simple(self)
            _tell_made(self, 0, module)

    def __setstate__(self, state):
        setstate(self, state)
        _tag_simple(self)

    def watched_put(self, obj):
        watch = self._writer._ipcviz
        if not watch or not report.active:
            return put(self, obj)
        if words[_HOLD]:
            report.wait_while_held()
        if not watch.inside:
            kind = type(obj)
            text_of_kind = quick_texts(kind)
            text = text_of_kind(obj) if text_of_kind is not None else text_of(obj)
            if kind in atoms and len(text) <= INLINE:
                # A long one has a long text, but for bytes, which would be pickled twice.
                dumps = pickler() if kind is not bytes or len(obj) < plain.AT_ONCE else None
                if dumps is not None and send_atom(self, watch, dumps(obj), text):
                    return None
            report.per_thread.text = text
        try:
            return put(self, obj)
        except BaseException as error:
            _tell_put_failed(self, obj, error)
            raise
        finally:
            report.per_thread.text = b""

    get = queue.get

    def watched_get(self):
        if not report.active:
            return get(self)
        if words[_HOLD]:
            report.wait_while_held()
        try:
            return get(self)
        except BaseException as error:
            _tell_get_failed(self, error)
            raise

    connections.simple_get = watched_get.__code__
    _replace(queue, __init__, __setstate__)
    for name, value in (("put", watched_put), ("get", watched_get)):
        look_alike(value, getattr(queue, name))
        patches.replace(queue, name, value)
    _wrap_questions(queue, "empty")
    _wrap_close(queue)


def _tag_simple(queue):
    if not report.active:
        return
    watch = watch_for(queue._reader, False)
    if not watch:
        return
    queue._reader._ipcviz = queue._writer._ipcviz = watch
    _tag_lock(queue._rlock, _TURN_WAITING, watch)
    if queue._wlock is not None:
        _tag_lock(queue._wlock, _SEND_WAITING, watch)


def _is_doorbell(frame):
    """Whether a Pool makes this queue to wake up its own thread (`_change_notifier`, 3.8 and later).

    It rings once or twice a task and carries nothing: it is no part of the picture.
    """
    while frame.f_globals.get("__name__") == "multiprocessing.context":
        frame = frame.f_back or NoFrame
    return frame.f_globals.get("__name__") == "multiprocessing.pool" and frame.f_code.co_name == "__init__"


def _tell_made(queue, maxsize, module):
    """Say that a channel was made, by whom, and what it is a part of."""
    watch = queue._reader._ipcviz
    if not watch or not report.active:
        return
    if isinstance(queue, module.SimpleQueue):
        kind = "SimpleQueue"
    else:
        kind = "JoinableQueue" if isinstance(queue, module.JoinableQueue) else "Queue"
        if maxsize == queue._sem._semlock.SEM_VALUE_MAX:
            maxsize = 0
    owner = _owner()
    watch.inside = bool(owner)
    if watch.row:
        # For the children it will travel to.
        report.ledger().words[watch.row + books.C_KIND] = books.K_INSIDE if owner else books.K_QUEUE
    report.event(
        table.CHANNEL_MADE, site=site(3), channel=watch.key, maxsize=maxsize, other=0, kind=kind, inside=owner
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


def _ns(timeout):
    return report.nanoseconds(timeout)


def _replace(owner, *functions):
    for function in functions:
        look_alike(function, vars(owner)[function.__name__])
        patches.replace(owner, function.__name__, function)

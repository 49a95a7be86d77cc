"""Short-cuts of JoinableQueue: `put` and `task_done` where nothing out of the ordinary is under way."""

from time import monotonic_ns

from ipcviz.log.slots import NONE, ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import HOLD_WORD
from ipcviz.probe.core.places import NoFrame, _getframe, head_here
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.fast.queues import append_item
from ipcviz.probe.hooks.queues import DONE_ROW, ItemBuffer

_LIBRARY = (
    "multiprocessing.queues:JoinableQueue.put", "multiprocessing.queues:JoinableQueue.task_done",
    "multiprocessing.synchronize:Condition.__enter__", "multiprocessing.synchronize:Condition.__exit__",
    "multiprocessing.synchronize:SemLock.__enter__", "multiprocessing.synchronize:SemLock.__exit__",
    "multiprocessing.synchronize:SemLock._make_methods",
)  # fmt: skip


def shorten_joinable(module):
    """`JoinableQueue.put` and `task_done`: the same steps in one function each, on the semaphores themselves.

    Safe because the steps and their order are those of the original; a queue that is closed, held or full, a
    subclass's buffer, and a `task_done` too many go the long way.
    """
    if not is_known(*_LIBRARY):
        return
    owner = module.JoinableQueue
    slow_put, slow_done = owner.put, owner.task_done
    words = report.ledger().words

    def put(self, obj, block=True, timeout=None):
        buffer = self._buffer
        if (
            type(buffer) is not ItemBuffer
            or words[HOLD_WORD]
            or self._closed
            or not report.active
            or not self._sem._semlock.acquire(False)
        ):
            slow_put(self, obj, block, timeout)
            return
        with self._notempty, self._cond._lock._semlock:
            if self._thread is None:
                self._start_thread()
                # It empties the buffer first.
            append_item(buffer, obj)
            self._unfinished_tasks._semlock.release()
            self._notempty.notify()

    def task_done(self):
        port = self._reader._ipcviz
        if not port or words[HOLD_WORD] or not report.active:
            return slow_done(self)
        tasks = self._unfinished_tasks._semlock
        with self._cond._lock._semlock:
            if tasks.acquire(False):
                try:
                    left = tasks._get_value()
                except NotImplementedError:
                    left = NONE
                try:
                    frame = _getframe(1)
                except ValueError:
                    frame = NoFrame
                heads = report.per_thread.done_heads
                head = heads.get((id(frame.f_code), frame.f_lasti))
                if head is None:
                    head = head_here(heads, 2, DONE_ROW)
                report.emit(head, port.key, left or ZERO, ZERO, monotonic_ns())
                if tasks._is_zero():
                    self._cond.notify_all()
                return None
        # Too many: the library says so.
        return slow_done(self)

    patches.apply((owner, "put", put), (owner, "task_done", task_done))

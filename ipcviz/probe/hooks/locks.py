"""Hooks on the semaphore family: Lock, RLock, Semaphore, Condition, Event, Barrier, Value and Array."""

import itertools
from time import monotonic_ns

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import Deadline, held_before
from ipcviz.probe.core.places import made_by_library, site
from ipcviz.probe.core.report import emit
from ipcviz.probe.core.texts import error_text

_made = itertools.count(1)
_HOLD = books.W_HOLD * 8
"""The hold flag's byte in `_flags`."""
table.LOCK_ACQUIRED.order("lock")
table.LOCK_RELEASED.order("lock", "again")
_RECURSIVE = 0
"""`SemLock.kind` of an RLock (`RECURSIVE_MUTEX` in Modules/_multiprocessing/multiprocessing.h)."""
MASK = (1 << 63) - 1
_OF_BARRIER = 2
"""A Barrier's id is made from the same part as that of the Condition inside it."""


_heads = report.lock_heads
_flags = None
"""The ledger as truth values: a read in half the time of a word's."""


def patch_synchronize(module):
    """Everything in `multiprocessing.synchronize`."""
    global _flags
    _flags = report.ledger().flags
    _patch_semlock(module)
    _patch_condition(module)
    _patch_event(module)
    _patch_barrier(module)


# --- identity -----------------------------------------------------------------------------------


def lock_id(lock):
    """What a semaphore is called in every process: from its name, or stamped at its making under fork."""
    stamped = lock.__dict__.get("_ipcviz_id")
    if stamped is not None:
        return stamped
    name = lock._semlock.name
    # `/mp-abcdefgh`: eight random letters, which are eight bytes.
    return int.from_bytes(name[-8:].encode(), "little") if name else 0


def object_id(part, salt=1):
    """What an object built on semaphores is called: from one of its parts, but not that part's own id."""
    key = lock_id(part)
    return (key * 1_000_003 + salt) & MASK if key else 0


def _stamp(lock):
    if lock._semlock.name is None:
        lock._ipcviz_id = report.key << 40 | next(_made) << 8 | 1


def register(key, alias=0):
    """Write into the ledger that this semaphore is watched (as `alias`), for children that receive it."""
    if not key:
        return False
    row = report.ledger().channel(key)
    if row and alias:
        report.ledger().words[row + books.C_ALIAS] = alias
    return bool(row)


def registered(key):
    """The key under which a semaphore is watched; 0 where it is not."""
    row = report.ledger().find(key) if key else 0
    return (report.ledger().words[row + books.C_ALIAS] or key) if row else 0


# --- Lock, RLock, Semaphore, BoundedSemaphore ----------------------------------------------------


class LockTag:
    """The watched ways into and out of one semaphore."""

    __slots__ = ("acquire", "again", "key", "release")

    def __init__(self, key, semlock):
        self.key = key
        self.again = [0]
        """How often the holder of an RLock has acquired it again since it took it."""
        self.acquire, self.release = _watched(key, semlock, self.again)


def _watched(key, semlock, again):
    """`acquire` and `release`, which are the hottest of all paths.

    What the holder of an RLock acquires again and lets go again meanwhile is counted and told with that.
    """
    try_acquire, release_semlock, count = semlock.acquire, semlock.release, semlock._count
    recursive = semlock.kind == _RECURSIVE

    def acquire(block=True, timeout=None):
        if _flags[_HOLD]:
            report.wait_while_held()
        if try_acquire(False):
            if recursive and count() > 1:
                # Only the holder comes here.
                again[0] += 1
                return True
            try:
                heads = _heads.of
            except AttributeError:
                heads = report.heads_of_locks()
            emit(heads[0], key, ZERO, ZERO, monotonic_ns())
            return True
        if not report.active:
            return try_acquire(block, timeout)
        place = site()
        if not block:
            report.event(table.LOCK_FAILED, site=place, lock=key, error=b"busy")
            return False
        report.event(table.LOCK_WAITING, site=place, lock=key, timeout=report.nanoseconds(timeout))
        deadline = Deadline(timeout)
        try:
            taken = try_acquire(block, timeout)
            while not taken and deadline.again():
                taken = try_acquire(block, deadline.left)
        except BaseException as error:
            report.event(table.LOCK_FAILED, site=place, lock=key, error=report.clip(error_text(error), 200))
            raise
        if taken:
            report.event(table.LOCK_ACQUIRED, site=place, lock=key)
        else:
            report.event(table.LOCK_FAILED, site=place, lock=key, error=b"timeout")
        return taken

    def release():
        inner = recursive and count() > 1
        more = again[0]
        if not inner:
            again[0] = 0
        # Before it is free: nobody can have taken it earlier than this.
        time = monotonic_ns()
        try:
            release_semlock()
        except BaseException as error:
            report.event(table.LOCK_FAILED, site=site(), lock=key, error=report.clip(error_text(error), 200))
            raise
        if inner:
            return
        try:
            heads = _heads.of
        except AttributeError:
            heads = report.heads_of_locks()
        emit(heads[1], key, more or ZERO, ZERO, time)

    return acquire, release


def tag(lock, key):
    """Watch a semaphore as the object `key`. `acquire` is the instance's own, `with` is the type's."""
    made = LockTag(key, lock._semlock)
    lock._ipcviz = made
    lock.acquire, lock.release = made.acquire, made.release


def _patch_semlock(module):
    """`SemLock`: its making and arrival, `with`. Locks that the library made for itself stay untouched.

    Safe because a first try that does not wait is what taking a free lock is.
    """
    semlock = module.SemLock
    init, setstate, enter, leave = semlock.__init__, semlock.__setstate__, semlock.__enter__, semlock.__exit__

    def __init__(self, kind, value, maxvalue, *, ctx):
        init(self, kind, value, maxvalue, ctx=ctx)
        if not report.active:
            return
        _stamp(self)
        if made_by_library(_CALLER_OF_MAKING):
            return
        key = lock_id(self)
        if register(key):
            tag(self, key)
            tell_made(key, type(self).__name__, value, maxvalue)

    def __setstate__(self, state):
        setstate(self, state)
        if report.active:
            key = registered(lock_id(self))
            if key:
                tag(self, key)

    def __enter__(self):
        made = self._ipcviz
        return enter(self) if made is None else made.acquire()

    def __exit__(self, *args):
        made = self._ipcviz
        if made is None or made.release is None:
            return leave(self, *args)
        return made.release()

    patches.replace(semlock, "_ipcviz", None)
    patches.apply(*[(semlock, hook.__name__, hook) for hook in (__init__, __setstate__, __enter__, __exit__)])


_CALLER_OF_MAKING = 3
"""This hook's helper, the hook, `Lock.__init__`; then whoever asked."""


def tell_made(key, kind, value=0, maxvalue=0):
    """Say that one was made; called by the hook on its making."""
    limit = maxvalue if maxvalue < 1 << 30 else 0
    report.event(table.LOCK_MADE, site=site(3), lock=key, value=value, maxvalue=limit, kind=kind)


# --- Condition ------------------------------------------------------------------------------------


def _patch_condition(module):
    """`Condition`: its lock is watched under the condition's name, `wait` and `notify` are told."""
    condition = module.Condition
    init, setstate, wait, notify = (
        condition.__init__, condition.__setstate__, condition.wait, condition.notify,
    )  # fmt: skip

    def __init__(self, lock=None, *, ctx):
        init(self, lock, ctx=ctx)
        if not report.active or made_by_library(2):
            return
        key = object_id(self._sleeping_count)
        if register(key):
            self._ipcviz_key = key
            _tag_sleep(self._wait_semaphore, key)
            if lock is None and register(lock_id(self._lock), key):
                tag(self._lock, key)
                self._make_methods()
            tell_made(key, "Condition")

    def __setstate__(self, state):
        setstate(self, state)
        if report.active:
            key = self._ipcviz_key = registered(object_id(self._sleeping_count))
            if key:
                _tag_sleep(self._wait_semaphore, key)

    def watched_wait(self, timeout=None):
        key = self._ipcviz_key
        if not key or not report.active:
            return wait(self, timeout)
        place = site()
        woken = wait(self, timeout)
        report.event(table.CONDITION_WOKEN, site=place, lock=key, notified=int(woken))
        return woken

    def watched_notify(self, n=1):
        key = self._ipcviz_key
        if key and report.active:
            report.event(table.NOTIFIED, site=site(), lock=key, how_many=min(n, 1 << 31))
        return notify(self, n)

    patches.replace(condition, "_ipcviz_key", 0)
    patches.apply(
        (condition, "__init__", __init__),
        (condition, "__setstate__", __setstate__),
        (condition, "wait", held_before(watched_wait)),
        (condition, "notify", watched_notify),
    )


def _tag_sleep(semaphore, key):
    """`_wait_semaphore.acquire`, where `Condition.wait` sleeps after it has let the lock go."""
    acquire = semaphore._semlock.acquire

    def sleep(block=True, timeout=None):
        if block and report.active:
            limit = report.nanoseconds(timeout)
            report.event(table.CONDITION_WAITING, site=site(), lock=key, timeout=limit)
        return acquire(block, timeout)

    semaphore.acquire = sleep


# --- Event ----------------------------------------------------------------------------------------


def _patch_event(module):
    """`Event`: `set`, `clear` and `wait`, as one object; its condition and flag are machinery."""
    event = module.Event
    init = event.__init__

    def __init__(self, *, ctx):
        init(self, ctx=ctx)
        if not report.active or made_by_library(2):
            return
        key = object_id(self._flag)
        if register(key):
            tell_made(key, "Event")

    wait = event.wait

    def watched_wait(self, timeout=None):
        key = _key_of_event(self)
        if not key:
            return wait(self, timeout)
        place = site()
        if self._flag._semlock._is_zero():
            report.event(table.EVENT_WAITING, site=place, lock=key, timeout=report.nanoseconds(timeout))
        deadline = Deadline(timeout)
        answer = wait(self, timeout)
        while not answer and deadline.again():
            answer = wait(self, deadline.left)
        report.event(table.EVENT_PASSED, site=place, lock=key, answer=int(answer))
        return answer

    patches.apply(
        (event, "__init__", __init__),
        (event, "set", _told_before(event.set, table.EVENT_SET)),
        (event, "clear", _told_before(event.clear, table.EVENT_CLEARED)),
        (event, "wait", held_before(watched_wait)),
    )


def _key_of_event(event):
    if not report.active:
        return 0
    return registered(object_id(event._flag))


def _told_before(original, row):
    def watched(self):
        key = _key_of_event(self)
        if key:
            # Before: a waiter can wake before this returns.
            report.event(row, site=site(), lock=key)
        return original(self)

    return held_before(watched)


# --- Barrier --------------------------------------------------------------------------------------


def _patch_barrier(module):
    """`Barrier.wait`: who stands at it, and whether it was passed or broken."""
    barrier = module.Barrier
    init, wait = barrier.__init__, barrier.wait

    def __init__(self, parties, action=None, timeout=None, *, ctx):
        init(self, parties, action, timeout, ctx=ctx)
        if not report.active or made_by_library(2):
            return
        key = object_id(self._cond._sleeping_count, _OF_BARRIER)
        if register(key):
            tell_made(key, "Barrier", parties)

    def watched_wait(self, timeout=None):
        key = registered(object_id(self._cond._sleeping_count, _OF_BARRIER)) if report.active else 0
        if not key:
            return wait(self, timeout)
        place = site()
        report.event(table.BARRIER_WAITING, site=place, lock=key, timeout=report.nanoseconds(timeout))
        try:
            index = wait(self, timeout)
        except BaseException as error:
            report.event(
                table.BARRIER_BROKEN, site=place, lock=key, error=report.clip(error_text(error), 200)
            )
            raise
        report.event(table.BARRIER_PASSED, site=place, lock=key, position=index)
        return index

    patches.apply((barrier, "__init__", __init__), (barrier, "wait", held_before(watched_wait)))

"""Hooks on Value and Array: a read and a write of one with a lock are two events, which is what `+=` is."""

from ipcviz.log import table
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import emit_here
from ipcviz.probe.core.texts import text_of
from ipcviz.probe.hooks.locks import MASK, lock_id, register, registered, tag, tell_made

READ_ROW = table.VALUE_READ.order("lock")
WRITTEN_ROW = table.VALUE_WRITTEN.order("lock")


def patch_sharedctypes(module):
    """`Value` and `Array` with their lock: a read and a write are two events, which is what `+=` is."""
    base = module.SynchronizedBase
    init = base.__init__

    def __init__(self, obj, lock=None, ctx=None):
        init(self, obj, lock, ctx)
        if not report.active:
            return
        key = value_id(self)
        if not key:
            return
        fresh = not registered(key)
        if not register(key):
            return
        self._ipcviz_key = key
        if self._lock._ipcviz is None and register(lock_id(self._lock), key):
            tag(self._lock, key)
            self.acquire, self.release = self._lock.acquire, self._lock.release
        if fresh:
            tell_made(key, "Array" if hasattr(obj, "_length_") else "Value")

    patches.replace(base, "_ipcviz_key", 0)
    patches.apply((base, "__init__", __init__))
    for owner, name in (
        (module.Synchronized, "value"),
        (module.SynchronizedString, "value"),
        (module.SynchronizedString, "raw"),
    ):
        patches.replace(owner, name, _watched_property(vars(owner)[name]))
    getitem, setitem = module.SynchronizedArray.__getitem__, module.SynchronizedArray.__setitem__

    def __getitem__(self, i):
        answer = getitem(self, i)
        _tell_value(READ_ROW, self, answer, i)
        return answer

    def __setitem__(self, i, value):
        setitem(self, i, value)
        _tell_value(WRITTEN_ROW, self, value, i)

    patches.apply(*[(module.SynchronizedArray, hook.__name__, hook) for hook in (__getitem__, __setitem__)])


def value_id(value):
    """A Value's identity: its lock's, and where it lies in the shared memory, since locks can be shared."""
    try:
        (_, start, _), _ = value._obj._wrapper._state
    except (AttributeError, TypeError, ValueError):
        start = 0
    key = lock_id(value._lock)
    return (key * 1_000_003 + start + 2) & MASK if key else 0


def _watched_property(original):
    fget, fset = original.fget, original.fset

    def read(self):
        answer = fget(self)
        key = self._ipcviz_key
        if key:
            emit_here(READ_ROW, key, text=text_of(answer))
        return answer

    def write(self, value):
        fset(self, value)
        key = self._ipcviz_key
        if key:
            emit_here(WRITTEN_ROW, key, text=text_of(value))

    patches.look_alike(read, original.fget)
    patches.look_alike(write, original.fset)
    return property(read, write)


def _tell_value(number, owner, value, index=None):
    if owner._ipcviz_key and report.active:
        text = text_of(value)
        if isinstance(index, int):
            text = b"[%d] " % index + text
        emit_here(number, owner._ipcviz_key, text=text)

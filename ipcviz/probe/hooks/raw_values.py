"""The hook on values and arrays without a lock: that they are made, and where they arrive.

They are plain ctypes objects. To see reads and writes of them, their type would have to be another one.
"""

import os

from ipcviz.log import table
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.patches import look_alike
from ipcviz.probe.core.places import frame_at, site

_MASK = (1 << 63) - 1
_seen = set()
"""The ids of those that were made here without a lock."""
_count = 0
"""How many values this process has made, got or inherited."""


def patch_rebuild(module):
    """`rebuild_ctype`, in which every ctypes object in shared memory comes into being, made or unpickled.

    Safe because it only looks at where the memory lies, after the original has made the object.
    """
    rebuild = module.rebuild_ctype
    new_value = module._new_value.__code__
    kinds = {getattr(module, name).__code__: name for name in ("RawValue", "RawArray")}
    with_lock = {getattr(module, name).__code__: name for name in ("Value", "Array")}
    array = module.ctypes.Array

    def rebuild_ctype(type_, wrapper, length):
        thing = rebuild(type_, wrapper, length)
        if not report.active:
            return thing
        key = _identity(wrapper)
        if not key:
            return thing
        caller = frame_at(1)
        if caller.f_code is not new_value:
            report.event(table.RAW_VALUE_ARRIVED, site=site(), value=key, ordinal=_next())
            return thing
        caller = caller.f_back
        asked = caller and caller.f_back
        kind = with_lock.get(asked.f_code) if asked else None
        if kind and asked.f_locals.get("lock") is not False:
            # It gets a lock next and is told as what it is then.
            if key in _seen:
                _seen.discard(key)
                report.event(table.RAW_VALUE_GONE, value=key)
            return thing
        if not kind:
            is_array = issubclass(type_, array)
            kind = kinds.get(caller.f_code if caller else None, "RawArray" if is_array else "RawValue")
        _seen.add(key)
        report.event(
            table.RAW_VALUE_MADE, site=site(), value=key, size=wrapper._state[1], ordinal=_next(), kind=kind,
            ctype=report.clip(type_.__name__, 80),
        )  # fmt: skip
        return thing

    look_alike(rebuild_ctype, rebuild)
    patches.replace(module, "rebuild_ctype", rebuild_ctype)
    # It cannot be taken back; after the undo nothing is active.
    os.register_at_fork(after_in_child=_tell_inherited)


def _next():
    global _count
    _count += 1
    return _count - 1


def _tell_inherited():
    from ipcviz.probe.core import install as follow

    if report.active and _count:
        report.event(table.RAW_VALUES_INHERITED, parent=follow.arrival, how_many=_count)


def _identity(wrapper):
    """Where the memory lies: in which file, which has the same inode everywhere, and at which byte."""
    try:
        (arena, start, _), _ = wrapper._state
        inode = os.fstat(arena.fd).st_ino
    except (AttributeError, TypeError, ValueError, OSError):
        return 0
    return (inode * 0x9E3779B97F4A7C15 + start * 0x100000001B3) & _MASK

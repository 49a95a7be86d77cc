"""Hooks on SharedMemory and ShareableList: made, attached, closed, unlinked; elements read and written."""

import os

from ipcviz.log import table
from ipcviz.log.slots import ZERO
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.patches import look_alike
from ipcviz.probe.core.places import emit_here, frame_at, site
from ipcviz.probe.core.texts import error_text, text_of

_READ = table.ELEMENT_READ.order("memory", "position")
_WRITTEN = table.ELEMENT_WRITTEN.order("memory", "position")
_MASK = (1 << 63) - 1
_FIRST = 32
"""Elements of a new list that are told."""
_keys = {}
"""The id of an object to what its block is called: the object itself keeps nothing of ours."""
_open = []
"""The keys of the blocks that are open in this process, each as often as it is open."""


def patch_shared_memory(module):
    """Everything in `multiprocessing.shared_memory`."""
    _patch_memory(module)
    _patch_list(module)
    # It cannot be taken back; after the undo nothing is active.
    os.register_at_fork(after_in_child=_tell_inherited)


def _inside(thing):
    """An object's own dictionary; asked like this, no `__getattribute__` of the program's is called."""
    return object.__getattribute__(thing, "__dict__")


def _tell_inherited():
    if report.active:
        for key in dict.fromkeys(_open):
            report.event(table.SHARED_MEMORY_INHERITED, memory=key, handles=_open.count(key))


def _patch_memory(module):
    """`SharedMemory`: its making and attaching, `close` and `unlink`.

    Safe because each calls the original with the same arguments; what is told is read from the object's own
    dictionary, so that nothing of a subclass is called.
    """
    memory = module.SharedMemory
    init, close, unlink = memory.__init__, memory.close, memory.unlink
    of_list = module.ShareableList.__init__.__code__

    def __init__(self, *args, **kwargs):
        # An object that is no more may have had this id.
        _keys.pop(id(self), None)
        if not report.active:
            return init(self, *args, **kwargs)
        report.wait_while_held()
        try:
            init(self, *args, **kwargs)
        except BaseException as error:
            create = kwargs.get("create", args[1] if len(args) > 1 else False)
            name = kwargs.get("name", args[0] if args else None)
            _tell_refused(0, "create" if create is True else "attach", name, error)
            raise
        kind = "ShareableList" if frame_at(1).f_code is of_list else "SharedMemory"
        _tell_opened(self, kind)
        return None

    def watched_close(self):
        had = _inside(self)
        key = _keys.get(id(self), 0) if report.active else 0
        if not key or had.get("_mmap") is None:
            return close(self)
        dropped = frame_at(1).f_code.co_name == "__del__"
        if not dropped:
            report.wait_while_held()
        try:
            close(self)
        except BaseException as error:
            _tell_refused(key, "close", had.get("_name"), error)
            raise
        if key in _open:
            _open.remove(key)
        # A destructor runs wherever the program happens to be.
        place = 0 if dropped else site()
        report.event(table.SHARED_MEMORY_CLOSED, site=place, memory=key, dropped=dropped)
        return None

    def watched_unlink(self):
        key = _keys.get(id(self), 0) if report.active else 0
        if not key:
            return unlink(self)
        report.wait_while_held()
        try:
            unlink(self)
        except BaseException as error:
            _tell_refused(key, "unlink", _inside(self).get("_name"), error)
            raise
        report.event(table.SHARED_MEMORY_UNLINKED, site=site(), memory=key)
        return None

    for name, function, old in (
        ("__init__", __init__, init), ("close", watched_close, close), ("unlink", watched_unlink, unlink),
    ):  # fmt: skip
        look_alike(function, old)
        patches.replace(memory, name, function)


def _tell_opened(memory, kind):
    had = _inside(memory)
    key = _keys[id(memory)] = _identity(had)
    _open.append(key)
    size = had.get("_size", 0)
    name = _plain(had.get("_name"))
    if had.get("_flags", 0) & os.O_EXCL:
        report.event(
            table.SHARED_MEMORY_MADE, site=site(3), memory=key, size=size, kind=kind, system_name=name,
            tracked=had.get("_track", True) is True,
        )  # fmt: skip
    else:
        report.event(
            table.SHARED_MEMORY_ATTACHED, site=site(3), memory=key, size=size, kind=kind, system_name=name
        )


def _tell_refused(key, method, name, error):
    report.event(
        table.SHARED_MEMORY_REFUSED, site=site(3), memory=key, method=method, system_name=_plain(name),
        error=report.clip(error_text(error), 200),
    )  # fmt: skip


def _identity(had):
    """What a block is called in every process: a name can be used again, an inode says for what."""
    try:
        inode = os.fstat(had.get("_fd", -1)).st_ino
    except OSError:
        inode = 0
    number = 0xCBF29CE484222325 ^ inode
    for byte in _plain(had.get("_name")):
        # FNV-1a: `hash` of a text differs from process to process.
        number = ((number ^ byte) * 0x100000001B3) & _MASK
    return number or 1


def _plain(name):
    """The name without the slash that POSIX wants in front."""
    return report.clip(name.removeprefix("/"), 200) if type(name) is str else b""


def _patch_list(module):
    """`ShareableList`: what its first elements are, and each element that is read or written.

    Safe because the values are told after the original has taken or given them, and only by their type.
    """
    shareable = module.ShareableList
    init, getitem, setitem = shareable.__init__, shareable.__getitem__, shareable.__setitem__

    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        values = kwargs.get("sequence", args[0] if args else None)
        key = _key_of_list(self)
        if key and type(values) in (list, tuple):
            place = site()
            for position, value in enumerate(values[:_FIRST]):
                report.event(
                    table.ELEMENT_WRITTEN, site=place, memory=key, position=position, first=True,
                    text=text_of(value),
                )  # fmt: skip

    def __getitem__(self, position):
        value = getitem(self, position)
        _tell_element(_READ, self, position, value)
        return value

    def __setitem__(self, position, value):
        setitem(self, position, value)
        _tell_element(_WRITTEN, self, position, value)

    for function, old in ((__init__, init), (__getitem__, getitem), (__setitem__, setitem)):
        look_alike(function, old)
        patches.replace(shareable, function.__name__, function)


def _key_of_list(shareable):
    memory = _inside(shareable).get("shm") if report.active else None
    return _keys.get(id(memory), 0)


def _tell_element(number, shareable, position, value):
    key = _key_of_list(shareable)
    if key and type(position) is int:
        if position < 0:
            position += _inside(shareable).get("_list_len", 0)
        emit_here(number, key, position or ZERO, text=text_of(value))

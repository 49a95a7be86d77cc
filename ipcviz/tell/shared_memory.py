"""The story's sentences about shared memory: made, attached, closed, unlinked; elements of its lists."""

from __future__ import annotations

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name
from ipcviz.world.shared_memory import SHARED_MEMORY


def _name(world: World, key: int) -> str:
    return world.get(SHARED_MEMORY, key).label


def _made(ev: e.SharedMemoryMade, world: World) -> Said:
    return "go", _("{who} makes {size} bytes of shared memory, called {name} in the system",
                   who=process_name(world, ev.process), size=f"{ev.size:,}", name=ev.system_name)  # fmt: skip


def _attached(ev: e.SharedMemoryAttached, world: World) -> Said:
    return "go", _("{who} attaches the shared memory {memory} by its name {name}",
                   who=process_name(world, ev.process), memory=_name(world, ev.memory), name=ev.system_name,
                   )  # fmt: skip


def _inherited(ev: e.SharedMemoryInherited, world: World) -> Said:
    # It may not have said its name yet.
    who, name = process_name(world, ev.process), _name(world, ev.memory)
    return "note", _("{who} has the shared memory {memory} open from its parent", who=who, memory=name)


def _closed(ev: e.SharedMemoryClosed, world: World) -> Said:
    who, name = process_name(world, ev.process), _name(world, ev.memory)
    if ev.dropped:
        return "note", _("{who} has dropped its last way to {memory}, which closes it", who=who, memory=name)
    return "note", _("{who} closes {memory}", who=who, memory=name)


def _unlinked(ev: e.SharedMemoryUnlinked, world: World) -> Said:
    return "good", _("{who} unlinks {memory}: its name is gone",
                     who=process_name(world, ev.process), memory=_name(world, ev.memory))  # fmt: skip


_CALLS = {"create": "SharedMemory(create=True)", "attach": "SharedMemory({name})", "close": "close()",
          "unlink": "unlink()"}  # fmt: skip


def _refused(ev: e.SharedMemoryRefused, world: World) -> Said:
    call = _CALLS.get(ev.method, ev.method).replace("{name}", repr(ev.system_name) if ev.system_name else "")
    return "bad", _("{who}: {call} raised {error}",
                    who=process_name(world, ev.process), call=call, error=ev.error)  # fmt: skip


def _read(ev: e.ElementRead, world: World) -> Said:
    return "note", _("{who} reads {lock}: {value}", who=process_name(world, ev.process),
                     lock=f"{_name(world, ev.memory)}[{ev.position}]", value=ev.text)  # fmt: skip


def _written(ev: e.ElementWritten, world: World) -> Said:
    if ev.first:
        return None
    return "go", _("{who} writes {lock}: {value}", who=process_name(world, ev.process),
                   lock=f"{_name(world, ev.memory)}[{ev.position}]", value=ev.text)  # fmt: skip


TELL: Telling = {
    e.SharedMemoryMade: _made,
    e.SharedMemoryAttached: _attached,
    e.SharedMemoryInherited: _inherited,
    e.SharedMemoryClosed: _closed,
    e.SharedMemoryUnlinked: _unlinked,
    e.SharedMemoryRefused: _refused,
    e.ElementRead: _read,
    e.ElementWritten: _written,
}

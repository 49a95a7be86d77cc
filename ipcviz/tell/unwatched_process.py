"""The story's sentences about processes that are not watched."""

from __future__ import annotations

from ipcviz.log import events as e
from ipcviz.tell.sentence import Said, Telling
from ipcviz.words import _
from ipcviz.world import World
from ipcviz.world.names import process_name


def _started(ev: e.UnwatchedStarted, world: World) -> Said:
    if ev.withdrawn:
        return "note", _("{who} could not become another program", who=process_name(world, ev.process))
    if not ev.process:
        return "note", _("a process that is not watched runs: {what} (pid {pid})", what=ev.what, pid=ev.pid)
    who = process_name(world, ev.process)
    process = world.processes.get(ev.process)
    if process is not None and process.pid == ev.pid:
        return "note", _("{who} becomes another program, which is not watched: {what}", who=who, what=ev.what)
    return "note", _("{who} starts a process that is not watched: {what} (pid {pid})",
                     who=who, what=ev.what, pid=ev.pid)  # fmt: skip


TELL: Telling = {e.UnwatchedStarted: _started}

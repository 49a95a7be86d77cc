"""Watches one program, recorded or live, and says what that has cost the watcher itself.

    python -m ipcviz.bench.observe record|live RESULT PROGRAM.py [ARGS…]

RESULT is a file that gets one JSON object; the program's output is passed on.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from typing import Any

from ipcviz.log.events import EventsLost, OutputWritten
from ipcviz.log.log import Log
from ipcviz.run.record import record
from ipcviz.run.session import Program, Session


def main(how: str, result: str, *program: str) -> None:
    """Watch, then write down CPU (s), peak memory (MB), and what was lost."""
    said: dict[str, Any] = {}
    if how == "record":
        path = Path(f"{result}.trace")
        record(Program(list(program)), path, overwrite=True)
        said["size"] = path.stat().st_size
    else:
        session = Session.start(Program(list(program)))
        session.wait()
        said["lost"], said["events"] = _count(session.log), len(session.log)
    mine, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    said["cpu"] = mine.ru_utime + mine.ru_stime
    said["program_cpu"] = theirs.ru_utime + theirs.ru_stime
    said["memory"] = _most_memory()
    Path(result).write_text(json.dumps(said), encoding="utf-8")


def _most_memory() -> float:
    """MB; what `getrusage` says of it begins with the memory of the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _count(log: Log) -> int:
    lost = 0
    for event in log.read():
        if isinstance(event, EventsLost):
            lost += event.how_many
        elif isinstance(event, OutputWritten) and event.stream == 1:
            sys.stdout.write(event.text)
    return lost


if __name__ == "__main__":
    main(*sys.argv[1:])

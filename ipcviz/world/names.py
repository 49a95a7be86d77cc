"""What processes, locks and signals are called when they are spoken of."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipcviz.world.wait import Ref
    from ipcviz.world.world import World


def process_name(world: World, key: int) -> str:
    """The name a person knows a process by."""
    process = world.processes.get(key)
    return "?" if process is None else process.label or process.id


def name_of(world: World, ref: Ref) -> str:
    """The name a person knows a thing by."""
    found = world.find(ref)
    return "?" if found is None else found.label or found.id


def plain_method(method: str) -> str:
    """What a proxy was asked for: `getitem` for `__getitem__`, `getvalue` for `#GETVALUE`."""
    return method.strip("_#").lower()


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)

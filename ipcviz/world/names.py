"""What processes, channels, locks and signals are called when they are spoken of."""

from __future__ import annotations

import signal

from ipcviz.world import World


def process_name(world: World, key: int) -> str:
    """The name a person knows a process by."""
    process = world.processes.get(key)
    return "?" if process is None else process.label or process.id


def lock_name(world: World, key: int) -> str:
    """The name a person knows a lock by."""
    lock = world.locks.get(key)
    return "?" if lock is None else lock.label


def plain_method(method: str) -> str:
    """What a proxy was asked for: `getitem` for `__getitem__`, `getvalue` for `#GETVALUE`."""
    return method.strip("_#").lower()


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)

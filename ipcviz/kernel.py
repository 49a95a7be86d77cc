"""Ask the kernel whether a process is blocked for good: every thread in a wait without a timeout (Linux)."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable

_FOREVER_32 = 0xFFFF_FFFF

_CALLS: dict[str, dict[int, tuple[str, int]]] = {
    # system call number: what it is, and which argument says how long it waits
    "x86_64": {
        202: ("futex", 3), 0: ("read", -1), 1: ("write", -1), 45: ("read", -1), 44: ("write", -1),
        7: ("poll", 2), 271: ("pointer", 2), 23: ("pointer", 4), 270: ("pointer", 4), 61: ("wait", -1),
        247: ("wait", -1), 232: ("poll", 3), 281: ("poll", 3),
    },
    "aarch64": {
        98: ("futex", 3), 63: ("read", -1), 64: ("write", -1), 207: ("read", -1), 206: ("write", -1),
        73: ("pointer", 2), 72: ("pointer", 4), 260: ("wait", -1), 95: ("wait", -1), 22: ("poll", 3),
    },
}  # fmt: skip


def blocked(pids: Iterable[int], inodes: set[int]) -> bool | None:
    """Whether every thread of every process waits without a timeout, and for nothing outside the program.

    `inodes` are the pipes and sockets of the program's channels; reading anything else that is not a pipe
    (a terminal, a socket) is a wait for the world outside. None where this system does not tell.
    """
    calls = _CALLS.get(platform.machine())
    if calls is None or not os.path.exists("/proc/self/syscall"):
        return None
    for pid in pids:
        try:
            threads = os.listdir(f"/proc/{pid}/task")
        except OSError:
            return False
        for thread in threads:
            answer = _thread_blocked(pid, thread, calls, inodes)
            if not answer:
                return answer
    return True


def _thread_blocked(
    pid: int, thread: str, calls: dict[int, tuple[str, int]], inodes: set[int]
) -> bool | None:
    try:
        with open(f"/proc/{pid}/task/{thread}/syscall", encoding="ascii") as file:
            said = file.read().split()
    except PermissionError:
        return None
    except OSError:
        # The thread has just ended: that was progress.
        return False
    if not said or said[0] == "running" or not said[0].isdigit():
        return False
    what, where = calls.get(int(said[0]), ("", -1))
    arguments = [int(word, 16) for word in said[1:7]]
    if what == "wait":
        return True
    if what in ("futex", "pointer"):
        return arguments[where] == 0
    if what == "poll":
        return arguments[where] & _FOREVER_32 == _FOREVER_32
    if what in ("read", "write"):
        return _is_ours(pid, arguments[0], inodes)
    return False


def _is_ours(pid: int, fd: int, inodes: set[int]) -> bool:
    try:
        target = os.readlink(f"/proc/{pid}/fd/{fd}")
    except OSError:
        return False
    kind, _, rest = target.partition(":[")
    if kind not in ("pipe", "socket") or fd == 0:
        return False
    return kind == "pipe" or int(rest.rstrip("]")) in inodes

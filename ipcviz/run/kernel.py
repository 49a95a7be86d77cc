"""Ask the kernel whether a process is blocked for good: every thread in a wait without a timeout (Linux)."""

from __future__ import annotations

import os
import platform
import signal
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


def alone_in_a_lock(pid: int) -> bool:
    """Whether a process with one thread waits, without a timeout, for a lock between threads (Linux).

    Nobody can let go of it: the lock is in the memory of this process, and no signal handler of its own
    could run (but that of SIGINT, which Python always has).
    """
    calls = _CALLS.get(platform.machine(), {})
    try:
        (thread,) = os.listdir(f"/proc/{pid}/task")
        with open(f"/proc/{pid}/task/{thread}/syscall", encoding="ascii") as file:
            number, *words = file.read().split()
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            (caught,) = [int(line.split()[1], 16) for line in file if line.startswith("SigCgt:")]
    except (OSError, ValueError):
        return False
    if not number.isdigit() or calls.get(int(number), ("", -1))[0] != "futex":
        return False
    operation, timeout = int(words[1], 16), int(words[3], 16)
    waits = operation & _FUTEX_COMMAND in (_FUTEX_WAIT, _FUTEX_WAIT_BITSET)
    handlers = caught & _ORDINARY_SIGNALS & ~(1 << signal.SIGINT - 1)
    return waits and bool(operation & _FUTEX_PRIVATE) and timeout == 0 and not handlers


_FUTEX_WAIT, _FUTEX_WAIT_BITSET = 0, 9
_FUTEX_COMMAND, _FUTEX_PRIVATE = 0x7F, 0x80
"""See linux/futex.h: a private one is not shared with another process."""
_ORDINARY_SIGNALS = (1 << 31) - 1
"""Beyond them are those that the C library keeps for itself."""


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

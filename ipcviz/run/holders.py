"""Who holds which end of a Pipe open: asked of the kernel, since only it counts the copies."""

from __future__ import annotations

import os
from collections.abc import Mapping


def holders(pids: Mapping[int, int], inodes: set[int]) -> dict[tuple[int, int], list[int]]:
    """(inode, role) to the keys of the processes that hold it; `pids` maps process keys to pids.

    A role is 0 for a descriptor that reads, 1 for one that writes, 2 for both (a duplex end). Linux only;
    elsewhere the answer is empty.
    """
    found: dict[tuple[int, int], list[int]] = {}
    for key, pid in pids.items():
        for end in _ends_of(pid, inodes):
            found.setdefault(end, []).append(key)
    return found


def _ends_of(pid: int, inodes: set[int]) -> set[tuple[int, int]]:
    folder = f"/proc/{pid}/fd"
    ends: set[tuple[int, int]] = set()
    try:
        names = os.listdir(folder)
    except OSError:
        return ends
    for name in names:
        try:
            target = os.readlink(f"{folder}/{name}")
        except OSError:
            continue
        kind, _, rest = target.partition(":[")
        if kind not in ("pipe", "socket") or not rest.endswith("]"):
            continue
        inode = int(rest[:-1])
        if inode in inodes:
            ends.add((inode, 2 if kind == "socket" else _role(pid, name)))
    return ends


def _role(pid: int, name: str) -> int:
    try:
        with open(f"/proc/{pid}/fdinfo/{name}", encoding="ascii") as file:
            for line in file:
                if line.startswith("flags:"):
                    return int(line.split()[1], 8) & os.O_ACCMODE
    except (OSError, ValueError):
        pass
    return 0

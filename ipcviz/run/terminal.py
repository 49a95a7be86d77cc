"""The program's own standard output and error, by way of two terminals so that it comes line by line."""

from __future__ import annotations

import codecs
import contextlib
import fcntl
import os
import pty
import struct
import termios
from collections.abc import Callable
from typing import Any

COLUMNS, LINES = 100, 30
"""What a program that asks for the size of its terminal is told."""


class Output:
    """Two pseudo-terminals: with plain pipes Python would keep a program's prints back until its end."""

    def __init__(self, add: Callable[[int, str], None]) -> None:
        self._add = add
        self._masters: dict[int, int] = {}
        """Descriptor to stream: 1 for standard output, 2 for standard error."""
        self._slaves: list[int] = []
        self._decoders: dict[int, codecs.IncrementalDecoder] = {}
        for stream in (1, 2):
            master, slave = pty.openpty()
            self._masters[master] = stream
            self._slaves.append(slave)
            self._decoders[master] = codecs.getincrementaldecoder("utf-8")("replace")
            os.set_blocking(master, False)
            mode = termios.tcgetattr(slave)
            mode[1] &= ~termios.ONLCR
            mode[3] &= ~termios.ECHO
            termios.tcsetattr(slave, termios.TCSANOW, mode)
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))

    def streams(self) -> dict[str, Any]:
        """Arguments for `subprocess.Popen`."""
        return {"stdout": self._slaves[0], "stderr": self._slaves[1]}

    def started(self) -> None:
        """The program has its ends; let go of ours."""
        for slave in self._slaves:
            os.close(slave)
        self._slaves.clear()

    def masters(self) -> list[int]:
        """Descriptors to wait on."""
        return list(self._masters)

    def read(self, fd: int) -> bool:
        """Take in what there is; False once the program's end is closed everywhere."""
        try:
            data = os.read(fd, 65_536)
        except BlockingIOError:
            return True
        except OSError:
            # EIO: the last holder of the other end is gone.
            data = b""
        text = self._decoders[fd].decode(data, final=not data)
        for start in range(0, len(text), 300):
            self._add(self._masters[fd], text[start : start + 300])
        return bool(data)

    def drain(self) -> None:
        """Take in what is left after the program's end."""
        for fd in self._masters:
            for _ in range(64):
                if not self.read(fd):
                    break
                with contextlib.suppress(OSError):
                    if not _readable(fd):
                        break

    def close(self) -> None:
        """Let go of everything."""
        for fd in self._masters:
            os.close(fd)
        self._masters.clear()


def _readable(fd: int) -> bool:
    import select

    return bool(select.select([fd], [], [], 0)[0])

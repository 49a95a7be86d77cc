"""The real app in a real terminal: a pty whose screen is read with pyte, and /proc to see who is left."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import pyte

import ipcviz

ROOT = Path(ipcviz.__file__).resolve().parent.parent
DEADLINE = 15.0
"""Seconds after which what was waited for will not come any more."""
MODES = (b"1049", b"1000", b"1002", b"1003", b"1006", b"1015", b"2004")
"""Alternate screen, the ways to report the mouse, bracketed paste: what has to be off in the end."""


class Found(NamedTuple):
    """A living process with our mark in its environment."""

    pid: int
    session: int
    """Its session; a program has one of its own, called after its main process."""
    command: tuple[str, ...]


class Terminal:
    """A terminal with one program in it, usually `python -m ipcviz …`."""

    def __init__(
        self, *words: str, size: tuple[int, int] = (120, 36), cwd: Path, code: str | None = None
    ) -> None:
        self.mark = f"IPCVIZ_TEST_MARK={uuid.uuid4().hex}"
        self.written = b""
        """Everything the app wrote."""
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = self.attributes()
        start = ["-c", code] if code is not None else ["-m", "ipcviz"]
        name, _, value = self.mark.partition("=")
        languages = ("IPCVIZ_LANG", "LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS", "LINES")
        env = {key: text for key, text in os.environ.items() if key not in languages}
        env |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT), name: value}
        self.app = subprocess.Popen(
            [sys.executable, *start, *words], stdin=self._slave, stdout=self._slave, stderr=self._slave,
            start_new_session=True, env=env, cwd=cwd,
        )  # fmt: skip

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.app.poll() is None:
            self.app.kill()
        self.app.wait(10)
        if error is not None:
            self._tidy_up()
        os.close(self._master)
        os.close(self._slave)

    def _tidy_up(self) -> None:
        """A test that failed leaves nothing behind either; the guard has its chance first."""
        deadline = time.monotonic() + 2
        while list(self.processes()) and time.monotonic() < deadline:
            time.sleep(0.02)
        for process in self.processes():
            with contextlib.suppress(OSError):
                os.kill(process.pid, signal.SIGKILL)
        for ledger in self.ledgers():
            ledger.unlink(missing_ok=True)

    # What is on it.

    def rows(self) -> list[str]:
        """The screen, row by row."""
        return list(self.screen.display)

    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.rows())

    def cells(self, y: int) -> list[str]:
        """One row cell by cell; the second cell of a wide character is an empty text."""
        return [self.screen.buffer[y][x].data for x in range(self.screen.columns)]

    def press(self, keys: str) -> None:
        """Type something."""
        os.write(self._master, keys.encode())

    def until(self, condition: Callable[[], object], what: str = "", seconds: float = DEADLINE) -> None:
        """Read what the app writes until this is so."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"never came about: {what}\n{self.text()}"
            self.read(0.02)
        self.read(0)

    def shows(self, *words: str) -> None:
        """Wait until all these words are on the screen."""
        self.until(lambda: all(word in self.text() for word in words), f"the screen shows {words}")

    def ends(self) -> int:
        """Wait until the app has ended; its exit code."""
        self.until(lambda: self.app.poll() is not None, "the app ends")
        while self.read(0):
            pass
        code: int = self.app.returncode
        return code

    def read(self, seconds: float) -> bool:
        """Take in what was written, waiting so long for the first of it; whether there was anything."""
        ready, _, _ = select.select([self._master], [], [], seconds)
        if not ready:
            return False
        data = os.read(self._master, 1 << 16)
        self.written += data
        self._stream.feed(data)
        return True

    # What is left of it.

    def attributes(self) -> list[Any]:
        """How the terminal treats what is typed and written."""
        return termios.tcgetattr(self._slave)

    def is_whole(self) -> None:
        """The app has taken back everything it did to the terminal."""
        assert self.attributes() == self.before
        for mode in MODES:
            on, off = (self.written.rfind(b"\x1b[?" + mode + end) for end in (b"h", b"l"))
            assert off > on or on == -1, f"mode {mode!r} is still on"
        assert self.written.rfind(b"\x1b[?1049l") > 0
        assert self.written.rfind(b"\x1b[?25h") > self.written.rfind(b"\x1b[?25l"), "the cursor is hidden"

    def processes(self) -> Iterator[Found]:
        """Every living process that was started from here, however far down."""
        mark = self.mark.encode()
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            with contextlib.suppress(OSError):
                if mark not in Path(f"/proc/{entry}/environ").read_bytes():
                    continue
                rest = Path(f"/proc/{entry}/stat").read_bytes().rpartition(b")")[2].split()
                command = Path(f"/proc/{entry}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
                if rest[0] not in (b"Z", b"X"):
                    words = tuple(word.decode(errors="replace") for word in command)
                    yield Found(int(entry), int(rest[3]), words)

    def programs(self) -> set[int]:
        """The sessions of the programs that run: neither the app nor a guard."""
        return {
            it.session for it in self.processes()
            if self.app.pid not in (it.pid, it.session)
            and not any(word.endswith("guard.py") for word in it.command)
        }  # fmt: skip

    def ledgers(self) -> list[Path]:
        """What its processes report into."""
        return list(Path(tempfile.gettempdir()).glob(f"ipcviz-{self.app.pid}-*"))

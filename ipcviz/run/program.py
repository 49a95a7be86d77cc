"""What to run, and how it is started: in an interpreter and a process group of its own, behind a guard."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from ipcviz.probe.core import ledger as books

_PACKAGE = Path(__file__).resolve().parent.parent
_ROOM = 1 << 28
"""Bytes that should be free where the ledger is made; less is taken only where there is no more."""


@dataclass(slots=True)
class Program:
    """What to run."""

    argv: list[str]
    """`["script.py", "a"]`, or `["-m", "module", "a"]`."""
    start_method: str | None = None
    """The default start method; None leaves Python's own."""
    python: str | None = None
    """The interpreter; None for the one that runs ipcviz."""
    options: tuple[str, ...] = ()
    """The interpreter's own options, like `-I`."""
    title: str = ""
    lesson: str | None = None
    env: dict[str, str] | None = field(default=None, repr=False)

    @property
    def isolated(self) -> bool:
        """Whether the interpreter looks for no `sitecustomize` in PYTHONPATH: -I, -E or -S was asked for."""
        words = iter(self.options)
        for word in words:
            if word in ("-X", "-W"):
                next(words, None)
            elif word.startswith("-") and not word.startswith(("--", "-X", "-W")) and set("IES") & set(word):
                return True
        return False


class StartError(Exception):
    """The program could not be started; one sentence."""


class Started:
    """A program that was started, and what leads to it."""

    def __init__(
        self, program: Program, *, stdin: int | None, streams: dict[str, Any], trace: str = ""
    ) -> None:
        self.ledger = make_ledger()
        self._trace = trace
        """Path of the trace that is to have the rest, should this process be killed."""
        self.bell, bell_w = Pipe(duplex=False)
        """The report Pipe: processes say on it that they have filled a chunk of the ledger; at its end nobody
        of the program is left."""
        control_r, self.control = os.pipe()
        """As long as this is open, the guard lets the program live."""
        self.status, status_w = os.pipe()
        """On which the guard tells of the main process."""
        for fd in (self.bell.fileno(), bell_w.fileno(), self.status):
            os.set_blocking(fd, False)
        try:
            self.guard = subprocess.Popen(
                self._command(program, control_r, status_w, bell_w),
                pass_fds=(control_r, status_w, bell_w.fileno()),
                start_new_session=True,
                stdin=stdin,
                env=_environment(program, self._probe(program, bell_w)),
                **streams,
            )
        except OSError as error:
            os.unlink(self.ledger)
            raise StartError(f"Cannot start {sys.executable}: {error.strerror}.") from error
        finally:
            bell_w.close()
            os.close(control_r)
            os.close(status_w)

    def _probe(self, program: Program, bell: Connection) -> str:
        return f"{bell.fileno()}:{program.start_method or ''}:{self.ledger}"

    def _command(self, program: Program, control: int, status: int, bell: Connection) -> list[str]:
        command = [sys.executable, "-I", "-S", str(_PACKAGE / "run" / "guard.py")]
        command += [str(control), str(status), str(bell.fileno()), self.ledger, self._trace, "--"]
        command += [program.python or sys.executable, *program.options]
        if program.isolated:
            command += [str(_PACKAGE / "probe" / "start" / "launch.py"), self._probe(program, bell)]
        return [*command, *program.argv]

    def end(self) -> None:
        """Have the guard end every process of the program, and wait for that."""
        with contextlib.suppress(OSError):
            # Goodbye; without it the guard thinks that we were killed.
            os.write(self.control, b"g")
        os.close(self.control)
        try:
            self.guard.wait(3)
        except subprocess.TimeoutExpired:
            self.guard.kill()
            self.guard.wait(1)

    def close(self) -> None:
        """Let go of everything; the ledger is gone afterwards."""
        self.bell.close()
        os.close(self.status)
        with contextlib.suppress(OSError):
            os.unlink(self.ledger)


def make_ledger() -> str:
    """The path of a new ledger, on a disk rather than in memory: it may have to hold a lot.

    Raises:
        StartError: it can be made nowhere.
    """
    places = dict.fromkeys((tempfile.gettempdir(), "/var/tmp", "/dev/shm"))
    roomy = [place for place in places if _free(place) >= _ROOM]
    why = "no folder for it"
    for place in (*roomy, *places):
        path = os.path.join(place, f"ipcviz-{os.getpid()}-{os.urandom(6).hex()}")
        try:
            books.create(path)
        except (OSError, ValueError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
        else:
            return path
    raise StartError(
        f"Cannot make the file that processes report into, in {', '.join(places)}: {why};"
        " make room in one of them, or name another in TMPDIR."
    )


def _free(place: str) -> int:
    try:
        said = os.statvfs(place)
    except OSError:
        return 0
    return said.f_bavail * said.f_frsize


def _environment(program: Program, probe: str) -> dict[str, str]:
    env = dict(os.environ if program.env is None else program.env)
    if program.isolated:
        return env
    before = env.get("PYTHONPATH")
    start = str(_PACKAGE / "probe" / "start")
    if before is not None:
        env["IPCVIZ_PYTHONPATH"] = before
    env["PYTHONPATH"] = start + (os.pathsep + before if before else "")
    env["IPCVIZ_PROBE"] = probe
    return env

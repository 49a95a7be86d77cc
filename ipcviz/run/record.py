"""Run a program without a screen and write what happens into a trace; its own streams pass through."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from ipcviz.log.trace import Header, TraceWriter
from ipcviz.run.session import Program, Session

LINGER = 2.0
"""Seconds that processes may outlive the main process before the recording ends them."""
_LOOK = 0.2
_NAMED = 3
"""Processes that were not watched which are named."""


def header_for(program: Program) -> Header:
    """What a trace of this program says of itself."""
    return Header(
        argv=list(program.argv),
        title=program.title or " ".join(program.argv),
        lesson=program.lesson,
        python=".".join(map(str, sys.version_info[:3])),
        start_method=program.start_method or _default_method(),
        recorded=datetime.now(timezone.utc).isoformat(timespec="seconds"),
    )


def _default_method() -> str:
    import multiprocessing

    return multiprocessing.get_start_method(allow_none=True) or multiprocessing.get_all_start_methods()[0]


def record(
    program: Program,
    path: Path,
    *,
    timeout: float | None = None,
    overwrite: bool = False,
    complain: Callable[[str], None] = lambda _: None,
) -> int:
    """Run `program`, write the trace to `path`, return the exit code a shell would give the program.

    When the trace cannot be written any further (a full disk), `complain` is told so at once, in one
    sentence; the program goes on, and the exit code is its own or, if that is 0, 1. At the end it is told
    which processes were not watched, if there were any.

    Raises:
        OSError: the trace cannot be made; the program was not started.
        StartError: the interpreter cannot be started.
    """
    broken: list[OSError] = []

    def tell(error: OSError) -> None:
        broken.append(error)
        complain(
            f"The trace {str(path)!r} ends here ({error.strerror or error}); what came before is readable,"
            " and the program goes on."
        )

    with TraceWriter.create(path, header_for(program), overwrite=overwrite) as writer:
        session = Session.start(program, capture=False, trace=writer, complain=tell)
        try:
            with _signals_to(session) as interrupted:
                _wait(session, timeout, interrupted)
        finally:
            session.end("the recording was ended")
    if session.unwatched.names:
        complain(_unwatched(session))
    code = _exit_code(session, interrupted)
    return 1 if broken and code == 0 else code


def _unwatched(session: Session) -> str:
    names = list(session.unwatched.names.items())
    said = ", ".join(f"{what} (pid {pid})" for pid, what in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    # The main process may have become another program.
    child = "" if session.pid in session.unwatched.names else "child "
    are = "process was" if len(names) == 1 else "processes were"
    return f"{len(names)} {child}{are} not watched: {said}{more}."


def _exit_code(session: Session, interrupted: list[int]) -> int:
    code = session.exitcode
    if code is None:
        return 128 + (interrupted[-1] if interrupted else signal.SIGKILL)
    return code if code >= 0 else 128 - code


def _wait(session: Session, timeout: float | None, interrupted: list[int]) -> None:
    """Until the program is over, or is to be ended."""
    began = time.monotonic()
    while not session.wait(_LOOK):
        now = time.monotonic()
        if timeout is not None and now - began > timeout:
            session.end(f"ended by --timeout after {timeout:g} s", "killed")
            timeout = None
        elif signal.SIGTERM in interrupted or signal.SIGHUP in interrupted:
            session.end("the recording was ended by a signal")
        elif session.main_over.is_set() and session.outlived() > LINGER:
            session.end(f"processes that outlived the main process by {LINGER:g} s were ended", "")


@contextlib.contextmanager
def _signals_to(session: Session) -> Iterator[list[int]]:
    """Hand on what the terminal sends: the program runs in a session of its own."""
    received: list[int] = []

    def hand_on(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        if number == signal.SIGINT:
            session.interrupt(number)

    before = {
        number: signal.signal(number, hand_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

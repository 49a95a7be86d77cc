"""Run a program without a screen and write what happens into a trace; its own streams pass through."""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from types import FrameType

from ipcviz.session import Program, Session
from ipcviz.trace import Header, TraceWriter

LINGER = 2.0
"""Seconds that processes may outlive the main process before the recording ends them."""
_LOOK = 0.05


class RecordError(Exception):
    """The trace could not be written to its end; one sentence."""


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
    program: Program, path: Path, *, timeout: float | None = None, overwrite: bool = False
) -> int:
    """Run `program`, write the trace to `path`, return the exit code a shell would give the program.

    Raises:
        OSError: the trace cannot be made; the program was not started.
        StartError: the interpreter cannot be started.
        RecordError: the trace could not be written to its end (a full disk); the program ran to its own end.
    """
    with TraceWriter(path, header_for(program), overwrite=overwrite) as writer:
        session = Session.start(program, capture=False)
        try:
            with _signals_to(session) as interrupted:
                trouble = _copy(session, writer, timeout, interrupted)
        finally:
            session.end("the recording was ended")
    if trouble is not None:
        raise RecordError(
            f"The trace {str(path)!r} ends early ({trouble.strerror or trouble});"
            " what came before is readable."
        )
    if interrupted and session.exitcode is None:
        return 128 + interrupted[-1]
    code = session.exitcode
    if code is None:
        return 128 + signal.SIGKILL
    return code if code >= 0 else 128 - code


def _copy(
    session: Session, writer: TraceWriter, timeout: float | None, interrupted: list[int]
) -> OSError | None:
    """Copy the log into the trace until the program is over; the first error ends the copying only."""
    began = time.monotonic()
    cursor = 0
    trouble: OSError | None = None
    while True:
        session.log.wait(cursor, _LOOK)
        over = session.log.closed
        records = session.log.raw(cursor)
        cursor += len(records)
        if records and trouble is None:
            try:
                writer.write(records)
            except OSError as error:
                trouble = error
        if over and cursor >= len(session.log):
            return trouble
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
        number: signal.signal(number, hand_on)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield received
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

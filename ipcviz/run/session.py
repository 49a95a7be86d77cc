"""A running program: drain what it reports into a trace, follow that into the log, hold it, end all of it."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

from ipcviz.log import codec, events, slots, table
from ipcviz.log.log import Log
from ipcviz.log.trace import Header, TraceReader, TraceWriter
from ipcviz.probe.core import ledger as books
from ipcviz.run.drain import Drain
from ipcviz.run.holders import holders
from ipcviz.run.kernel import blocked
from ipcviz.run.naming import KINDS as _NAMED
from ipcviz.run.naming import Naming
from ipcviz.run.program import Program, Started, StartError
from ipcviz.run.stuck import QUIET, Watch
from ipcviz.run.terminal import Output
from ipcviz.run.unwatched import Unwatched

__all__ = ["Program", "Session", "StartError"]

TICK = 0.025
"""Seconds between two looks at a program that is watched live; what happened is in the log within two."""
SELDOM = 0.05
"""The same while it is only recorded: each look costs a busy program more than the looking, since the
scheduler moves its processes about."""
_LOOK_AROUND = 0.1
"""Seconds between two looks for the dead, for holders of Pipes, for a standstill."""
_AT_A_TIME = 0.03
"""Seconds for which the log follows the trace before there is another look at the program."""
_ENDS = frozenset((table.PROCESS_ENDED.number, table.PROCESS_EXITED.number))
_NOTED = _NAMED | _ENDS | {table.UNWATCHED_STARTED.number}


class Session:
    """One run of one program."""

    def __init__(
        self, program: Program, *, capture: bool, trace: TraceWriter | None = None,
        complain: Callable[[OSError], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self.program = program
        self.log = Log()
        """What has been followed of the trace: all of it live, little while the program is only recorded."""
        self.exitcode: int | None = None
        """Of the main process, as `Process.exitcode` has it; None while it runs."""
        self.main_over = threading.Event()
        """The main process has ended; others may still run."""
        self.over = threading.Event()
        """Every process is gone and the log is closed."""
        self._live = trace is None
        self._watch = Watch(self.log)
        self._naming = Naming()
        self._ending = threading.Event()
        self._closing = threading.Lock()
        """Around the wake-up descriptor: its number must not be written to once it means another file."""
        self._why = ""
        self._outcome = ""
        self._held_since = 0
        self._main_ended_at = 0.0
        self._dead: set[int] = set()
        self._unwatched = 0
        self.unwatched = Unwatched()
        """Processes of the program that are not watched, as far as they can be told one from the other."""
        self._holders: dict[tuple[int, int], str] = {}
        self._own: list[tuple[int, bytes]] = []
        """Process keys and records of the session's own that are not written yet."""
        self._pid = 0
        self._bell_silent = False
        self._busy_at = time.monotonic()
        """When something was last taken out."""
        self._newest = 0
        self._complain = complain
        self._trace_ended = False
        self._trace, file = (trace, trace.file) if trace else _unnamed_trace()
        self._reader = TraceReader("", os.dup(file.fileno()))
        self._wake_r, self._wake_w = os.pipe()
        self._output = Output(self._add_output) if capture else None
        self._start(capture)
        self._drain = Drain(self._started.ledger)
        self._add(table.PROGRAM_STARTED, pid=0)
        self._thread = threading.Thread(target=self._run, name="ipcviz-drain", daemon=True)
        self._thread.start()

    @classmethod
    def start(
        cls, program: Program, *, capture: bool = True, trace: TraceWriter | None = None,
        complain: Callable[[OSError], None] = lambda _: None,
    ) -> Session:  # fmt: skip
        """Start a program; with `capture` its output goes into the log, else to our own streams.

        With a `trace` everything goes there, and into the log only where it is needed to judge whether the
        program stands still. When the trace cannot be written any further, `complain` is called once.

        Raises:
            StartError: the interpreter cannot be started.
        """
        return cls(program, capture=capture, trace=trace, complain=complain)

    @property
    def alive(self) -> bool:
        """Some process of the program may still run."""
        return not self.over.is_set()

    @property
    def pid(self) -> int:
        """Of the main process; 0 before it has started."""
        return self._pid

    @property
    def behind(self) -> float:
        """Seconds of the program that were reported and are not in the log yet."""
        length = len(self.log)
        return max(0, self._newest - self.log.time(length - 1)) / 1e9 if length else 0.0

    def hold(self, on: bool) -> None:
        """Have every process stop before its next operation, or let them go on."""
        if self.over.is_set():
            return
        with contextlib.suppress(ValueError):
            words = self._drain.words
            if on and not self._held_since:
                self._held_since = time.monotonic_ns()
                words[books.W_HOLD] = 1
            elif not on and self._held_since:
                # The time first: a `get(timeout=…)` that runs out now must see it.
                words[books.W_HELD] += time.monotonic_ns() - self._held_since
                words[books.W_HOLD] = 0
                self._held_since = 0

    def end(self, why: str = "", outcome: str = "interrupted") -> None:
        """End every process of the program; returns when they are gone."""
        if not self.over.is_set():
            if not self._ending.is_set():
                self._why, self._outcome = why, outcome
            self._ending.set()
            with self._closing:
                # Until then the descriptor is ours; its reader may be gone already.
                if not self.over.is_set():
                    with contextlib.suppress(OSError):
                        os.write(self._wake_w, b"x")
        self.over.wait(5)

    def send_signal(self, pid: int, number: int) -> bool:
        """Send a signal to one process of the program; False when it is none of them, or no more."""
        if self.over.is_set() or pid not in list(self._drain.pids.values()) or _is_gone(pid):
            return False
        try:
            os.kill(pid, number)
        except (OSError, ValueError, OverflowError):
            return False
        return True

    def interrupt(self, number: int) -> None:
        """Send a signal to the program's whole group, as a terminal does."""
        if self._pid and not self.over.is_set():
            with contextlib.suppress(OSError):
                os.killpg(self._pid, number)

    def outlived(self) -> float:
        """Seconds since the main process ended."""
        return time.monotonic() - self._main_ended_at if self.main_over.is_set() else 0.0

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until every process is gone; whether they are."""
        return self.over.wait(timeout)

    def _start(self, capture: bool) -> None:
        streams = self._output.streams() if self._output else {}
        try:
            self._started = Started(
                self.program, stdin=subprocess.DEVNULL if capture else None, streams=streams,
                trace="" if self._live else self._trace.path,
            )  # fmt: skip
        finally:
            if self._output:
                self._output.started()

    # --- the loop -------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._run_until_over()
        except Exception as error:
            # A mistake of ours must not leave a program running that nobody sees.
            self._why, self._outcome = f"ipcviz failed while reading: {error!r}", "interrupted"
            raise
        finally:
            try:
                self._clean_up()
            finally:
                self.log.close()
                with self._closing:
                    self.main_over.set()
                    self.over.set()
                    os.close(self._wake_w)

    def _run_until_over(self) -> None:
        outputs = self._output.masters() if self._output else []
        status, bell = self._started.status, self._started.bell.fileno()
        look_again = 0.0
        left = False
        while not self._ending.is_set():
            watched = [self._wake_r, status, *outputs]
            if self._live and not self._bell_silent:
                watched.append(bell)
            ready, _, _ = select.select(watched, [], [], 0 if left else TICK if self._live else SELDOM)
            for fd in ready:
                if fd == status:
                    self._read_status()
                elif fd in outputs and self._output and not self._output.read(fd):
                    outputs.remove(fd)
            self._hear_the_bell()
            self._take()
            left = self._live and self._follow(_AT_A_TIME)
            now = time.monotonic()
            if now >= look_again:
                look_again = now + _LOOK_AROUND
                self._look_for_the_dead()
                self._look_for_holders()
                self._look_for_what_is_unseen()
                self._look_whether_stuck()
            # A process that is not Python may keep the terminal open; it is not waited for long.
            quiet = not outputs or now > self._main_ended_at + 1.0
            if self.main_over.is_set() and self._bell_silent and quiet:
                return

    def _hear_the_bell(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while (said := os.read(self._started.bell.fileno(), 65_536)) and len(said) == 65_536:
                pass
            self._bell_silent = not said

    def _read_status(self) -> None:
        try:
            said = os.read(self._started.status, 4096).decode("utf-8", "replace")
        except BlockingIOError:
            return
        if not said:
            # The guard itself is gone: nobody else will end the program.
            self._guard_lost()
            return
        for line in said.splitlines():
            word, _, rest = line.partition(" ")
            if word == "pid":
                self._pid = int(rest)
            elif word == "error":
                self._why, self._outcome = rest, "failed"
            elif word == "exit":
                self.exitcode = int(rest)
                self._main_ended_at = time.monotonic()
                self.main_over.set()

    def _guard_lost(self) -> None:
        if self._pid:
            with contextlib.suppress(OSError):
                os.killpg(self._pid, 9)
        if not self._ending.is_set():
            self._why, self._outcome = "the guard process was killed", "killed"
        self._ending.set()

    # --- what is written ------------------------------------------------------------------------

    def _take(self) -> None:
        """Take out what there is, and write it into the trace."""
        begun = time.monotonic_ns()
        wrote = False
        for process, data in self._drain.take():
            self._write(process, data)
            wrote = True
        if wrote:
            self._busy_at = begun / 1e9
        if self._write_own() or wrote or self._newest > self._marked:
            self._mark(self._drain.up_to(begun))

    _marked = 0
    """The moment up to which the trace says that it is complete."""

    def _write(self, process: int, data: bytes) -> None:
        for record in codec.pick(data, _NOTED):
            self._note(process, record)
        self._newest = max(self._newest, codec.newest_time(data))
        self._to_trace(self._trace.slots, process, data)

    def _note(self, process: int, record: bytes) -> None:
        number = codec.row_number(record)
        if number in _NAMED:
            name = self._naming.notice(process, record)
            if name:
                self._own.append((events.SESSION, name))
        elif number == table.PROCESS_ENDED.number:
            self._dead.add(process)
        else:
            fact = codec.decode(process, record, {})
            if isinstance(fact, events.ProcessExited):
                self._dead.add(fact.child)
            elif isinstance(fact, events.UnwatchedStarted):
                self.unwatched.told(fact)

    def _write_own(self) -> bool:
        own, self._own = self._own, []
        for process, record in own:
            self._newest = max(self._newest, codec.time_of(record))
            self._to_trace(self._trace.slots, process, record)
        return bool(own)

    def _mark(self, moment: int) -> None:
        self._marked = moment
        self._to_trace(self._trace.mark, moment)

    def _to_trace(self, write: Callable[..., None], *what: Any) -> None:
        if self._trace_ended:
            return
        try:
            write(*what)
        except OSError as error:
            # Whatever follows a block that was cut off could not be read.
            self._trace_ended = True
            self._complain(error)

    def _add(self, row: table.Row, /, *, process: int = events.SESSION, **fields: Any) -> None:
        """A word of the session's own."""
        self._own.append((process, codec.encode(row, time.monotonic_ns(), **fields)))

    def _add_output(self, stream: int, text: str) -> None:
        self._add(table.OUTPUT_WRITTEN, stream=stream, text=text)

    def _follow(self, seconds: float) -> bool:
        """Have the log follow the trace for so long at most; whether there is more."""
        until = time.monotonic() + seconds
        for piece in self._reader.pieces():
            self.log.extend(piece)
            if time.monotonic() > until:
                return True
        return False

    # --- looking around -------------------------------------------------------------------------

    def _look_for_holders(self) -> None:
        """Say who holds which end of a Pipe open, each time that changes."""
        if not self._naming.pipe_ends:
            return
        now = {
            end: ",".join(map(str, keys))
            for end, keys in holders(self._drain.pids, self._naming.pipe_ends).items()
        }
        for (inode, role), keys in {**dict.fromkeys(self._holders, ""), **now}.items():
            if self._holders.get((inode, role)) != keys:
                self._add(table.HOLDERS_SEEN, channel=inode, role=role, holders=keys)
        self._holders = now

    def _look_for_what_is_unseen(self, *, last: bool = False) -> None:
        """Say when there are more processes than can be told apart, and what a full disk has cost."""
        count = int(self._drain.words[books.W_UNWATCHED])
        if count != self._unwatched:
            self._unwatched = count
            self._add(table.UNWATCHED_SEEN, how_many=count)
        if not count and not self._drain.words[books.W_REFUSED]:
            for pid, what, why in self.unwatched.look(
                self._started.guard.pid, self._drain.words, last=last
            ):
                self._add(table.UNWATCHED_STARTED, pid=pid, withdrawn=False, what=what, why=why)
        self._drain.look_for_losses()
        for key, lost in self._drain.lost.items():
            self._add(table.EVENTS_LOST, whose=key, how_many=lost)
        self._drain.lost.clear()

    def _look_whether_stuck(self) -> None:
        """Say so when no process can go on; a program that is held is none."""
        if self._held_since or not (self._live or self._may_be_stuck()):
            return
        found = self._watch.look()
        if found is None:
            for key in self._watch.alone_in_locks():
                self._add(table.THREAD_LOCK_SEEN, waiter=key)
            return
        judged, certain = found
        chain = ",".join(map(str, judged.chain))
        self._add(
            table.STUCK_SEEN, certain=certain, in_circle=bool(judged.cycle), why=judged.sentence[:500],
            chain=chain,
        )  # fmt: skip

    def _may_be_stuck(self) -> bool:
        """For a program that is only recorded: whether its trace was looked into to its end.

        That is done when it is silent and its main process is blocked, not before.
        """
        if time.monotonic() - self._busy_at < QUIET:
            return False
        pids = [] if self.main_over.is_set() else [self._pid]
        if not self._pid or blocked(pids, self._naming.pipe_ends) is False:
            return False
        return not self._follow(_LOOK_AROUND)

    def _look_for_the_dead(self) -> None:
        """A process that was killed says nothing, and its parent may not ask: look for ourselves."""
        for key, pid in list(self._drain.pids.items()):
            if _is_gone(pid):
                self._bury(key)

    def _bury(self, key: int) -> None:
        for process, data in self._drain.end(key):
            self._write(process, data)
        if key not in self._dead:
            self._dead.add(key)
            self._add(table.PROCESS_ENDED, process=key)

    # --- ending ---------------------------------------------------------------------------------

    def _clean_up(self) -> None:
        self._started.end()
        with contextlib.suppress(OSError, ValueError):
            if self.exitcode is None:
                self._read_status()
            if self._output:
                self._output.drain()
            self._take()
            # What a process says of its own end is enough; those that were killed end with the program.
            for key in list(self._drain.processes):
                for process, data in self._drain.end(key):
                    self._write(process, data)
            self._look_for_what_is_unseen(last=True)
        self._write_own()
        self._add_last_word()
        self._write_own()
        self._mark(slots.LARGEST)
        if self._live:
            self._follow(3_600)
        self.log.close()
        self._drain.close()
        self._reader.close()
        self._started.close()
        os.close(self._wake_r)
        if self._output:
            self._output.close()
        if self._live:
            self._trace.close()

    def _add_last_word(self) -> None:
        code = self.exitcode
        outcome, why = self._outcome, self._why
        if not outcome or (outcome == "interrupted" and self.main_over.is_set()):
            outcome = "killed" if code is None or code < 0 else "failed" if code else "finished"
        self._add(table.PROGRAM_ENDED, exitcode=code if code is not None else -9, outcome=outcome, why=why)


def _unnamed_trace() -> tuple[TraceWriter, BinaryIO]:
    """Where a program that is watched live is written down: a file that is gone with its descriptor.

    Raises:
        StartError: there is no place for it.
    """
    try:
        file: BinaryIO = tempfile.TemporaryFile(prefix="ipcviz-live-", buffering=0)  # noqa: SIM115
        return TraceWriter(file, Header()), file
    except OSError as error:
        raise StartError(
            f"Cannot write into {tempfile.gettempdir()}: {error.strerror}; make room there, or name another"
            " folder in TMPDIR."
        ) from error


def _is_gone(pid: int) -> bool:
    """Dead, or a zombie that nobody has asked for yet."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0] in (b"Z", b"X")
    except FileNotFoundError:
        if os.path.exists("/proc/self/stat"):
            return True
    except OSError:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False

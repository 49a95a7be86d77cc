"""A running program: start it, drain what it reports into the log, hold it, end all of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Protocol

from ipcviz.log import events
from ipcviz.log.log import Log
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import wire
from ipcviz.run.drain import Collector
from ipcviz.run.holders import holders
from ipcviz.run.stuck import Watch
from ipcviz.run.terminal import Output
from ipcviz.tell.source import assigned_name

_PIPE_SIZE = 1 << 20
_PACKAGE = Path(__file__).resolve().parent.parent
_LOOK_FOR_THE_DEAD = 0.1


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


class Sink(Protocol):
    """Where a recording goes, past the log."""

    def raw(self, messages: bytes) -> None:
        """Whole messages as they came from the report Pipe."""

    def own(self, process: int, record: bytes) -> None:
        """A record of the session's own."""


class Session:
    """One run of one program."""

    def __init__(self, program: Program, *, capture: bool, sink: Sink | None = None) -> None:
        self.program = program
        self.log = Log()
        self._watch = Watch(self.log)
        self.exitcode: int | None = None
        """Of the main process, as `Process.exitcode` has it; None while it runs."""
        self.main_over = threading.Event()
        """The main process has ended; others may still run."""
        self.over = threading.Event()
        """Every process is gone and the log is closed."""
        self._ending = threading.Event()
        self._closing = threading.Lock()
        """Around the wake-up descriptor: its number must not be written to once it means another file."""
        self._why = ""
        self._outcome = ""
        self._held_since = 0
        self._main_ended_at = 0.0
        self._dead: set[int] = set()
        self._unwatched = 0
        self._pipe_ends: set[int] = set()
        self._holders: dict[tuple[int, int], str] = {}
        self._sites: events.Sites = {}
        self._output = Output(self._add_output) if capture else None
        self._launch(capture)
        self._sink = sink
        self._collector = Collector(self._report.fileno(), self._ledger, sink.raw if sink else None)
        self._add(events.SESSION, events.encode(wire.PROGRAM_STARTED, time.monotonic_ns()))
        self._thread = threading.Thread(target=self._drain, name="ipcviz-drain", daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, program: Program, *, capture: bool = True, sink: Sink | None = None) -> Session:
        """Start a program; with `capture` its output goes into the log, else to our own streams.

        With a `sink` everything goes there at once, and into the log when the program is quiet.

        Raises:
            StartError: the interpreter cannot be started.
        """
        return cls(program, capture=capture, sink=sink)

    @property
    def alive(self) -> bool:
        """Some process of the program may still run."""
        return not self.over.is_set()

    def hold(self, on: bool) -> None:
        """Have every process stop before its next operation, or let them go on."""
        if self.over.is_set():
            return
        with contextlib.suppress(ValueError):
            words = self._collector.words
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
        if self.over.is_set() or pid not in list(self._collector.pids.values()) or _is_gone(pid):
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

    def _add(self, process: int, record: bytes) -> None:
        """A word of the session's own, to be put in order with the others."""
        self._collector.add(process, record)
        if self._sink:
            self._sink.own(process, record)

    def _append(self, record: bytes) -> None:
        """A word of the session's own, behind everything else."""
        self.log.append(events.SESSION, record)
        if self._sink:
            self._sink.own(events.SESSION, record)

    # --- starting -------------------------------------------------------------------------------

    def _launch(self, capture: bool) -> None:
        self._pid = 0
        folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else tempfile.gettempdir()
        self._ledger = os.path.join(folder, f"ipcviz-{os.getpid()}-{os.urandom(6).hex()}")
        books.create(self._ledger)
        self._report, report_w = Pipe(duplex=False)
        control_r, self._control = os.pipe()
        self._status, status_w = os.pipe()
        self._wake_r, self._wake_w = os.pipe()
        os.set_blocking(self._report.fileno(), False)
        os.set_blocking(report_w.fileno(), False)
        os.set_blocking(self._status, False)
        with contextlib.suppress(OSError, AttributeError):
            # Linux: room for a reader that pauses for a quarter of a second.
            fcntl.fcntl(report_w.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        passed = (control_r, status_w, report_w.fileno())
        streams = self._output.streams() if self._output else {}
        command = [sys.executable, "-I", "-S", str(_PACKAGE / "run" / "guard.py")]
        command += [*map(str, passed), self._ledger, "--", self.program.python or sys.executable]
        command += self.program.options
        probe = f"{report_w.fileno()}:{self.program.start_method or ''}:{self._ledger}"
        if self.program.isolated:
            command += [str(_PACKAGE / "probe" / "start" / "launch.py"), probe]
        try:
            self._guard = subprocess.Popen(
                [*command, *self.program.argv],
                pass_fds=passed,
                start_new_session=True,
                stdin=subprocess.DEVNULL if capture else None,
                env=self._environment(probe),
                **streams,
            )
        except OSError as error:
            os.unlink(self._ledger)
            raise StartError(f"Cannot start {sys.executable}: {error.strerror}.") from error
        finally:
            report_w.close()
            os.close(control_r)
            os.close(status_w)
            if self._output:
                self._output.started()

    def _environment(self, probe: str) -> dict[str, str]:
        env = dict(os.environ if self.program.env is None else self.program.env)
        if self.program.isolated:
            return env
        before = env.get("PYTHONPATH")
        start = str(_PACKAGE / "probe" / "start")
        if before is not None:
            env["IPCVIZ_PYTHONPATH"] = before
        env["PYTHONPATH"] = start + (os.pathsep + before if before else "")
        env["IPCVIZ_PROBE"] = probe
        return env

    # --- draining -------------------------------------------------------------------------------

    def _drain(self) -> None:
        try:
            self._drain_until_over()
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

    def _drain_until_over(self) -> None:
        collector = self._collector
        outputs = self._output.masters() if self._output else []
        look_again = 0.0
        while not self._ending.is_set():
            watched = [self._wake_r, self._status, *outputs]
            ready, _, _ = select.select(watched, [], [], collector.pause)
            for fd in ready:
                if fd == self._status:
                    self._read_status()
                elif fd in outputs and self._output and not self._output.read(fd):
                    outputs.remove(fd)
            self._extend(collector.tick())
            now = time.monotonic()
            if now >= look_again:
                look_again = now + _LOOK_FOR_THE_DEAD
                self._look_for_the_dead()
                self._look_for_holders()
                self._look_for_unwatched()
                self._look_whether_stuck()
            # A process that is not Python may keep the terminal open; it is not waited for long.
            quiet = not outputs or now > self._main_ended_at + 1.0
            if self.main_over.is_set() and collector.eof and quiet:
                return

    def _read_status(self) -> None:
        try:
            said = os.read(self._status, 4096).decode("utf-8", "replace")
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

    def _extend(self, records: list[tuple[int, bytes]]) -> None:
        if not records:
            return
        named = []
        for position in [n for n, pair in enumerate(records) if pair[1][2] in _NOTED]:
            process, record = records[position]
            kind = record[2]
            if kind == wire.SITE_NAMED:
                fact = events.decode(process, record, self._sites)
                assert isinstance(fact, events.SiteNamed)
                self._sites[process, fact.number] = events.Site(fact.file, fact.line, fact.function)
            elif kind in _NAMED:
                named.append((position + 1, process, record))
            else:
                self._dead.add(process if kind == wire.PROCESS_ENDED else _object(record))
        for position, process, record in reversed(named):
            name = self._name_of(process, record)
            if name:
                records.insert(position, (events.SESSION, name))
                if self._sink:
                    self._sink.own(events.SESSION, name)
        self.log.extend(records)

    def _name_of(self, process: int, record: bytes) -> bytes | None:
        fact = events.decode(process, record, self._sites)
        if isinstance(fact, events.ChannelMade) and fact.kind == "Pipe":
            self._pipe_ends |= {fact.channel, fact.other or fact.channel}
        if not isinstance(fact, _Made) or fact.site is None:
            return None
        name = assigned_name(fact.site.file, fact.site.line, fact.kind)
        if name is None:
            return None
        return events.encode(wire.OBJECT_NAMED, fact.time, obj=_object(record), text=name)

    def _look_for_holders(self) -> None:
        """Say who holds which end of a Pipe open, each time that changes."""
        if not self._pipe_ends:
            return
        now = {
            end: ",".join(map(str, keys))
            for end, keys in holders(self._collector.pids, self._pipe_ends).items()
        }
        for (inode, role), keys in {**dict.fromkeys(self._holders, ""), **now}.items():
            if self._holders.get((inode, role)) != keys:
                record = events.encode(
                    wire.HOLDERS_SEEN, time.monotonic_ns(), obj=inode, number=role, text=keys
                )
                self._add(events.SESSION, record)
        self._holders = now

    def _look_for_unwatched(self) -> None:
        """Say when there are more processes than can be told apart."""
        count = self._collector.words[books.W_UNWATCHED]
        if count != self._unwatched:
            self._unwatched = count
            record = events.encode(wire.UNWATCHED_SEEN, time.monotonic_ns(), number=count)
            self._add(events.SESSION, record)

    def _look_whether_stuck(self) -> None:
        """Say so when no process can go on; a program that is held is none."""
        if self._held_since:
            return
        found = self._watch.look()
        if found is None:
            for key in self._watch.alone_in_locks():
                self._append(events.encode(wire.THREAD_LOCK_SEEN, time.monotonic_ns(), obj=key))
            return
        judged, certain = found
        keys = ",".join(map(str, judged.chain))
        record = events.encode(
            wire.STUCK_SEEN, time.monotonic_ns(), number=int(bool(judged.cycle)), extra=int(certain),
            text=f"{judged.sentence[:500]}{wire.SEPARATOR}{keys}",
        )  # fmt: skip
        self._append(record)
        self._watch.heard()

    def _look_for_the_dead(self) -> None:
        """A process that was killed says nothing, and its parent may not ask: look for ourselves."""
        for key, pid in list(self._collector.pids.items()):
            if _is_gone(pid):
                self._extend(self._collector.tick())
                self._collector.retire(key)
                if key not in self._dead and not self._collector.holds(key, wire.PROCESS_ENDED):
                    self._dead.add(key)
                    self._add(key, events.encode(wire.PROCESS_ENDED, time.monotonic_ns()))

    def _add_output(self, stream: int, text: str) -> None:
        record = events.encode(wire.OUTPUT_WRITTEN, time.monotonic_ns(), extra=stream, text=text)
        self._add(events.SESSION, record)

    # --- ending ---------------------------------------------------------------------------------

    def _clean_up(self) -> None:
        os.close(self._control)
        try:
            self._guard.wait(3)
        except subprocess.TimeoutExpired:
            self._guard.kill()
            self._guard.wait(1)
        with contextlib.suppress(OSError, ValueError):
            self._read_last_status()
            if self._output:
                self._output.drain()
            self._look_for_unwatched()
            self._extend(self._collector.finish(_NOTED))
        self._append(self._last_record())
        self.log.close()
        self._collector.close()
        self._report.close()
        for fd in (self._status, self._wake_r):
            os.close(fd)
        if self._output:
            self._output.close()
        with contextlib.suppress(OSError):
            os.unlink(self._ledger)

    def _read_last_status(self) -> None:
        if self.exitcode is None:
            self._read_status()

    def _last_record(self) -> bytes:
        code = self.exitcode
        outcome, why = self._outcome, self._why
        if not outcome or (outcome == "interrupted" and self.main_over.is_set()):
            outcome = "killed" if code is None or code < 0 else "failed" if code else "finished"
        text = f"{outcome}{wire.SEPARATOR}{why}"
        extra = code if code is not None else -9
        return events.encode(wire.PROGRAM_ENDED, time.monotonic_ns(), extra=extra, text=text)


_NOTED = frozenset(
    (wire.SITE_NAMED, wire.PROCESS_ENDED, wire.PROCESS_EXITED,
     wire.CHANNEL_MADE, wire.LOCK_MADE, wire.POOL_MADE, wire.MANAGER_STARTED)
)  # fmt: skip
"""What the session itself looks at."""
_NAMED = (wire.CHANNEL_MADE, wire.LOCK_MADE, wire.POOL_MADE, wire.MANAGER_STARTED)
_Made = (events.ChannelMade, events.LockMade, events.PoolMade, events.ManagerStarted)


def _object(record: bytes) -> int:
    return int.from_bytes(record[16:24], "little")


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

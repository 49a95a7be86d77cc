"""What the screen costs: its frames, its intake while it draws, and the time to the first frame."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import select
import statistics
import struct
import subprocess
import sys
import termios
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipcviz.bench.reading import Traffic
from ipcviz.bench.rows import Row, take_turns, tell

if TYPE_CHECKING:
    from ipcviz.log.log import Log

TICK = 0.025
MINIMAL = """
from textual.app import App
from textual.widgets import Static
class Minimal(App):
    def compose(self):
        yield Static("here-it-is")
Minimal().run()
"""


class Feed:
    """Stands where a session would be: a log that grows by so many items a second."""

    def __init__(self, rate: float) -> None:
        from ipcviz.log.log import Log

        self.log: Log = Log()
        self.rate = rate
        self._over = threading.Event()
        self._traffic = Traffic(time.monotonic_ns())
        self.log.extend(list(self._traffic.opening))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def hold(self, on: bool) -> None:
        """A feed has nothing to hold."""

    def end(self) -> None:
        """No more."""
        self._over.set()

    def _run(self) -> None:
        begun = time.monotonic()
        given = 0
        while not self._over.wait(TICK):
            due = int((time.monotonic() - begun) * self.rate)
            now = time.monotonic_ns()
            batch: list[tuple[int, bytes]] = []
            for n in range(given, due):
                # Spread over the tick, in order.
                batch += self._traffic.item(now - (due - n) * 100)
            given = due
            if batch:
                self.log.extend(batch)


def show(rate: float, seconds: float, result: str) -> None:
    """Run the app on a feed and write down what a stretch of it cost; called in a process of its own."""
    from ipcviz.run.session import Program
    from ipcviz.ui.app import IpcvizApp

    feeds: list[Feed] = []

    def start(_program: Program) -> Feed:
        feeds.append(Feed(rate))
        return feeds[-1]

    app = IpcvizApp(program=Program(["bench"]), lang="en", start=start)
    drawn = 0
    redraw = app.view.stage.redraw

    def counted() -> int:
        nonlocal drawn
        drawn += 1
        return redraw()

    app.view.stage.redraw = counted  # type: ignore[method-assign]

    def state() -> dict[str, float]:
        own = os.times()
        thread = next(iter(feeds), None)
        return {
            "wall": time.monotonic(), "cpu": own.user + own.system, "frames": drawn,
            "events": app.view.player.world.count, "given": len(thread.log) if thread else 0,
        }  # fmt: skip

    states: list[dict[str, float]] = []

    def note() -> None:
        states.append(state())
        if len(states) == 2:
            Path(result).write_text(json.dumps(states))
            app.exit()

    async def ready() -> None:
        app.set_timer(1.5, note)
        app.set_timer(1.5 + seconds, note)

    app.call_later(ready)
    app.run()


def _in_a_terminal(command: list[str], size: tuple[int, int], until: bytes = b"") -> float:
    """Run a command in a terminal; returns the seconds until its output holds `until`, or until its end."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True, env=environment
    )
    os.close(slave)
    seen = b""
    try:
        while time.perf_counter() - begun < 60:
            if not select.select([master], [], [], 1)[0]:
                continue
            try:
                data = os.read(master, 1 << 16)
            except OSError:
                break
            if not data:
                break
            seen = (seen + data)[-200_000:]
            if until and until in seen:
                return time.perf_counter() - begun
        else:
            raise RuntimeError(f"{command} did not get there")
        if until:
            raise RuntimeError(f"{command} ended before its first frame: {seen[-300:]!r}")
        return time.perf_counter() - begun
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(master)


def _shown(rate: float, seconds: float, size: tuple[int, int]) -> dict[str, float]:
    """Run `show` in a terminal of this size; figures per second of it."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result"
        code = f"from ipcviz.bench.screen import show; show({rate}, {seconds}, {str(result)!r})"
        _in_a_terminal([sys.executable, "-c", code], size)
        before, after = json.loads(result.read_text())
    wall = after["wall"] - before["wall"]
    return {name: (after[name] - before[name]) / wall for name in ("cpu", "frames", "events", "given")}


def _frame_cost(name: str, size: tuple[int, int], quick: bool) -> Row:
    runs: list[dict[str, float]] = []
    for n in range(1 if quick else 3):
        runs.append(_shown(30, 3 if quick else 6, size))
        tell(f"{name} {n + 1}: {runs[-1]['cpu']:.1%} at {runs[-1]['frames']:.1f} fps")
    cpu = statistics.median(run["cpu"] for run in runs)
    fps = statistics.median(run["frames"] for run in runs)
    cost = 100 * cpu * 30 / max(fps, 1)
    return Row(name, cost, "% of a core", 20, False, f"drawn {fps:.1f} times a second")


def small_stage(quick: bool) -> Row:
    """The whole screen at 120 by 36, items always on their way, drawn 30 times a second."""
    return _frame_cost("stage 120x36 at 30 fps", (120, 36), quick)


def large_stage(quick: bool) -> Row:
    """The same at 200 by 50."""
    return _frame_cost("stage 200x50 at 30 fps", (200, 50), quick)


def flooded_stage(quick: bool) -> list[Row]:
    """50,000 events a second while the stage is drawn."""
    runs: list[dict[str, Any]] = []
    for n in range(1 if quick else 3):
        runs.append(_shown(60_000 / 3, 4 if quick else 8, (120, 36)))
        run = runs[-1]
        tell(
            f"flood {n + 1}: {run['events']:,.0f} of {run['given']:,.0f} events/s at {run['frames']:.1f} fps,"
            f" {run['cpu']:.0%} of a core"
        )
    events = statistics.median(run["events"] for run in runs)
    fps = statistics.median(run["frames"] for run in runs)
    given = statistics.median(run["given"] for run in runs)
    return [
        Row("events folded while drawing", events, "/s", 50_000, True, f"{given:,.0f}/s offered"),
        Row("frames drawn meanwhile", fps, "fps", 25, True),
    ]


def first_frame(quick: bool) -> Row:
    """Time to the first frame of the menu, against the smallest Textual app there is."""
    from ipcviz import lessons

    title = lessons.all()[0].title["en"].split()[0].encode()
    ours = [sys.executable, "-m", "ipcviz", "--lang", "en"]
    turns = take_turns(
        "first frame", 3 if quick else 7,
        lambda: _in_a_terminal([sys.executable, "-c", MINIMAL], (120, 36), b"here-it-is"),
        lambda: _in_a_terminal(ours, (120, 36), title),
    )  # fmt: skip
    detail = f"{1e3 * statistics.median(turns.bare):.0f} ms for the minimal app"
    return Row("time to first frame", turns.ratio, "x minimal app", 2, False, detail)


def help_page(quick: bool) -> Row:
    """`ipcviz --help` against an interpreter that does nothing."""

    def seconds(*arguments: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begun

    turns = take_turns(
        "help", 5 if quick else 15,
        lambda: seconds("-c", "pass"), lambda: seconds("-m", "ipcviz", "--help"),
    )  # fmt: skip
    detail = f"{1e3 * statistics.median(turns.bare):.0f} ms for python -c pass"
    return Row("ipcviz --help", turns.ratio, "x python -c pass", 4, False, detail)

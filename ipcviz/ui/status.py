"""The status line: what runs, how it was started, which clock the view follows, what was lost."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.drawn import Drawn
from ipcviz.ui.player import Mode
from ipcviz.words import _


@dataclass(frozen=True)
class Status:
    """What the line says."""

    title: str = "ipcviz"
    method: str = ""
    mode: Mode = Mode.LIVE
    speed: float = 1.0
    seconds: float = 0.0
    lost: int = 0
    unwatched: int = 0
    outcome: str = ""
    """`finished`, `failed`, …; empty while the program runs."""
    recorded: bool = False
    behind: float = 0.0
    """Seconds that a live view lags because more happens than it can take in."""


class StatusLine(Drawn, can_focus=False):
    """One line; `show` gives it what to say."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self.status = Status()

    def show(self, status: Status) -> None:
        """Say this now."""
        if status != self.status:
            self.status = status
            self.redraw()

    def picture(self, width: int, height: int) -> Canvas:
        canvas, it = Canvas(width, height), self.status
        canvas.put(0, 0, " " * width, "text=")
        lost = f" {_('lost {count}', count=it.lost)} "
        x = canvas.put_right(width, 0, lost, "bad#" if it.lost else "dim=")
        if it.unwatched:
            x = canvas.put_right(x, 0, f" {_('unwatched {count}', count=it.unwatched)} ", "bad#")
        digits = 1 if it.mode is Mode.LIVE else 3
        x = canvas.put_right(x - 1, 0, f"{it.seconds:.{digits}f} s", "text=!")
        if it.outcome:
            good = it.outcome == "finished"
            said = f" {'✔' if good else '✘'} {outcome_word(it.outcome)} "
            x = canvas.put_right(x - 2, 0, said, "good#" if good else "bad#")
        x = canvas.put_right(x - 1, 0, f" {mode_words(it)} ", _MODE_STYLE[it.mode])
        method = f" {it.method}" if it.method else ""
        room = x - 1 - cell_len(method) - 2
        end = canvas.put(1, 0, clip(it.title, max(4, room)), "text=!")
        canvas.put(end + 1, 0, clip(method, max(0, x - end - 2)), "dim=")
        return canvas


def mode_words(it: Status) -> str:
    """The word for the clock, and how fast it goes."""
    word = {
        Mode.LIVE: _("LIVE"), Mode.SLOW: _("SLOW"), Mode.LECTURE: _("LECTURE"), Mode.PAUSED: _("PAUSED"),
        Mode.STEP: _("STEP"), Mode.REPLAY: _("REPLAY"),
    }[it.mode]  # fmt: skip
    if it.mode is Mode.LIVE and it.behind >= 0.1:
        word += f" −{it.behind:.1f} s"
    if it.recorded and it.mode is not Mode.REPLAY:
        word = f"{_('REPLAY')} {word}"
    if it.mode in (Mode.SLOW, Mode.REPLAY) and it.speed != 1:
        word += f" ×1/{round(1 / it.speed)}" if it.speed < 1 else f" ×{round(it.speed)}"
    return word


def outcome_word(outcome: str) -> str:
    """How it ended, as a word."""
    return {"finished": _("finished"), "failed": _("failed"), "killed": _("killed"),
            "interrupted": _("interrupted"), "stuck": _("stuck")}.get(outcome, outcome)  # fmt: skip


_MODE_STYLE = {
    Mode.LIVE: "good#", Mode.SLOW: "item4#", Mode.LECTURE: "item5#", Mode.PAUSED: "wait#", Mode.STEP: "wait#",
    Mode.REPLAY: "key#",
}  # fmt: skip

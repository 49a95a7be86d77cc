"""The lanes of a pool: what each worker did over time, and the one thread in which callbacks run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, middle_clip, pad
from ipcviz.ui.stage.line import CHOSEN
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.theme import ITEMS
from ipcviz.words import _
from ipcviz.world import Pool, Process, State, Task, TaskState

SHORTEST = 0.25
"""Seconds that a lane shows at least."""
_POOL_WORKER = re.compile(r"^(?:Fork|Spawn|ForkServer)(?:Pool)?(?=(?:Worker|Process)-)")


@dataclass(frozen=True)
class Table:
    """Where the columns of the lanes are, and which stretch of time they show."""

    name: int
    """Cells of a worker's name."""
    words: int
    """Cells for what it does."""
    left: int
    """First cell of the lane."""
    width: int
    start: int
    """ns of the program's clock at the first cell; so is the next."""
    end: int
    high: int
    """Rows of a lane."""

    def cell(self, time: int) -> float:
        """Where a moment is, in cells from the lane's first."""
        return (time - self.start) * self.width / max(1, self.end - self.start)


def lanes(scene: Scene, pool: Pool) -> list[list[Process]]:
    """The workers, the newest of each lane last: who replaces a dead worker gets its lane."""
    found: list[list[Process]] = []
    for key in pool.workers:
        worker = scene.world.process(key)
        for lane in found:
            before = lane[-1].ended
            if before is not None and (worker.started or 0) >= before:
                lane.append(worker)
                break
        else:
            found.append([worker])
    return found


def table(canvas: Canvas, scene: Scene, pool: Pool, high: int) -> Table:
    """The columns for a canvas, `high` rows to a lane."""
    wide = canvas.width >= 100
    name, words = (16, 30) if wide else (11, 19)
    left = 1 + name + 1 + 2 + words + 1
    start, end = _span(scene, pool)
    return Table(name, words, left + 1, canvas.width - left - 3, start, end, high)


def _span(scene: Scene, pool: Pool) -> tuple[int, int]:
    """The stretch of time to show: from the first task that is remembered to the last thing known."""
    begun = [task.began for task in pool.tasks.values() if task.began]
    forgotten = pool.done + pool.failed + pool.lost > len(pool.finished)
    handed_in = [pool.first] if pool.first else []
    first = min(begun if forgotten and begun else [*begun, *handed_in], default=pool.made or scene.clock)
    last = max((task.ended for task in pool.tasks.values()), default=first)
    last = max([last, first, *(run.ended for run in pool.callback_runs)])
    if pool.busy or pool.callback or pool.queued > 0:
        last = max(last, scene.clock if scene.world.ended is None else scene.world.ended.time)
    return first, max(last, first + int(SHORTEST * 1e9))


def draw_lane(
    canvas: Canvas, scene: Scene, pool: Pool, lane: Sequence[Process], tasks: dict[int, list[Task]],
    table: Table, y: int,
) -> None:  # fmt: skip
    """One lane: who works there, what it does, its tasks over time."""
    worker = lane[-1]
    chosen = worker.key == scene.chosen
    name = pad(_short_name(scene.name(worker), table.name), table.name)
    end = canvas.put(1, y, name, "text#" if chosen else "text!")
    if chosen:
        canvas.put(end, y, CHOSEN, "key!")
    glyph, words, style = _doing(scene, pool, worker, table.words)
    _words(canvas, table, y, glyph, words, style)
    for older in lane:
        if older is not worker and older.ended is not None:
            cell = int(table.cell(older.ended))
            if 0 <= cell < table.width:
                died = older.state in (State.KILLED, State.FAILED)
                canvas.put(table.left + cell, y, "☠" if died else "┊", "bad!" if died else "line")
        for task in tasks.get(older.key, ()):
            style = "bad" if task.state in (TaskState.FAILED, TaskState.LOST) else colour(task)
            mark = " ✘" if task.state is TaskState.FAILED else " ☠" if task.state is TaskState.LOST else ""
            _block(canvas, table, y, task.began, task.ended or scene.clock, task.id + mark, style)


def _words(canvas: Canvas, table: Table, y: int, glyph: str, words: str, style: str) -> None:
    x = 1 + table.name + 1
    canvas.put(x, y, glyph, style + "!")
    canvas.put(x + 2, y, pad(clip(words, table.words), table.words), style)
    for row in range(y, y + table.high):
        canvas.put(table.left - 1, row, "│" + "·" * table.width + "│", "line")


def _block(canvas: Canvas, table: Table, y: int, since: int, until: int, text: str, style: str) -> None:
    """A stretch of time as a solid patch, with its name where that fits."""
    first = max(0, int(table.cell(since)))
    last = min(table.width, max(first + 1, round(table.cell(until))))
    if last <= first:
        return
    for row in range(table.high):
        said = text if row == 0 and cell_len(text) <= last - first else ""
        canvas.put_middle(table.left + first, y + row, last - first, said, style + "#")


def _doing(scene: Scene, pool: Pool, worker: Process, width: int) -> tuple[str, str, str]:
    task = pool.tasks.get(pool.busy.get(worker.key, (-1, -1)))
    if task is not None:
        seconds = f" {_tenths(scene.clock - task.began)} s"
        room = width - cell_len(seconds) - cell_len(task.id) - 1
        return (
            "▶",
            f"{task.id} {middle_clip(_bare(task.text), room, 5).replace('……', '…')}{seconds}",
            colour(task),
        )
    state = worker.state
    if state is State.KILLED and not pool.terminated:
        return "☠", _("killed"), "bad"
    if state is State.FAILED:
        return "✘", worker.error or _("exit code {code}", code=worker.exitcode), "bad"
    if state.over:
        return "✔", _("done"), "dim"
    if state is State.STARTING:
        return "○", _("is starting"), "dim"
    return "○", _("idle"), "dim"


def draw_callbacks(canvas: Canvas, scene: Scene, pool: Pool, table: Table, y: int) -> None:
    """The one thread of the parent in which results arrive and callbacks run, one after the other."""
    newest = pool.callback_runs[-1]
    process = scene.world.process(newest.process)
    who = scene.name(process)
    canvas.put(1, y, pad(middle_clip(who, table.name), table.name), "key!")
    if pool.callback is None:
        _words(canvas, table, y, "○", _("no callback"), "dim")
    else:
        said = f"{newest.text}(t{newest.job}) {_tenths(scene.clock - newest.since)} s"
        _words(canvas, table, y, "▶", said, "key")
    for run in pool.callback_runs:
        _block(canvas, table, y, run.since, run.ended or scene.clock, f"t{run.job}",
               "bad" if run.kind == "error_callback" else f"item{run.job % ITEMS}")  # fmt: skip
    thread = process.threads.get(newest.thread, "?")
    said = _("callbacks run in {who}, in its thread {thread}: {count} so far",
             who=who, thread=thread, count=pool.callbacks)  # fmt: skip
    canvas.put(1, y + table.high, clip("└ " + said, canvas.width - 2), "key")


def draw_axis(canvas: Canvas, scene: Scene, table: Table, y: int) -> None:
    """From when to when the lanes are."""
    world = scene.world
    canvas.put(table.left, y, f"{world.seconds(table.start):.1f} s", "dim")
    canvas.put_right(table.left + table.width, y, f"{world.seconds(table.end):.1f} s", "dim")


def colour(task: Task) -> str:
    """The colour of a task."""
    return f"item{(task.job + task.part) % ITEMS}"


def _tenths(ns: int) -> str:
    return f"{max(0, ns) // 100_000_000 / 10:.1f}"


def _bare(text: str) -> str:
    """A call without the front of a long address in it: its end is what tells it from the others."""
    return re.sub(r"https?://[^/'\"]*", "…", text)


def _short_name(name: str, width: int) -> str:
    return middle_clip(_POOL_WORKER.sub("", name) if cell_len(name) > width else name, width)

"""A pool on the stage: a lane per worker with its tasks over time, what waits, and where callbacks run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, middle_clip, pad
from ipcviz.ui.stage.process import CHOSEN
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.theme import ITEMS
from ipcviz.words import _
from ipcviz.world import Method, Pool, Process, State, Task, TaskState

SHORTEST = 0.25
"""Seconds that a lane shows at least."""
BAR = 44
"""Cells of the longest bar."""
_POOL_WORKER = re.compile(r"^(?:Fork|Spawn|ForkServer)(?:Pool)?(?=(?:Worker|Process)-)")


@dataclass(frozen=True)
class _Table:
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


def height(scene: Scene, pool: Pool, room: int) -> int:
    """Rows it needs; more of them make the lanes higher."""
    rows = lanes(scene, pool)
    step = _step(len(rows), room)
    bars = _bars_of(scene, pool)
    return (
        3
        + step * (len(rows) + bool(pool.callback_runs))
        + bool(pool.callback_runs)
        + (1 + len(bars) if bars else 0)
    )


def _step(count: int, room: int) -> int:
    """Rows from lane to lane; what may come (callbacks, bars) has its room, so that nothing jumps."""
    return next((step for step in (3, 2) if 3 + step * (count + 1) + 1 + 3 <= room), 1)


def draw(canvas: Canvas, scene: Scene, pool: Pool, y: int, room: int) -> None:
    """Draw it from row y on; `room` as for its height."""
    rows = lanes(scene, pool)
    step = _step(len(rows), room)
    _title(canvas, scene, pool, y)
    _counts(canvas, pool, y + 1)
    table = _table(canvas, scene, pool, 2 if step == 3 else 1)
    by_worker: dict[int, list[Task]] = {}
    for task in pool.tasks.values():
        if task.began:
            by_worker.setdefault(task.worker, []).append(task)
    y += 2
    for lane in rows:
        _lane(canvas, scene, pool, lane, by_worker, table, y)
        y += step
    if pool.callback_runs:
        _callbacks(canvas, scene, pool, table, y)
        y += step + 1
    _axis(canvas, scene, table, y)
    _bars(canvas, _bars_of(scene, pool), y + 2)


def _title(canvas: Canvas, scene: Scene, pool: Pool, y: int) -> None:
    x = canvas.put(1, y, pool.label, "text!")
    if pool.kind.lower() != pool.label.lower():
        x = canvas.put(x + 2, y, pool.kind, "dim")
    badge = _badge(pool)
    if badge is not None:
        x = canvas.put(x + 2, y, f" {badge[0]} ", badge[1])
    said = _("busy workers: {busy} of {count}", busy=len(pool.busy), count=pool.processes)
    x = canvas.put(x + 2, y, said, "text!" if pool.busy else "dim")
    percent = round(100 * pool.occupancy(scene.clock))
    said = _("so far {percent} % of their time", percent=percent)
    canvas.put(x + 2, y, clip(said, canvas.width - x - 3), "dim")


def _badge(pool: Pool) -> tuple[str, str] | None:
    """What became of the pool."""
    if pool.broken:
        return _("BROKEN"), "bad#"
    if pool.terminated and not pool.closed:
        return _("terminated"), "wait#"
    return (_("closed"), "dim#") if pool.closed else None


def _counts(canvas: Canvas, pool: Pool, y: int) -> None:
    x = canvas.put(1, y, _("done {done}", done=pool.done), "good" if pool.done else "dim") + 2
    if pool.failed:
        x = canvas.put(x, y, _("raised {count}", count=pool.failed), "bad!") + 2
    if pool.lost:
        x = canvas.put(x, y, " " + _("lost with their worker: {count}", count=pool.lost) + " ", "bad#") + 2
    waiting = pool.waiting
    x = canvas.put(x, y, _("waiting: {count}", count=len(waiting)), "wait!" if waiting else "dim")
    for number, task in enumerate(waiting):
        if x + cell_len(task.id) + 6 > canvas.width and number < len(waiting) - 1:
            canvas.put(x + 1, y, "…", "wait")
            break
        x = canvas.put(x + 1, y, f"({task.id})", _colour(task) + "!")


def _table(canvas: Canvas, scene: Scene, pool: Pool, high: int) -> _Table:
    wide = canvas.width >= 100
    name, words = (16, 30) if wide else (11, 19)
    left = 1 + name + 1 + 2 + words + 1
    start, end = _span(scene, pool)
    return _Table(name, words, left + 1, canvas.width - left - 3, start, end, high)


def _span(scene: Scene, pool: Pool) -> tuple[int, int]:
    """The stretch of time to show: from the first task that is remembered to the last thing known."""
    begun = [task.began for task in pool.tasks.values() if task.began]
    forgotten = pool.done + pool.failed + pool.lost > len(pool.finished)
    handed_in = [job.submitted for job in pool.jobs.values()]
    first = min(begun if forgotten and begun else [*begun, *handed_in], default=pool.made or scene.clock)
    last = max((task.ended for task in pool.tasks.values()), default=first)
    last = max([last, first, *(run.ended for run in pool.callback_runs)])
    if pool.busy or pool.callback or any(task.state is TaskState.WAITING for task in pool.tasks.values()):
        last = max(last, scene.clock if scene.world.ended is None else scene.world.ended.time)
    return first, max(last, first + int(SHORTEST * 1e9))


def _lane(
    canvas: Canvas, scene: Scene, pool: Pool, lane: Sequence[Process], tasks: dict[int, list[Task]],
    table: _Table, y: int,
) -> None:  # fmt: skip
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
            style = "bad" if task.state in (TaskState.FAILED, TaskState.LOST) else _colour(task)
            mark = " ✘" if task.state is TaskState.FAILED else " ☠" if task.state is TaskState.LOST else ""
            _block(canvas, table, y, task.began, task.ended or scene.clock, task.id + mark, style)


def _words(canvas: Canvas, table: _Table, y: int, glyph: str, words: str, style: str) -> None:
    x = 1 + table.name + 1
    canvas.put(x, y, glyph, style + "!")
    canvas.put(x + 2, y, pad(clip(words, table.words), table.words), style)
    for row in range(y, y + table.high):
        canvas.put(table.left - 1, row, "│" + "·" * table.width + "│", "line")


def _block(canvas: Canvas, table: _Table, y: int, since: int, until: int, text: str, style: str) -> None:
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
            _colour(task),
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


def _callbacks(canvas: Canvas, scene: Scene, pool: Pool, table: _Table, y: int) -> None:
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


def _axis(canvas: Canvas, scene: Scene, table: _Table, y: int) -> None:
    """From when to when the lanes are."""
    world = scene.world
    canvas.put(table.left, y, f"{world.seconds(table.start):.1f} s", "dim")
    canvas.put_right(table.left + table.width, y, f"{world.seconds(table.end):.1f} s", "dim")


def _colour(task: Task) -> str:
    return f"item{(task.job + task.part) % ITEMS}"


def _tenths(ns: int) -> str:
    return f"{max(0, ns) // 100_000_000 / 10:.1f}"


def _bare(text: str) -> str:
    """A call without the front of a long address in it: its end is what tells it from the others."""
    return re.sub(r"https?://[^/'\"]*", "…", text)


def _short_name(name: str, width: int) -> str:
    return middle_clip(_POOL_WORKER.sub("", name) if cell_len(name) > width else name, width)


@dataclass(frozen=True)
class _Bar:
    """One of several times to compare."""

    name: str
    seconds: float
    says: str


def _bars_of(scene: Scene, pool: Pool) -> list[_Bar]:
    """What is worth comparing: the methods that handed in tasks, or processes without a pool before it."""
    methods = {name: it for name, it in pool.methods.items() if it.arrived or it.since}
    sizes = [it.tasks or it.arrived for it in methods.values() if it.arrived]
    # Only what did as much work can be compared.
    size = max(sizes, key=lambda one: (sizes.count(one), one), default=0)
    found = [
        _Bar(name, _seconds(scene, it), _tasks(it.tasks or it.arrived))
        for name, it in methods.items()
        if (it.tasks or it.arrived) == size
    ]
    alone = list(_alone(scene, pool))
    if alone and found:
        began = min(it.started or 0 for it in alone)
        ended = max(it.ended or 0 for it in alone)
        said = _("{count} processes started", count=len(alone))
        found = [
            _Bar(
                bar.name,
                bar.seconds,
                f"{bar.says}, " + _("{count} processes started", count=len(pool.workers)),
            )
            for bar in found
        ]
        found.insert(0, _Bar("Process", (ended - began) / 1e9, said))
    return found if len(found) > 1 else []


def _tasks(count: int) -> str:
    return _("one task") if count == 1 else _("{count} tasks", count=count)


def _alone(scene: Scene, pool: Pool) -> Iterable[Process]:
    """Processes that had done their work by themselves before the pool was there."""
    plain = [it for it in scene.world.processes.values() if it.parent and not it.works_for and not it.serves]
    if len(plain) > 1 and all(it.ended is not None and it.ended <= pool.made for it in plain):
        return plain
    return ()


def _bars(canvas: Canvas, bars: list[_Bar], y: int) -> None:
    """Times side by side."""
    longest = max((bar.seconds for bar in bars), default=0.0)
    name = max((cell_len(bar.name) for bar in bars), default=0)
    said = max((cell_len(bar.says) for bar in bars), default=0)
    most = max(10, min(BAR, canvas.width - name - said - 14))
    for row, bar in enumerate(bars):
        x = canvas.put(1, y + row, pad(bar.name, name), "text!")
        length = max(1, round(most * bar.seconds / longest)) if longest else 1
        x = canvas.put(x + 1, y + row, " " * length, f"item{row % ITEMS}#")
        x = canvas.put(
            x + 1, y + row, f"{bar.seconds:.1f} s" if longest >= 1 else f"{bar.seconds:.2f} s", "text!"
        )
        canvas.put(x + 2, y + row, clip(bar.says, canvas.width - x - 2), "dim")


def _seconds(scene: Scene, method: Method) -> float:
    """How long tasks handed in by a method had no result yet."""
    now = scene.clock if scene.world.ended is None else method.last
    return (method.spent + (max(0, now - method.since) if method.since else 0)) / 1e9

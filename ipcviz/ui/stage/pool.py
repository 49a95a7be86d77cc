"""A pool on the stage: a lane per worker with its tasks over time, what waits, and where callbacks run."""

from __future__ import annotations

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip, middle_clip, pad
from ipcviz.ui.stage.scene import Scene
from ipcviz.ui.theme import ITEMS
from ipcviz.words import _
from ipcviz.world import Pool, State, Task, TaskState

NAME = 14
WORDS = 26
"""Cells for what a worker does, beside its lane."""
SHORTEST = 2.0
"""Seconds that a lane shows at least."""
BAR = 40
"""Cells of the longest bar."""


def height(pool: Pool, room: int) -> int:
    """Rows the pool needs, at most `room`."""
    return min(room, 2 + len(_lanes(pool, room)) + 1 + len(_timed(pool)) + 1)


def draw(canvas: Canvas, scene: Scene, pool: Pool, y: int, room: int) -> None:
    """Draw it from row y on."""
    lanes = _lanes(pool, room)
    _title(canvas, scene, pool, y)
    top = y + 2
    start, end = _span(scene, pool)
    for row, key in enumerate(lanes):
        _lane(canvas, scene, pool, key, top + row, start, end)
    below = top + len(lanes)
    hidden = len(pool.workers) - len(lanes)
    if hidden > 0:
        canvas.put_right(canvas.width - 1, y + 1, _("{count} earlier workers are not shown", count=hidden), "dim")
    _callback(canvas, scene, pool, below)
    _bars(canvas, scene, pool, below + 1)


def _lanes(pool: Pool, room: int) -> list[int]:
    """The workers to show: the newest, as many as fit."""
    most = max(1, room - 4 - len(_timed(pool)))
    return pool.workers[-most:]


def _title(canvas: Canvas, scene: Scene, pool: Pool, y: int) -> None:
    x = canvas.put(1, y, pool.label, "text!")
    if pool.kind.lower() != pool.label.lower():
        x = canvas.put(x + 2, y, pool.kind, "dim")
    x = canvas.put(x + 2, y, _("{count} workers", count=pool.processes), "text")
    x = canvas.put(x + 2, y, _("busy {percent} %", percent=round(100 * pool.occupancy(scene.clock))), "text!")
    if pool.broken:
        x = canvas.put(x + 2, y, " " + _("BROKEN") + " ", "bad#")
    elif pool.terminated:
        x = canvas.put(x + 2, y, " " + _("terminated") + " ", "dim#")
    elif pool.closed:
        x = canvas.put(x + 2, y, " " + _("closed") + " ", "dim#")
    waiting = pool.waiting
    if waiting:
        x = canvas.put(x + 3, y, _("waiting: {count}", count=len(waiting)), "wait!")
        for task in waiting:
            if x + cell_len(task.id) + 4 > canvas.width:
                canvas.put(x + 1, y, "…", "wait")
                break
            x = canvas.put(x + 1, y, f"[{task.id}]", _colour(task))
    counts = _("done {done}", done=pool.done)
    if pool.failed:
        counts += "  " + _("failed {count}", count=pool.failed)
    x = canvas.put(1, y + 1, counts, "good" if not pool.failed else "bad")
    if pool.lost:
        canvas.put(x + 2, y + 1, " " + _("lost with their worker: {count}", count=pool.lost) + " ", "bad#")


def _span(scene: Scene, pool: Pool) -> tuple[int, int]:
    first = min((task.submitted for task in pool.tasks.values()), default=pool.made or scene.clock)
    last = max((task.ended for task in pool.tasks.values()), default=first)
    if pool.busy or pool.waiting or not last:
        last = max(last, scene.clock)
    return first, max(last, first + int(SHORTEST * 1e9))


def _lane(canvas: Canvas, scene: Scene, pool: Pool, key: int, y: int, start: int, end: int) -> None:
    worker = scene.world.process(key)
    name = min(NAME, max(8, canvas.width // 7))
    x = canvas.put(1, y, pad(middle_clip(scene.name(worker), name), name), "text!")
    task = pool.tasks.get(pool.busy.get(key, (-1, -1)))
    glyph, words, style = _doing(scene, pool, key, task)
    words_width = min(WORDS, canvas.width // 3)
    canvas.put(x + 1, y, glyph, style + "!")
    canvas.put(x + 3, y, pad(clip(words, words_width), words_width), style)
    left = x + 4 + words_width
    width = canvas.width - left - 2
    canvas.put(left, y, "│" + "·" * width + "│", "line")
    for done in pool.tasks.values():
        if done.worker == key and done.began:
            _block(canvas, scene, done, left + 1, y, width, start, end)


def _block(
    canvas: Canvas, scene: Scene, task: Task, x: int, y: int, width: int, start: int, end: int
) -> None:
    span = max(1, end - start)
    until = task.ended or scene.clock
    first = int((task.began - start) * width / span)
    last = max(first + 1, round((until - start) * width / span))
    if last <= 0 or first >= width:
        return
    first, last = max(0, first), min(width, last)
    style = "bad" if task.state in (TaskState.FAILED, TaskState.LOST) else _colour(task)
    text = task.id if cell_len(task.id) <= last - first else ""
    canvas.put_middle(x + first, y, last - first, text, style + "#")


def _doing(scene: Scene, pool: Pool, key: int, task: Task | None) -> tuple[str, str, str]:
    worker = scene.world.process(key)
    if task is not None:
        seconds = max(0, scene.clock - task.began) // 100_000_000 / 10
        return "▶", f"{task.id} {task.text}  {seconds:.1f} s", _colour(task)
    state = worker.state
    if state is State.KILLED and not pool.terminated:
        return "☠", _("killed"), "bad"
    if state is State.FAILED:
        return "✘", worker.error or _("exit code {code}", code=worker.exitcode), "bad"
    if state.over:
        return "✔", _("done"), "dim"
    return "○", _("idle"), "dim"


def _colour(task: Task) -> str:
    return f"item{task.job % ITEMS}"


def _callback(canvas: Canvas, scene: Scene, pool: Pool, y: int) -> None:
    """The one thread of the parent in which results arrive and callbacks run."""
    running = pool.callback
    if running is None:
        if pool.callbacks:
            canvas.put(1, y, _("callbacks so far: {count}, all in {who}",
                               count=pool.callbacks, who=_maker(scene, pool)), "dim")  # fmt: skip
        return
    thread = scene.world.process(running.process).threads.get(running.thread, "?")
    who = scene.name(scene.world.process(running.process))
    x = canvas.put(1, y, pad(who, min(NAME, max(8, canvas.width // 7))), "key!")
    x = canvas.put(x + 1, y, "▶ ", "key!")
    seconds = max(0, scene.clock - running.since) // 100_000_000 / 10
    said = _("{callback}(t{job}) runs in thread {thread}", callback=running.text, job=running.job, thread=thread)
    canvas.put(x, y, clip(f"{said}  {seconds:.1f} s", canvas.width - x - 1), "key")


def _maker(scene: Scene, pool: Pool) -> str:
    return scene.name(scene.world.process(pool.maker)) if pool.maker else "main"


def _timed(pool: Pool) -> list[str]:
    """The methods whose times are worth comparing: at least two, each with a result."""
    found = [name for name, method in pool.methods.items() if method.arrived]
    return found if len(found) > 1 else []


def _bars(canvas: Canvas, scene: Scene, pool: Pool, y: int) -> None:
    """How long each method took, from its first task to its last result."""
    timed = _timed(pool)
    times = {name: _seconds(scene, pool, name) for name in timed}
    longest = max(times.values(), default=0.0)
    most = min(BAR, canvas.width - 40)
    for row, name in enumerate(timed):
        method = pool.methods[name]
        x = canvas.put(1, y + row, pad(name, 14), "text!")
        length = max(1, round(most * times[name] / longest)) if longest else 1
        x = canvas.put(x + 1, y + row, " " * length, "key#")
        said = _("{seconds} s for {count} tasks", seconds=f"{times[name]:.1f}", count=method.tasks)
        canvas.put(x + 1, y + row, said, "text")


def _seconds(scene: Scene, pool: Pool, name: str) -> float:
    method = pool.methods[name]
    end = method.last if method.arrived >= method.tasks else max(method.last, scene.clock)
    return (end - method.first) / 1e9

"""A pool on the stage: what waits, a lane per worker, where callbacks run, and times to compare."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rich.cells import cell_len

from ipcviz.ui.canvas import Canvas, clip
from ipcviz.ui.stage import bars
from ipcviz.ui.stage.block import Block, Part, Size, Waiting
from ipcviz.ui.stage.lanes import colour, draw_axis, draw_callbacks, draw_lane, lanes, table
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Pool, Process, Task, Wait
from ipcviz.world.channel import DATA, TURN
from ipcviz.world.pool import RESULT, WORKERS


class PoolPart:
    """One pool."""

    size = Size.NEEDS

    def __init__(self, scene: Scene, pool: Pool) -> None:
        self.scene = scene
        self.pool = pool
        self._lanes = lanes(scene, pool)
        self._step = 1
        """Rows from lane to lane."""

    @property
    def people(self) -> Collection[int]:
        """Keys of the workers."""
        return self.pool.workers

    def rows(self, _width: int, room: int) -> int:
        """More room makes the lanes higher; what may come (callbacks, bars) has its room from the start."""
        count, runs = len(self._lanes), bool(self.pool.callback_runs)
        self._step = next((step for step in (3, 2) if 3 + step * (count + 1) + 1 + 3 <= room), 1)
        compared = bars.bars_of(self.scene, self.pool)
        return 3 + self._step * (count + runs) + runs + (1 + len(compared) if compared else 0)

    def draw(self, canvas: Canvas, y: int) -> None:
        """A title, the counts, a lane per worker and one for callbacks, the axis, the bars."""
        scene, pool, step = self.scene, self.pool, self._step
        _title(canvas, scene, pool, y)
        _counts(canvas, pool, y + 1)
        where = table(canvas, scene, pool, 2 if step == 3 else 1)
        by_worker: dict[int, list[Task]] = {}
        for task in pool.tasks.values():
            if task.began:
                by_worker.setdefault(task.worker, []).append(task)
        y += 2
        for lane in self._lanes:
            draw_lane(canvas, scene, pool, lane, by_worker, where, y)
            y += step
        if pool.callback_runs:
            draw_callbacks(canvas, scene, pool, where, y)
            y += step + 1
        draw_axis(canvas, scene, where, y)
        bars.draw(canvas, bars.bars_of(scene, pool), y + 2)


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
    count = max(0, pool.queued)
    x = canvas.put(x, y, _("waiting: {count}", count=count), "wait!" if count else "dim")
    for number, task in enumerate(pool.waiting()):
        if x + cell_len(task.id) + 6 > canvas.width and number < count - 1:
            canvas.put(x + 1, y, "…", "wait")
            break
        x = canvas.put(x + 1, y, f"({task.id})", colour(task) + "!")


def _parts(scene: Scene) -> Iterator[Part]:
    for pool in scene.world.pools.values():
        yield PoolPart(scene, pool)


def _is_idle(scene: Scene, process: Process) -> bool:
    """Whether this is a worker that waits for its pool to give it a task."""
    wait = process.wait if process.works_for else None
    if wait is None or wait.kind not in (DATA, TURN):
        return False
    channel = scene.world.channels.get(wait.on.key)
    return channel is not None and bool(channel.inside)


def _waits_for_result(_scene: Scene, wait: Wait) -> tuple[str, ...]:
    task = wait.text
    return _("waits for the result of {task}", task=task), _("waits for {task}", task=task), "get()"


def _waits_for_workers(scene: Scene, wait: Wait) -> tuple[str, ...]:
    pool = scene.world.pools.get(wait.on.key)
    name = pool.label if pool is not None else "?"
    return _("waits for the workers of {pool} to end (join)", pool=name), _("waits in join()"), "join()"


BLOCK = Block(
    waits={RESULT: Waiting(_waits_for_result), WORKERS: Waiting(_waits_for_workers)},
    parts=_parts,
    idle=_is_idle,
)

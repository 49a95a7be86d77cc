"""How events change a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipcviz.log import events as e
from ipcviz.world.pool.state import KEPT, Job, Method, Pool, Running, Task, TaskState
from ipcviz.world.pool.waits import RESULT, WORKERS
from ipcviz.world.wait import Ref

if TYPE_CHECKING:
    from ipcviz.world.noun import Fold
    from ipcviz.world.process import Process
    from ipcviz.world.world import World


def _made(world: World, ev: e.PoolMade) -> None:
    pool = world.pool(ev.pool)
    pool.kind, pool.processes, pool.start_method = ev.kind, ev.processes, ev.start_method
    pool.maker, pool.made = ev.process, ev.time


def _worker_started(world: World, ev: e.WorkerStarted) -> None:
    pool = world.pool(ev.pool)
    pool.workers[ev.child] = None
    world.process(ev.child).works_for = ev.pool


def _submitted(world: World, ev: e.TaskSubmitted) -> None:
    pool = world.pool(ev.pool)
    number, count, time = ev.job, ev.tasks, ev.time
    pool.jobs[number] = Job(number, ev.method, ev.text, count, time)
    pool.first = pool.first or time
    pool.submitted += count
    pool.queued += count
    method = pool.methods.get(ev.method)
    if method is None:
        method = pool.methods[ev.method] = Method(time)
    method.tasks += count
    method.since = method.since or time
    for part in range(min(count, KEPT)):
        if (number, part) in pool.tasks:
            # It was heard of from the worker first.
            pool.queued -= 1
        else:
            pool.tasks[number, part] = Task(number, part, ev.text, TaskState.WAITING, time)
    if not count:
        pool.open_jobs.append(number)
        if len(pool.open_jobs) > KEPT:
            pool.jobs.pop(pool.open_jobs.pop(0), None)


def _began(world: World, ev: e.TaskBegan) -> None:
    pool = world.pool(ev.pool)
    key, worker, time = (ev.job, ev.part), ev.process, ev.time
    task = pool.tasks.get(key)
    if task is None:
        task = pool.tasks[key] = Task(ev.job, ev.part, ev.text, TaskState.RUNNING, time)
        job = pool.jobs.get(ev.job)
        pool.queued -= job is not None and ev.part < job.tasks
    elif task.state is TaskState.WAITING:
        pool.queued -= 1
    task.text, task.state, task.began, task.worker = ev.text, TaskState.RUNNING, time, worker
    pool.begun += 1
    pool.busy[worker] = key
    if len(pool.busy) > pool.peak_busy:
        pool.peak_busy = len(pool.busy)
    if worker not in pool.workers:
        pool.workers[worker] = None
        world.process(worker).works_for = ev.pool


def _ended(world: World, ev: e.TaskEnded) -> None:
    pool = world.pool(ev.pool)
    pool.busy.pop(ev.process, None)
    pool.done += ev.fine
    pool.failed += not ev.fine
    task = pool.tasks.get((ev.job, ev.part))
    if task is None:
        return
    task.state = TaskState.DONE if ev.fine else TaskState.FAILED
    task.ended, task.answer = ev.time, ev.text
    pool.busy_ns += task.ended - task.began
    _remember(pool, task)


def _remember(pool: Pool, task: Task) -> None:
    pool.finished.append((task.job, task.part))
    if len(pool.finished) > KEPT:
        pool.tasks.pop(pool.finished.pop(0), None)


def _arrived(world: World, ev: e.ResultArrived) -> None:
    pool = world.pool(ev.pool)
    task = pool.tasks.get((ev.job, ev.part))
    if task is not None:
        task.arrived = ev.time
    job = pool.jobs.get(ev.job)
    if job is not None:
        job.arrived += 1
        job.failed += not ev.fine
        if job.arrived == job.tasks:
            del pool.jobs[ev.job]
        method = pool.methods[job.method]
        method.arrived += 1
        method.last = ev.time
        if not method.tasks:
            method.spent, method.since = ev.time - method.first, 0
        elif method.arrived >= method.tasks and method.since:
            method.spent, method.since = method.spent + ev.time - method.since, 0


def _callback_began(world: World, ev: e.CallbackBegan) -> None:
    pool = world.pool(ev.pool)
    pool.callbacks += 1
    pool.callback = Running(ev.process, ev.thread, ev.job, ev.kind, ev.text, ev.time)
    pool.callback_runs.append(pool.callback)
    if len(pool.callback_runs) > KEPT:
        del pool.callback_runs[0]


def _callback_ended(world: World, ev: e.CallbackEnded) -> None:
    pool = world.pool(ev.pool)
    if pool.callback is not None:
        pool.callback.ended = ev.time
    pool.callback = None


def _result_waiting(world: World, ev: e.ResultWaiting) -> None:
    world.wait(ev, RESULT, Ref("pool", ev.pool), timeout=ev.timeout, text=f"t{ev.job}")


def _closed(world: World, ev: e.PoolClosed) -> None:
    world.pool(ev.pool).closed = True


def _terminated(world: World, ev: e.PoolTerminated) -> None:
    world.pool(ev.pool).terminated = True


def _join_waiting(world: World, ev: e.PoolJoinWaiting) -> None:
    world.wait(ev, WORKERS, Ref("pool", ev.pool))


def _joined(world: World, ev: e.PoolJoined) -> None:
    pool = world.pool(ev.pool)
    pool.ended = pool.ended or ev.time


def _refused(world: World, ev: e.PoolRefused) -> None:
    world.pool(ev.pool).refused += 1


def _broken(world: World, ev: e.PoolBroken) -> None:
    world.pool(ev.pool).broken = True


def _nothing(_world: World, _ev: e.Event) -> None:
    """It changes nothing that is drawn; the story tells it."""


def worker_ended(world: World, worker: Process) -> None:
    """If a worker was busy when it ended, its task is lost with it."""
    if not worker.works_for or worker.ended is None:
        return
    for pool in world.pools.values():
        task = pool.tasks.get(pool.busy.pop(worker.key, (-1, -1)))
        if task is not None:
            task.state, task.ended = TaskState.LOST, worker.ended
            pool.lost += 1
            if len(pool.lost_tasks) < KEPT:
                pool.lost_tasks.append(task)
            _remember(pool, task)


FOLD: dict[type, Fold] = {
    e.PoolMade: _made,
    e.WorkerStarted: _worker_started,
    e.TaskSubmitted: _submitted,
    e.TaskBegan: _began,
    e.TaskEnded: _ended,
    e.ResultArrived: _arrived,
    e.CallbackBegan: _callback_began,
    e.CallbackEnded: _callback_ended,
    e.ResultWaiting: _result_waiting,
    e.ResultWaited: _nothing,
    e.ResultGot: _nothing,
    e.ResultAsked: _nothing,
    e.PoolClosed: _closed,
    e.PoolTerminated: _terminated,
    e.PoolJoinWaiting: _join_waiting,
    e.PoolJoined: _joined,
    e.PoolRefused: _refused,
    e.PoolBroken: _broken,
}

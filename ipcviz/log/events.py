"""The types of the events. Made from `ipcviz.log.table` by `python -m ipcviz.log.generate`: do not edit.

Every event carries when it happened (`time`, ns of the monotonic clock), in which `process` (its key in this
log) and `thread` (its number in that process, 0 for the first to speak), and at which `site` of the program's
own code. A wait is two events: `...Waiting` and whatever ends it.
"""

from __future__ import annotations

from typing import NamedTuple

SESSION = 0
"""The process key under which the session itself speaks: births, deaths and losses it saw."""


class Site(NamedTuple):
    """A place in the program's own code: the first frame outside the standard library and ipcviz."""

    file: str
    line: int
    function: str


class ProcessBegan(NamedTuple):
    """A process said its first word, from inside itself."""

    time: int
    process: int
    thread: int
    site: Site | None
    pid: int
    parent: int
    """Key of the process that started it; 0 for the program's main process."""
    name: str
    start_method: str
    """`main`, `fork`, `spawn`, `forkserver` or `os.fork`."""
    daemon: bool
    python: str
    """Version of the interpreter, as the main process says."""


class ProcessStarted(NamedTuple):
    """`Process.start()` was called in the parent, and has returned since; the time is that of the call."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int
    pid: int
    name: str
    start_method: str
    daemon: bool


class ProcessExited(NamedTuple):
    """The parent learned the exit code of its child: the last word on it."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int
    exitcode: int
    """As `Process.exitcode`: negative for the signal that killed it."""


class ProcessFailed(NamedTuple):
    """An exception that nobody caught is ending the process."""

    time: int
    process: int
    thread: int
    site: Site | None
    error: str


class ProcessEnding(NamedTuple):
    """The program's own code is over; exit handlers run, feeders flush, children are joined."""

    time: int
    process: int
    thread: int
    site: Site | None


class ProcessEnded(NamedTuple):
    """A process's own last word."""

    time: int
    process: int
    thread: int
    site: Site | None


class JoinWaiting(NamedTuple):
    """`Process.join()` has to wait for a child."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int
    timeout: float | None
    """Seconds; None waits for ever."""


class Joined(NamedTuple):
    """`Process.join()` returned with the child ended."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int


class JoinTimedOut(NamedTuple):
    """`Process.join(timeout)` returned with the child still running."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int


class SignalSent(NamedTuple):
    """`Process.terminate()` or `Process.kill()` was called on a child."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int
    signal: int


class ThreadNamed(NamedTuple):
    """A thread spoke for the first time."""

    time: int
    process: int
    thread: int
    site: Site | None
    name: str


class SiteNamed(NamedTuple):
    """A process will call a place in the code by a number; the log resolves it."""

    time: int
    process: int
    thread: int
    site: Site | None
    number: int
    file: str
    line: int
    function: str


class StartFailed(NamedTuple):
    """`Process.start()` raised; there is no child."""

    time: int
    process: int
    thread: int
    site: Site | None
    child: int
    name: str
    error: str


class ChannelMade(NamedTuple):
    """A process made a channel."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    """The pipe's inode: the same in every process and under every start method."""
    maxsize: int
    """Slots; 0 for a channel without a bound."""
    other: int
    """The other end's inode, for a duplex Pipe; 0 where both ends have one."""
    kind: str
    inside: str
    """The library object it is a part of, or the empty text for the program's own."""


class PutWaiting(NamedTuple):
    """`put` found no free slot and waits for one."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    timeout: float | None
    text: str
    """A short safe `repr` of the item."""


class ItemPut(NamedTuple):
    """An item has its slot and lies in the buffer of its producer."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    ordinal: int
    """How many items this process had put into this channel before, in buffer order."""
    text: str


class PutFailed(NamedTuple):
    """`put` raised: `Full`, or `ValueError` on a closed queue."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    error: str
    text: str


class ItemLost(NamedTuple):
    """The feeder could not pickle or send an item; nobody will ever get it."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    ordinal: int
    error: str


class SendWaiting(NamedTuple):
    """The pipe may have no room for the message: whoever writes it may have to wait for a reader."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    size: int
    """Bytes of the pickled message."""


class ItemSent(NamedTuple):
    """An item went from its producer's buffer into the pipe."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    number: int
    """Which message of this channel it is, counted from 1 under the channel's own write lock."""
    ordinal: int
    """The `ItemPut.ordinal` it had in this process; -1 when it never was in a buffer."""
    text: str
    """Only for a channel without a buffer, where the send is the put; else empty."""


class TurnWaiting(NamedTuple):
    """`get` waits for its turn: another getter holds the read lock."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    timeout: float | None


class DataWaiting(NamedTuple):
    """`get` holds the read lock and waits for data."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    timeout: float | None


class ItemTaken(NamedTuple):
    """A getter read an item from the pipe."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    number: int
    """Which message of this channel it is, counted from 1 under its read lock: nth sent, nth taken."""


class GetFailed(NamedTuple):
    """`get` raised: `Empty`, or another exception."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    error: str


class TaskDone(NamedTuple):
    """`task_done` counted one item as processed."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    unfinished: int
    """What the semaphore said right afterwards, or -1 where the platform does not tell."""


class TaskDoneRefused(NamedTuple):
    """`task_done` was called more often than items were put: `ValueError`."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class TasksWaiting(NamedTuple):
    """`JoinableQueue.join` waits until every item is `task_done`."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class TasksFinished(NamedTuple):
    """`JoinableQueue.join` returned."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class ChannelAsked(NamedTuple):
    """The program asked a channel about itself and got an answer."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    answer: int
    method: str
    """`qsize`, `empty` or `full`."""


class ChannelClosed(NamedTuple):
    """`close()` of a queue, which wakes no getter, or of one copy of a Pipe's end, in one process."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    role: int
    """Of a Pipe's end: 0 reads, 1 writes, 2 both."""


class FlushWaiting(NamedTuple):
    """`join_thread()`, or the end of the process, waits until the feeder has flushed."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class Flushed(NamedTuple):
    """The feeder thread is over: everything it could send is in the pipe."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class FlushCancelled(NamedTuple):
    """`cancel_join_thread()`: this process will not wait for its feeder, items may be lost."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int


class LockMade(NamedTuple):
    """A process made a lock, or something that stands on one."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    """Its id, the same in every process."""
    value: int
    """What it starts with; for a Barrier the number of parties."""
    maxvalue: int
    """0 for no bound."""
    kind: str


class LockWaiting(NamedTuple):
    """`acquire` found the lock taken, or the semaphore empty, and waits."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    timeout: float | None


class LockAcquired(NamedTuple):
    """A thread has the lock, or one unit of the semaphore."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int


class LockReleased(NamedTuple):
    """A thread let it go; the time is just before."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    again: int
    """How often the holder of an RLock acquired it again, and let it go again, meanwhile."""


class LockFailed(NamedTuple):
    """`acquire` returned False (`busy`, `timeout`), or `acquire` or `release` raised."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    error: str


class ConditionWaiting(NamedTuple):
    """`Condition.wait`: the lock is let go, the thread waits to be notified."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    timeout: float | None


class ConditionWoken(NamedTuple):
    """`Condition.wait` returned, with the lock again."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    notified: int
    """0 when the timeout ran out."""


class Notified(NamedTuple):
    """`Condition.notify` was called for at most so many waiters."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    how_many: int


class EventSet(NamedTuple):
    """`Event.set` was called."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int


class EventCleared(NamedTuple):
    """`Event.clear` was called."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int


class EventWaiting(NamedTuple):
    """`Event.wait` waits for `set`."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    timeout: float | None


class EventPassed(NamedTuple):
    """`Event.wait` returned."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    answer: int
    """0 when the timeout ran out."""


class BarrierWaiting(NamedTuple):
    """A thread stands at the barrier."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    timeout: float | None


class BarrierPassed(NamedTuple):
    """A thread passed the barrier."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    position: int


class BarrierBroken(NamedTuple):
    """`Barrier.wait` raised."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    error: str


class ValueRead(NamedTuple):
    """A shared `Value` or an element of an `Array` was read."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    text: str


class ValueWritten(NamedTuple):
    """A shared `Value` or an element of an `Array` was written."""

    time: int
    process: int
    thread: int
    site: Site | None
    lock: int
    text: str


class ManagerStarted(NamedTuple):
    """`Manager()`: a server process serves its objects."""

    time: int
    process: int
    thread: int
    site: Site | None
    manager: int
    server: int
    """Process key of the server."""
    kind: str


class CallWaiting(NamedTuple):
    """A proxy sent a request to its manager and waits for the answer."""

    time: int
    process: int
    thread: int
    site: Site | None
    manager: int
    typeid: str
    """`dict`, `list`, `Queue`, …"""
    ident: str
    """Which object of the manager."""
    method: str
    arguments: str


class CallReturned(NamedTuple):
    """The answer to a proxy call is there."""

    time: int
    process: int
    thread: int
    site: Site | None
    manager: int
    fine: bool
    """False when it raised."""
    text: str


class ContentChanged(NamedTuple):
    """What an object of a manager contains, as its server says."""

    time: int
    process: int
    thread: int
    site: Site | None
    manager: int
    typeid: str
    """Empty where it was said before."""
    ident: str
    text: str


class PoolMade(NamedTuple):
    """A Pool or a ProcessPoolExecutor is there."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    """The inode of the pipe its tasks go through."""
    processes: int
    kind: str
    start_method: str


class WorkerStarted(NamedTuple):
    """A process was started to work for a pool."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    child: int


class TaskSubmitted(NamedTuple):
    """A job was handed to a pool; the time is that of the call."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    tasks: int
    """How many tasks (chunks) it is made of; 0 while nobody knows (imap)."""
    method: str
    text: str
    """What is to be done, as `function(arguments)`."""


class TaskBegan(NamedTuple):
    """A worker took a task."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    part: int
    """Which task of the job."""
    text: str


class TaskEnded(NamedTuple):
    """A worker sends back what became of a task."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    part: int
    fine: bool
    text: str
    """The result, or the exception."""


class ResultArrived(NamedTuple):
    """A result is with the parent, in its result handler's thread."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    part: int
    fine: bool


class CallbackBegan(NamedTuple):
    """A callback runs, in the thread that says so."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    kind: str
    """`callback` or `error_callback`."""
    text: str


class CallbackEnded(NamedTuple):
    """A callback returned."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    kind: str
    text: str


class ResultWaiting(NamedTuple):
    """`get`, `wait`, `result` or the next of `imap` waits for a result."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    timeout: float | None


class ResultWaited(NamedTuple):
    """The wait for a result is over."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    answer: str
    """`ready`, `timeout`, or `end` of an imap."""


class ResultGot(NamedTuple):
    """`get` or `result` returned a value, or raised."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    fine: bool
    text: str


class ResultAsked(NamedTuple):
    """`ready` or `successful` was asked and answered."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    job: int
    answer: int
    method: str


class PoolClosed(NamedTuple):
    """No more tasks are taken."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int


class PoolTerminated(NamedTuple):
    """The workers are stopped at once."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int


class PoolJoinWaiting(NamedTuple):
    """`join` waits for the workers to end."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int


class PoolJoined(NamedTuple):
    """`join` returned."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int


class PoolRefused(NamedTuple):
    """A method of a pool, or of a result, raised because it was called at the wrong time."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int
    method: str
    error: str


class PoolBroken(NamedTuple):
    """A worker of a ProcessPoolExecutor died: every future fails with `BrokenProcessPool`."""

    time: int
    process: int
    thread: int
    site: Site | None
    pool: int


class SharedMemoryMade(NamedTuple):
    """A process made a block of shared memory, and has it open."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    """From its name and inode: the same in every process, and new for the next of that name."""
    size: int
    """Bytes."""
    tracked: bool
    """Whether the resource tracker removes it when the program has forgotten to."""
    kind: str
    """`SharedMemory` or `ShareableList`."""
    system_name: str
    """What it is called in the system: `psm_12345678`."""


class SharedMemoryAttached(NamedTuple):
    """A process opened a block that is there already, by its name."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    size: int
    kind: str
    system_name: str


class SharedMemoryInherited(NamedTuple):
    """A forked process has open what its parent had open."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    handles: int
    """How often it is open."""


class SharedMemoryClosed(NamedTuple):
    """`close()` of one object that stood for the block in this process."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    dropped: bool
    """Nobody called it: the object was no longer referred to."""


class SharedMemoryUnlinked(NamedTuple):
    """`unlink()`: the name is gone; the block goes when the last has closed it."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int


class SharedMemoryRefused(NamedTuple):
    """Making, attaching, closing or unlinking a block raised."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    """0 where no block was found."""
    method: str
    """`create`, `attach`, `close` or `unlink`."""
    system_name: str
    error: str


class ElementRead(NamedTuple):
    """An element of a ShareableList was read."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    position: int
    text: str


class ElementWritten(NamedTuple):
    """An element of a ShareableList was written."""

    time: int
    process: int
    thread: int
    site: Site | None
    memory: int
    position: int
    first: bool
    """By making the list; only the first elements are told."""
    text: str


class RawValueMade(NamedTuple):
    """A process made a value or an array without a lock; reads and writes of it are not seen."""

    time: int
    process: int
    thread: int
    site: Site | None
    value: int
    """Where it lies: the same in every process, until its memory is used for another one."""
    size: int
    """Bytes."""
    ordinal: int
    """How many of them this process has had before."""
    kind: str
    """`RawValue`, `RawArray`, or `Value` and `Array` with `lock=False`."""
    ctype: str
    """Name of its ctypes type: `c_int`, `c_double_Array_10`."""


class RawValueArrived(NamedTuple):
    """A process got a value by pickle; it may be the part of one with a lock, which is not told."""

    time: int
    process: int
    thread: int
    site: Site | None
    value: int
    ordinal: int


class RawValuesInherited(NamedTuple):
    """A forked process has the first values that its parent had."""

    time: int
    process: int
    thread: int
    site: Site | None
    parent: int
    how_many: int


class RawValueGone(NamedTuple):
    """The memory of a value is used for one with a lock now."""

    time: int
    process: int
    thread: int
    site: Site | None
    value: int


class ProgramStarted(NamedTuple):
    """The session started the program."""

    time: int
    process: int
    thread: int
    site: Site | None
    pid: int


class ProgramEnded(NamedTuple):
    """The program's main process is over, or the session ended the program."""

    time: int
    process: int
    thread: int
    site: Site | None
    exitcode: int
    outcome: str
    """`finished`, `failed`, `killed` or `interrupted`."""
    why: str


class EventsLost(NamedTuple):
    """Events that a process could not deliver, counted from the gap in its numbering."""

    time: int
    process: int
    thread: int
    site: Site | None
    whose: int
    """Key of the process that lost them."""
    how_many: int


class OutputWritten(NamedTuple):
    """The program wrote to its standard output (1) or standard error (2)."""

    time: int
    process: int
    thread: int
    site: Site | None
    stream: int
    text: str


class ObjectNamed(NamedTuple):
    """The variable the program calls a channel by, read from the line that made it."""

    time: int
    process: int
    thread: int
    site: Site | None
    object: int
    name: str


class HoldersSeen(NamedTuple):
    """Which processes hold an end of a Pipe open, as the kernel says."""

    time: int
    process: int
    thread: int
    site: Site | None
    channel: int
    role: int
    """0 the reading end, 1 the writing end, 2 an end that does both."""
    holders: str
    """Process keys with commas between."""


class StuckSeen(NamedTuple):
    """No process can go on."""

    time: int
    process: int
    thread: int
    site: Site | None
    certain: bool
    """Whether the kernel confirms that every thread is blocked."""
    in_circle: bool
    """Whether those of the chain wait for each other."""
    why: str
    """One sentence: who waits for what, and who could have ended it."""
    chain: str
    """Process keys with commas between, each waiting for the next."""


class ThreadLockSeen(NamedTuple):
    """A forked process with one thread waits for a lock between threads, as the kernel says: for good."""

    time: int
    process: int
    thread: int
    site: Site | None
    waiter: int
    """Key of the process that waits."""


class UnwatchedSeen(NamedTuple):
    """There are more processes than can be told apart; what the others do is not seen."""

    time: int
    process: int
    thread: int
    site: Site | None
    how_many: int
    """At least so many run, or ran, unwatched, since the beginning."""


Event = (
    ProcessBegan | ProcessStarted | ProcessExited | ProcessFailed | ProcessEnding | ProcessEnded |
    JoinWaiting | Joined | JoinTimedOut | SignalSent | ThreadNamed | SiteNamed | StartFailed |
    ChannelMade | PutWaiting | ItemPut | PutFailed | ItemLost | SendWaiting | ItemSent | TurnWaiting |
    DataWaiting | ItemTaken | GetFailed | TaskDone | TaskDoneRefused | TasksWaiting | TasksFinished |
    ChannelAsked | ChannelClosed | FlushWaiting | Flushed | FlushCancelled | LockMade | LockWaiting |
    LockAcquired | LockReleased | LockFailed | ConditionWaiting | ConditionWoken | Notified | EventSet |
    EventCleared | EventWaiting | EventPassed | BarrierWaiting | BarrierPassed | BarrierBroken |
    ValueRead | ValueWritten | ManagerStarted | CallWaiting | CallReturned | ContentChanged | PoolMade |
    WorkerStarted | TaskSubmitted | TaskBegan | TaskEnded | ResultArrived | CallbackBegan |
    CallbackEnded | ResultWaiting | ResultWaited | ResultGot | ResultAsked | PoolClosed | PoolTerminated
    | PoolJoinWaiting | PoolJoined | PoolRefused | PoolBroken | SharedMemoryMade | SharedMemoryAttached
    | SharedMemoryInherited | SharedMemoryClosed | SharedMemoryUnlinked | SharedMemoryRefused |
    ElementRead | ElementWritten | RawValueMade | RawValueArrived | RawValuesInherited | RawValueGone |
    ProgramStarted | ProgramEnded | EventsLost | OutputWritten | ObjectNamed | HoldersSeen | StuckSeen |
    ThreadLockSeen | UnwatchedSeen
)  # fmt: skip

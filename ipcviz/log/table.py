"""The table of events: one row per fact, in the past tense or as an explicit wait.

Everything that knows an event knows it from here: the hooks write by it, the types in `ipcviz.log.events` and
the page on the trace format are made from it (`python -m ipcviz.log.generate`), the reader reads by it. It is
imported inside the watched program, so it needs nothing but the standard library, and little of that.

Every event also carries when it happened, in which process and thread, and at which place of the program's
own code. A wait is two events: `...Waiting`, and whatever ends it.
"""

from ipcviz.log.slots import LARGEST, ZERO, clip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ID, MADE, KEY, NUMBER, TIMEOUT = "id", "made", "key", "number", "timeout"
"""Kinds of a word: the identity of an object, the same in every process; that of an object which is made
here, by a call whose name is the row's `kind`; the key of a process, 0 for none; a number; ns until a wait
gives up, -1 for never (a reader gets seconds, or None)."""
FLAG, TEXT = "flag", "text"
"""A yes or no, at most two in a row; a text."""
SEPARATOR = "\x1f"
"""Stands between the texts of a row that has more than one."""

EVENTS: "dict[int, Row]" = {}
"""Number to row."""


class Row:
    """One event: its number, which is part of the trace format (add, never renumber), name and fields.

    A record has room for three words, two flags and the texts, each in the order of the fields.
    """

    __slots__ = ("doc", "fields", "flags", "makes", "name", "number", "texts", "words")

    def __init__(self, number: int, name: str, doc: str, /, **fields: str | tuple[str, str]) -> None:
        self.number = number
        self.name = name
        self.doc = doc
        self.fields = {f: said if isinstance(said, tuple) else (said, "") for f, said in fields.items()}
        """Name to kind and meaning, in order."""
        self.words = tuple([f for f, (kind, _) in self.fields.items() if kind not in (FLAG, TEXT)])
        self.flags = tuple([f for f, (kind, _) in self.fields.items() if kind == FLAG])
        self.texts = tuple([f for f, (kind, _) in self.fields.items() if kind == TEXT])
        self.makes = next((f for f, (kind, _) in self.fields.items() if kind == MADE), "")
        """The field that says which object was made; empty where none was."""
        EVENTS[number] = self

    def order(self, *words: str) -> int:
        """The row's number, for a hook that writes its words by position: they must be named in order.

        Raises:
            TypeError: the row has other words, or has them in another order.
        """
        if words != self.words:
            raise TypeError(f"{self.name} has the words {self.words}, not {words}")
        return self.number

    def pack(self, values: "dict[str, Any]") -> tuple[int, int, int, int, bytes]:
        """`values` by name as they stand in a record: three words, the flags, the text.

        A text may be given as UTF-8. Numbers too large for a word are cut, since the program must not notice.

        Raises:
            TypeError: there are other fields than the row has.
        """
        if values.keys() != self.fields.keys():
            raise TypeError(f"{self.name} has the fields {tuple(self.fields)}, not {tuple(values)}")
        words = [max(-LARGEST, min(values[field], LARGEST)) or ZERO for field in self.words]
        words += [ZERO] * (3 - len(words))
        flags = 0
        for n, field in enumerate(self.flags):
            flags |= bool(values[field]) << n
        texts = [values[field] for field in self.texts]
        texts = [text if type(text) is bytes else clip(text) for text in texts]
        if len(texts) > 1:
            texts = [text.replace(_SEPARATOR, b" ") for text in texts]
        a, b, c = words
        return a, b, c, flags, _SEPARATOR.join(texts)


_SEPARATOR = SEPARATOR.encode()


# Processes.
PROCESS_BEGAN = Row(
    1,
    "ProcessBegan",
    "A process said its first word, from inside itself.",
    pid=NUMBER,
    parent=(KEY, "Key of the process that started it; 0 for the program's main process."),
    name=TEXT,
    start_method=(TEXT, "`main`, `fork`, `spawn`, `forkserver` or `os.fork`."),
    daemon=FLAG,
    python=(TEXT, "Version of the interpreter, as the main process says."),
)
PROCESS_STARTED = Row(
    2,
    "ProcessStarted",
    "`Process.start()` was called in the parent, and has returned since; the time is that of the call.",
    child=KEY,
    pid=NUMBER,
    name=TEXT,
    start_method=TEXT,
    daemon=FLAG,
)
PROCESS_EXITED = Row(
    3,
    "ProcessExited",
    "The parent learned the exit code of its child: the last word on it.",
    child=KEY,
    exitcode=(NUMBER, "As `Process.exitcode`: negative for the signal that killed it."),
)
PROCESS_FAILED = Row(
    4,
    "ProcessFailed",
    "An exception that nobody caught is ending the process.",
    error=TEXT,
)
PROCESS_ENDING = Row(
    5,
    "ProcessEnding",
    "The program's own code is over; exit handlers run, feeders flush, children are joined.",
)
PROCESS_ENDED = Row(6, "ProcessEnded", "A process's own last word.")
JOIN_WAITING = Row(
    7,
    "JoinWaiting",
    "`Process.join()` has to wait for a child.",
    child=KEY,
    timeout=(TIMEOUT, "Seconds; None waits for ever."),
)
JOINED = Row(
    8,
    "Joined",
    "`Process.join()` returned with the child ended.",
    child=KEY,
)
JOIN_TIMED_OUT = Row(
    9,
    "JoinTimedOut",
    "`Process.join(timeout)` returned with the child still running.",
    child=KEY,
)
SIGNAL_SENT = Row(
    10,
    "SignalSent",
    "`Process.terminate()` or `Process.kill()` was called on a child.",
    child=KEY,
    signal=NUMBER,
)
THREAD_NAMED = Row(
    11,
    "ThreadNamed",
    "A thread spoke for the first time.",
    name=TEXT,
)
SITE_NAMED = Row(
    12,
    "SiteNamed",
    "A process will call a place in the code by a number; the log resolves it.",
    number=NUMBER,
    file=TEXT,
    line=NUMBER,
    function=TEXT,
)
START_FAILED = Row(
    13,
    "StartFailed",
    "`Process.start()` raised; there is no child.",
    child=KEY,
    name=TEXT,
    error=TEXT,
)

# Channels.
CHANNEL_MADE = Row(
    30,
    "ChannelMade",
    "A process made a channel.",
    channel=(MADE, "The pipe's inode: the same in every process and under every start method."),
    maxsize=(NUMBER, "Slots; 0 for a channel without a bound."),
    other=(ID, "The other end's inode, for a duplex Pipe; 0 where both ends have one."),
    kind=TEXT,
    inside=(TEXT, "The library object it is a part of, or the empty text for the program's own."),
)
PUT_WAITING = Row(
    31,
    "PutWaiting",
    "`put` found no free slot and waits for one.",
    channel=ID,
    timeout=TIMEOUT,
    text=(TEXT, "A short safe `repr` of the item."),
)
ITEM_PUT = Row(
    32,
    "ItemPut",
    "An item has its slot and lies in the buffer of its producer.",
    channel=ID,
    ordinal=(NUMBER, "How many items this process had put into this channel before, in buffer order."),
    text=TEXT,
)
PUT_FAILED = Row(
    33,
    "PutFailed",
    "`put` raised: `Full`, or `ValueError` on a closed queue.",
    channel=ID,
    error=TEXT,
    text=TEXT,
)
ITEM_LOST = Row(
    34,
    "ItemLost",
    "The feeder could not pickle or send an item; nobody will ever get it.",
    channel=ID,
    ordinal=NUMBER,
    error=TEXT,
)
SEND_WAITING = Row(
    35,
    "SendWaiting",
    "The pipe may have no room for the message: whoever writes it may have to wait for a reader.",
    channel=ID,
    size=(NUMBER, "Bytes of the pickled message."),
)
ITEM_SENT = Row(
    36,
    "ItemSent",
    "An item went from its producer's buffer into the pipe.",
    channel=ID,
    number=(
        NUMBER,
        "Which message of this channel it is, counted from 1 under the channel's own write lock.",
    ),
    ordinal=(NUMBER, "The `ItemPut.ordinal` it had in this process; -1 when it never was in a buffer."),
    text=(TEXT, "Only for a channel without a buffer, where the send is the put; else empty."),
)
TURN_WAITING = Row(
    37,
    "TurnWaiting",
    "`get` waits for its turn: another getter holds the read lock.",
    channel=ID,
    timeout=TIMEOUT,
)
DATA_WAITING = Row(
    38,
    "DataWaiting",
    "`get` holds the read lock and waits for data.",
    channel=ID,
    timeout=TIMEOUT,
)
ITEM_TAKEN = Row(
    39,
    "ItemTaken",
    "A getter read an item from the pipe.",
    channel=ID,
    number=(
        NUMBER,
        "Which message of this channel it is, counted from 1 under its read lock: nth sent, nth taken.",
    ),
)
GET_FAILED = Row(
    40,
    "GetFailed",
    "`get` raised: `Empty`, or another exception.",
    channel=ID,
    error=TEXT,
)
TASK_DONE = Row(
    41,
    "TaskDone",
    "`task_done` counted one item as processed.",
    channel=ID,
    unfinished=(NUMBER, "What the semaphore said right afterwards, or -1 where the platform does not tell."),
)
TASK_DONE_REFUSED = Row(
    42,
    "TaskDoneRefused",
    "`task_done` was called more often than items were put: `ValueError`.",
    channel=ID,
)
TASKS_WAITING = Row(
    43,
    "TasksWaiting",
    "`JoinableQueue.join` waits until every item is `task_done`.",
    channel=ID,
)
TASKS_FINISHED = Row(
    44,
    "TasksFinished",
    "`JoinableQueue.join` returned.",
    channel=ID,
)
CHANNEL_ASKED = Row(
    45,
    "ChannelAsked",
    "The program asked a channel about itself and got an answer.",
    channel=ID,
    answer=NUMBER,
    method=(TEXT, "`qsize`, `empty` or `full`."),
)
CHANNEL_CLOSED = Row(
    46,
    "ChannelClosed",
    "`close()` of a queue, which wakes no getter, or of one copy of a Pipe's end, in one process.",
    channel=ID,
    role=(NUMBER, "Of a Pipe's end: 0 reads, 1 writes, 2 both."),
)
FLUSH_WAITING = Row(
    47,
    "FlushWaiting",
    "`join_thread()`, or the end of the process, waits until the feeder has flushed.",
    channel=ID,
)
FLUSHED = Row(
    48,
    "Flushed",
    "The feeder thread is over: everything it could send is in the pipe.",
    channel=ID,
)
FLUSH_CANCELLED = Row(
    49,
    "FlushCancelled",
    "`cancel_join_thread()`: this process will not wait for its feeder, items may be lost.",
    channel=ID,
)

# Locks: the whole semaphore family, and what stands on it.
LOCK_MADE = Row(
    60,
    "LockMade",
    "A process made a lock, or something that stands on one.",
    lock=(MADE, "Its id, the same in every process."),
    value=(NUMBER, "What it starts with; for a Barrier the number of parties."),
    maxvalue=(NUMBER, "0 for no bound."),
    kind=TEXT,
)
LOCK_WAITING = Row(
    61,
    "LockWaiting",
    "`acquire` found the lock taken, or the semaphore empty, and waits.",
    lock=ID,
    timeout=TIMEOUT,
)
LOCK_ACQUIRED = Row(
    62,
    "LockAcquired",
    "A thread has the lock, or one unit of the semaphore.",
    lock=ID,
)
LOCK_RELEASED = Row(
    63,
    "LockReleased",
    "A thread let it go; the time is just before.",
    lock=ID,
    again=(NUMBER, "How often the holder of an RLock acquired it again, and let it go again, meanwhile."),
)
LOCK_FAILED = Row(
    64,
    "LockFailed",
    "`acquire` returned False (`busy`, `timeout`), or `acquire` or `release` raised.",
    lock=ID,
    error=TEXT,
)
CONDITION_WAITING = Row(
    65,
    "ConditionWaiting",
    "`Condition.wait`: the lock is let go, the thread waits to be notified.",
    lock=ID,
    timeout=TIMEOUT,
)
CONDITION_WOKEN = Row(
    66,
    "ConditionWoken",
    "`Condition.wait` returned, with the lock again.",
    lock=ID,
    notified=(NUMBER, "0 when the timeout ran out."),
)
NOTIFIED = Row(
    67,
    "Notified",
    "`Condition.notify` was called for at most so many waiters.",
    lock=ID,
    how_many=NUMBER,
)
EVENT_SET = Row(
    68,
    "EventSet",
    "`Event.set` was called.",
    lock=ID,
)
EVENT_CLEARED = Row(
    69,
    "EventCleared",
    "`Event.clear` was called.",
    lock=ID,
)
EVENT_WAITING = Row(
    70,
    "EventWaiting",
    "`Event.wait` waits for `set`.",
    lock=ID,
    timeout=TIMEOUT,
)
EVENT_PASSED = Row(
    71,
    "EventPassed",
    "`Event.wait` returned.",
    lock=ID,
    answer=(NUMBER, "0 when the timeout ran out."),
)
BARRIER_WAITING = Row(
    72,
    "BarrierWaiting",
    "A thread stands at the barrier.",
    lock=ID,
    timeout=TIMEOUT,
)
BARRIER_PASSED = Row(
    73,
    "BarrierPassed",
    "A thread passed the barrier.",
    lock=ID,
    position=NUMBER,
)
BARRIER_BROKEN = Row(
    74,
    "BarrierBroken",
    "`Barrier.wait` raised.",
    lock=ID,
    error=TEXT,
)
VALUE_READ = Row(
    75,
    "ValueRead",
    "A shared `Value` or an element of an `Array` was read.",
    lock=ID,
    text=TEXT,
)
VALUE_WRITTEN = Row(
    76,
    "ValueWritten",
    "A shared `Value` or an element of an `Array` was written.",
    lock=ID,
    text=TEXT,
)

# Managers.
MANAGER_STARTED = Row(
    80,
    "ManagerStarted",
    "`Manager()`: a server process serves its objects.",
    manager=MADE,
    server=(KEY, "Process key of the server."),
    kind=TEXT,
)
CALL_WAITING = Row(
    81,
    "CallWaiting",
    "A proxy sent a request to its manager and waits for the answer.",
    manager=ID,
    typeid=(TEXT, "`dict`, `list`, `Queue`, …"),
    ident=(TEXT, "Which object of the manager."),
    method=TEXT,
    arguments=TEXT,
)
CALL_RETURNED = Row(
    82,
    "CallReturned",
    "The answer to a proxy call is there.",
    manager=ID,
    fine=(FLAG, "False when it raised."),
    text=TEXT,
)
CONTENT_CHANGED = Row(
    83,
    "ContentChanged",
    "What an object of a manager contains, as its server says.",
    manager=ID,
    typeid=(TEXT, "Empty where it was said before."),
    ident=TEXT,
    text=TEXT,
)

# Pools and executors.
POOL_MADE = Row(
    90,
    "PoolMade",
    "A Pool or a ProcessPoolExecutor is there.",
    pool=(MADE, "The inode of the pipe its tasks go through."),
    processes=NUMBER,
    kind=TEXT,
    start_method=TEXT,
)
WORKER_STARTED = Row(
    91,
    "WorkerStarted",
    "A process was started to work for a pool.",
    pool=ID,
    child=KEY,
)
TASK_SUBMITTED = Row(
    92,
    "TaskSubmitted",
    "A job was handed to a pool; the time is that of the call.",
    pool=ID,
    job=NUMBER,
    tasks=(NUMBER, "How many tasks (chunks) it is made of; 0 while nobody knows (imap)."),
    method=TEXT,
    text=(TEXT, "What is to be done, as `function(arguments)`."),
)
TASK_BEGAN = Row(
    93,
    "TaskBegan",
    "A worker took a task.",
    pool=ID,
    job=NUMBER,
    part=(NUMBER, "Which task of the job."),
    text=TEXT,
)
TASK_ENDED = Row(
    94,
    "TaskEnded",
    "A worker sends back what became of a task.",
    pool=ID,
    job=NUMBER,
    part=NUMBER,
    fine=FLAG,
    text=(TEXT, "The result, or the exception."),
)
RESULT_ARRIVED = Row(
    95,
    "ResultArrived",
    "A result is with the parent, in its result handler's thread.",
    pool=ID,
    job=NUMBER,
    part=NUMBER,
    fine=FLAG,
)
CALLBACK_BEGAN = Row(
    96,
    "CallbackBegan",
    "A callback runs, in the thread that says so.",
    pool=ID,
    job=NUMBER,
    kind=(TEXT, "`callback` or `error_callback`."),
    text=TEXT,
)
CALLBACK_ENDED = Row(
    97,
    "CallbackEnded",
    "A callback returned.",
    pool=ID,
    job=NUMBER,
    kind=TEXT,
    text=TEXT,
)
RESULT_WAITING = Row(
    98,
    "ResultWaiting",
    "`get`, `wait`, `result` or the next of `imap` waits for a result.",
    pool=ID,
    job=NUMBER,
    timeout=TIMEOUT,
)
RESULT_WAITED = Row(
    99,
    "ResultWaited",
    "The wait for a result is over.",
    pool=ID,
    job=NUMBER,
    answer=(TEXT, "`ready`, `timeout`, or `end` of an imap."),
)
RESULT_GOT = Row(
    100,
    "ResultGot",
    "`get` or `result` returned a value, or raised.",
    pool=ID,
    job=NUMBER,
    fine=FLAG,
    text=TEXT,
)
RESULT_ASKED = Row(
    101,
    "ResultAsked",
    "`ready` or `successful` was asked and answered.",
    pool=ID,
    job=NUMBER,
    answer=NUMBER,
    method=TEXT,
)
POOL_CLOSED = Row(
    102,
    "PoolClosed",
    "No more tasks are taken.",
    pool=ID,
)
POOL_TERMINATED = Row(
    103,
    "PoolTerminated",
    "The workers are stopped at once.",
    pool=ID,
)
POOL_JOIN_WAITING = Row(
    104,
    "PoolJoinWaiting",
    "`join` waits for the workers to end.",
    pool=ID,
)
POOL_JOINED = Row(
    105,
    "PoolJoined",
    "`join` returned.",
    pool=ID,
)
POOL_REFUSED = Row(
    106,
    "PoolRefused",
    "A method of a pool, or of a result, raised because it was called at the wrong time.",
    pool=ID,
    method=TEXT,
    error=TEXT,
)
POOL_BROKEN = Row(
    107,
    "PoolBroken",
    "A worker of a ProcessPoolExecutor died: every future fails with `BrokenProcessPool`.",
    pool=ID,
)

# Shared memory: blocks with a name of the system's, and lists in them.
SHARED_MEMORY_MADE = Row(
    110,
    "SharedMemoryMade",
    "A process made a block of shared memory, and has it open.",
    memory=(MADE, "From its name and inode: the same in every process, and new for the next of that name."),
    size=(NUMBER, "Bytes."),
    tracked=(FLAG, "Whether the resource tracker removes it when the program has forgotten to."),
    kind=(TEXT, "`SharedMemory` or `ShareableList`."),
    system_name=(TEXT, "What it is called in the system: `psm_12345678`."),
)
SHARED_MEMORY_ATTACHED = Row(
    111,
    "SharedMemoryAttached",
    "A process opened a block that is there already, by its name.",
    memory=ID,
    size=NUMBER,
    kind=TEXT,
    system_name=TEXT,
)
SHARED_MEMORY_INHERITED = Row(
    112,
    "SharedMemoryInherited",
    "A forked process has open what its parent had open.",
    memory=ID,
    handles=(NUMBER, "How often it is open."),
)
SHARED_MEMORY_CLOSED = Row(
    113,
    "SharedMemoryClosed",
    "`close()` of one object that stood for the block in this process.",
    memory=ID,
    dropped=(FLAG, "Nobody called it: the object was no longer referred to."),
)
SHARED_MEMORY_UNLINKED = Row(
    114,
    "SharedMemoryUnlinked",
    "`unlink()`: the name is gone; the block goes when the last has closed it.",
    memory=ID,
)
SHARED_MEMORY_REFUSED = Row(
    115,
    "SharedMemoryRefused",
    "Making, attaching, closing or unlinking a block raised.",
    memory=(ID, "0 where no block was found."),
    method=(TEXT, "`create`, `attach`, `close` or `unlink`."),
    system_name=TEXT,
    error=TEXT,
)
ELEMENT_READ = Row(
    116,
    "ElementRead",
    "An element of a ShareableList was read.",
    memory=ID,
    position=NUMBER,
    text=TEXT,
)
ELEMENT_WRITTEN = Row(
    117,
    "ElementWritten",
    "An element of a ShareableList was written.",
    memory=ID,
    position=NUMBER,
    first=(FLAG, "By making the list; only the first elements are told."),
    text=TEXT,
)

# Values and arrays without a lock: plain ctypes objects in shared memory.
RAW_VALUE_MADE = Row(
    120,
    "RawValueMade",
    "A process made a value or an array without a lock; reads and writes of it are not seen.",
    value=(MADE, "Where it lies: the same in every process, until its memory is used for another one."),
    size=(NUMBER, "Bytes."),
    ordinal=(NUMBER, "How many of them this process has had before."),
    kind=(TEXT, "`RawValue`, `RawArray`, or `Value` and `Array` with `lock=False`."),
    ctype=(TEXT, "Name of its ctypes type: `c_int`, `c_double_Array_10`."),
)
RAW_VALUE_ARRIVED = Row(
    121,
    "RawValueArrived",
    "A process got a value by pickle; it may be the part of one with a lock, which is not told.",
    value=ID,
    ordinal=NUMBER,
)
RAW_VALUES_INHERITED = Row(
    122,
    "RawValuesInherited",
    "A forked process has the first values that its parent had.",
    parent=KEY,
    how_many=NUMBER,
)
RAW_VALUE_GONE = Row(
    123,
    "RawValueGone",
    "The memory of a value is used for one with a lock now.",
    value=ID,
)

# The session's own words: process key 0.
PROGRAM_STARTED = Row(
    200,
    "ProgramStarted",
    "The session started the program.",
    pid=NUMBER,
)
PROGRAM_ENDED = Row(
    201,
    "ProgramEnded",
    "The program's main process is over, or the session ended the program.",
    exitcode=NUMBER,
    outcome=(TEXT, "`finished`, `failed`, `killed` or `interrupted`."),
    why=TEXT,
)
EVENTS_LOST = Row(
    202,
    "EventsLost",
    "Events that a process could not deliver, counted from the gap in its numbering.",
    whose=(KEY, "Key of the process that lost them."),
    how_many=NUMBER,
)
OUTPUT_WRITTEN = Row(
    203,
    "OutputWritten",
    "The program wrote to its standard output (1) or standard error (2).",
    stream=NUMBER,
    text=TEXT,
)
OBJECT_NAMED = Row(
    204,
    "ObjectNamed",
    "The variable the program calls a channel by, read from the line that made it.",
    object=ID,
    name=TEXT,
)
HOLDERS_SEEN = Row(
    205,
    "HoldersSeen",
    "Which processes hold an end of a Pipe open, as the kernel says.",
    channel=ID,
    role=(NUMBER, "0 the reading end, 1 the writing end, 2 an end that does both."),
    holders=(TEXT, "Process keys with commas between."),
)
STUCK_SEEN = Row(
    206,
    "StuckSeen",
    "No process can go on.",
    certain=(FLAG, "Whether the kernel confirms that every thread is blocked."),
    in_circle=(FLAG, "Whether those of the chain wait for each other."),
    why=(TEXT, "One sentence: who waits for what, and who could have ended it."),
    chain=(TEXT, "Process keys with commas between, each waiting for the next."),
)
THREAD_LOCK_SEEN = Row(
    207,
    "ThreadLockSeen",
    "A forked process with one thread waits for a lock between threads, as the kernel says: for good.",
    waiter=(KEY, "Key of the process that waits."),
)
UNWATCHED_SEEN = Row(
    208,
    "UnwatchedSeen",
    "There are more processes than can be told apart; what the others do is not seen.",
    how_many=(NUMBER, "At least so many run, or ran, unwatched, since the beginning."),
)

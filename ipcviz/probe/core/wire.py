"""The shape of one record on its way out of a watched process: numbers both sides agree on.

A record is a fixed head and a short text. Each field's meaning depends on the kind and is
written down where it is read, in `ipcviz.log.events`.
"""

from struct import Struct

RECORD = Struct("<HBBIQQQq")
"""Size of the whole record in bytes, kind, thread number (at most 255), site number, time in ns of
the monotonic clock, object, number, extra. A text follows; zero bytes at its end are padding."""

HEAD = RECORD.size

WORDS = Struct("<QQQQq")
"""The same 40 bytes as the probe writes them: the first four fields are one word, made once per place."""

BARE = Struct("<QQQ")
"""A record that ends behind its object: number and extra are 0, there is no text. Locks' are so."""

LEAST = BARE.size
"""No record is shorter."""

TURN = Struct("<d")
"""Behind the bare record of a lock that was acquired, or released, may stand when the same thread released
it, acquired it, released it and so on: seconds of the monotonic clock, an event each, while this process
did nothing else. A double, which a hook stores in half the time of an integer; exact to the ns for 48 days
after the machine's start, and to 4 ns for a year."""

TURN_LEAST = 1 << 61
"""Read as a number, a turn is at least this (any time from 1e-154 s on), and the first word of a record is
less: no process has half a billion places in its code."""

SHORT_TEXT = 24
WORDS_TEXT = Struct("<QQQQq24s")
"""With a text of at most `SHORT_TEXT` bytes, padded."""

MIDDLE_TEXT = 56
WORDS_MIDDLE = Struct("<QQQQq56s")
"""With a text of at most `MIDDLE_TEXT` bytes, padded."""


def head_word(kind, thread, site, size=HEAD):
    """The first word of a record."""
    return size | kind << 16 | thread << 24 | site << 32


TEXT_LIMIT = 1_496
"""Longest text of a record in bytes; longer ones are clipped by the sender."""

FRAME = Struct("!iIIQ")
"""Head of one message on the report Pipe: length of what follows (as `multiprocessing.Connection`
frames it), process key, spare (0), how many events this process had reported before this message."""

FRAME_LIMIT = 4_096
"""Writes of at most PIPE_BUF bytes are never torn, however many processes share the write end."""

SEPARATOR = "\x1f"
"""Stands between the parts of a text that has more than one."""

# Processes. The numbers are part of the trace format: add, never renumber.
PROCESS_BEGAN = 1
PROCESS_STARTED = 2
PROCESS_EXITED = 3
PROCESS_FAILED = 4
PROCESS_ENDING = 5
PROCESS_ENDED = 6
JOIN_WAITING = 7
JOINED = 8
JOIN_TIMED_OUT = 9
SIGNAL_SENT = 10
THREAD_NAMED = 11
SITE_NAMED = 12
START_FAILED = 13

# Channels.
CHANNEL_MADE = 30
PUT_WAITING = 31
ITEM_PUT = 32
PUT_FAILED = 33
ITEM_LOST = 34
SEND_WAITING = 35
ITEM_SENT = 36
TURN_WAITING = 37
DATA_WAITING = 38
ITEM_TAKEN = 39
GET_FAILED = 40
TASK_DONE = 41
TASK_DONE_REFUSED = 42
TASKS_WAITING = 43
TASKS_FINISHED = 44
CHANNEL_ASKED = 45
CHANNEL_CLOSED = 46
FLUSH_WAITING = 47
FLUSHED = 48
FLUSH_CANCELLED = 49

# Locks: the whole semaphore family, and what stands on it.
LOCK_MADE = 60
LOCK_WAITING = 61
LOCK_ACQUIRED = 62
LOCK_RELEASED = 63
LOCK_FAILED = 64
CONDITION_WAITING = 65
CONDITION_WOKEN = 66
NOTIFIED = 67
EVENT_SET = 68
EVENT_CLEARED = 69
EVENT_WAITING = 70
EVENT_PASSED = 71
BARRIER_WAITING = 72
BARRIER_PASSED = 73
BARRIER_BROKEN = 74
VALUE_READ = 75
VALUE_WRITTEN = 76

# Managers.
MANAGER_STARTED = 80
CALL_WAITING = 81
CALL_RETURNED = 82
CONTENT_CHANGED = 83

# Pools.
POOL_MADE = 90
WORKER_STARTED = 91
TASK_SUBMITTED = 92
TASK_BEGAN = 93
TASK_ENDED = 94
RESULT_ARRIVED = 95
CALLBACK_BEGAN = 96
CALLBACK_ENDED = 97
RESULT_WAITING = 98
RESULT_WAITED = 99
RESULT_GOT = 100
RESULT_ASKED = 101
POOL_CLOSED = 102
POOL_TERMINATED = 103
POOL_JOIN_WAITING = 104
POOL_JOINED = 105
POOL_REFUSED = 106
POOL_BROKEN = 107

# The session's own words (process key 0).
PROGRAM_STARTED = 200
PROGRAM_ENDED = 201
EVENTS_LOST = 202
OUTPUT_WRITTEN = 203
OBJECT_NAMED = 204
HOLDERS_SEEN = 205
STUCK_SEEN = 206
THREAD_LOCK_SEEN = 207
UNWATCHED_SEEN = 208

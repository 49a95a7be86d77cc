"""One call that every hook makes: write down what happened, where the session can read it.

A record goes into this process's region of the ledger at once; when the region is full it goes down
the report Pipe as one message of at most PIPE_BUF bytes. So nothing is ever held back in private
memory, no thread is needed, and a hundred events cost one system call.
"""

import os
import sys
from _thread import RLock, _local, get_ident
from select import POLLOUT, poll
from time import monotonic, monotonic_ns, sleep

from ipcviz.probe import ledger as books
from ipcviz.probe import wire

BACKLOG_LIMIT = 256
"""Messages (of about 4 kB) that wait in the process while the Pipe is full; more are dropped and counted."""
PATIENCE = 0.5
"""Seconds a process may wait for a slow reader in all; a reader that takes something earns it back."""

active = False
"""Whether this process reports at all."""
key = 0
"""This process's key in the log."""

_HOLD_POLL = 0.005
_pack_into = wire.RECORD.pack_into
_HEAD = wire.HEAD
_ROOM = books.REGION_ROOM

_ledger = None
_map = None
_words = None
_fd = -1
_fd_identity = None
_guard = RLock()
_busy = False
_late = []
"""Records of a signal handler or finalizer that ran in the middle of writing one."""
_at = 0
"""Byte offset of the tail's first byte; `_region` is the word index of the region's head."""
_region = 0
_end = 0
_count = 0
_backlog = []
_patience = PATIENCE
_local_thread = _local()
_threads = 0
_sites = {}


def open_book(path, fd, process_key, parent_pid=0):
    """Begin to report as `process_key` into the ledger at `path` and the Pipe `fd`.

    Raises:
        OSError, ValueError: the ledger cannot be mapped; then nothing is reported.
    """
    global _ledger, _map, _words, _fd, _fd_identity
    _ledger = books.Ledger(path)
    _map = _ledger.map
    _words = _ledger.words
    _fd = _lift(fd)
    _fd_identity = _identity(_fd)
    become(process_key)


def become(process_key):
    """Report as another process from now on: at the start, and in a forked child.

    A forked child inherits its parent's half-filled numbers; all of them are its parent's.
    """
    global key, active, _guard, _busy, _at, _region, _end, _count, _local_thread, _threads, _patience
    key = process_key
    _guard = RLock()
    _busy = False
    _late.clear()
    _backlog.clear()
    _patience = PATIENCE
    _local_thread = _local()
    _threads = 0
    _sites.clear()
    region = _ledger.region(process_key)
    _region = region // 8
    _at = region + books.REGION_HEAD
    _end = 0
    _count = 0
    _words[_region + books.R_PID] = os.getpid()
    active = bool(process_key)


def new_key():
    """A key for a process that is about to be started."""
    return _ledger.new_process() if _ledger is not None else 0


def descriptor():
    """The report Pipe's descriptor, or -1 where it was lost."""
    return _fd if _still_ours() else -1


def ledger():
    """The ledger this process writes into."""
    return _ledger


def stop():
    """Report nothing any more in this process."""
    global active
    active = False


def report(kind, obj=0, number=0, extra=0, text=b"", site=0, time=0):
    """Write down one event of the calling thread, of now or of `time` (ns) a moment ago."""
    global _busy, _end, _count
    if not active:
        return
    try:
        thread = _local_thread.number
    except AttributeError:
        thread = _introduce()
    with _guard:
        if _busy:
            _late.append((kind, thread, site, time or monotonic_ns(), obj, number, extra, text))
            return
        _busy = True
        try:
            size = _HEAD + len(text)
            end = _end
            if end + size > _ROOM:
                _flush()
                end = 0
            at = _at + end
            _pack_into(_map, at, size, kind, thread, site, time or monotonic_ns(), obj, number, extra)
            if text:
                _map[at + _HEAD : at + size] = text
            _end = end + size
            _count += 1
            # Last, so that a reader never sees a record that is not whole.
            _words[_region + 1] = _end
            if _backlog:
                _drain_backlog()
            if _late:
                _write_late()
        finally:
            _busy = False


def _write_late():
    """Write what a signal handler or finalizer reported in the middle of another record."""
    global _end, _count
    while _late:
        kind, thread, site, time, obj, number, extra, text = _late.pop(0)
        size = _HEAD + len(text)
        if _end + size > _ROOM:
            _flush()
        at = _at + _end
        _pack_into(_map, at, size, kind, thread, site, time, obj, number, extra)
        _map[at + _HEAD : at + size] = text
        _end += size
        _count += 1
        _words[_region + books.R_END] = _end


def _introduce():
    """Give the calling thread its number and say its name."""
    global _threads
    with _guard:
        number = _local_thread.number = min(_threads, 255)
        _threads += 1
    # Not `import threading`: a program that never needs it is not made to load it.
    threading = sys.modules.get("threading")
    thread = threading._active.get(get_ident()) if threading is not None else None
    name = thread.name if thread is not None else "MainThread" if number == 0 else "thread"
    report(wire.THREAD_NAMED, text=clip(name, 80))
    return number


def clip(text, limit):
    """UTF-8 of `text`, at most `limit` bytes, cut between characters."""
    data = text.encode("utf-8", "replace")
    if len(data) > limit:
        data = data[:limit].decode("utf-8", "ignore").encode()
    return data


def site_number(code, line):
    """The number under which this process speaks of a place in the program's code."""
    place = (code, line)
    number = _sites.get(place)
    if number is None:
        number = _sites[place] = len(_sites) + 1
        text = clip(code.co_filename, 1_200) + b"\x1f" + clip(code.co_name, 200)
        report(wire.SITE_NAMED, number, line, 0, text)
    return number


def _flush():
    """Send the tail down the Pipe and begin an empty one. Called with `_guard` held."""
    global _end
    base = _count - _tail_events()
    size = wire.FRAME.size - 4 + _end
    frame = wire.FRAME.pack(size, key, 0, base) + _map[_at : _at + _end]
    if _backlog or not _send(frame):
        _keep(frame)
    words = _words
    # Odd while head and tail do not belong together.
    words[_region + books.R_GENERATION] += 1
    words[_region + books.R_QUEUED] = len(_backlog)
    words[_region + books.R_BASE] = _count
    words[_region + books.R_END] = 0
    words[_region + books.R_GENERATION] += 1
    _end = 0


def _tail_events():
    return _count - _words[_region + books.R_BASE]


def _send(frame):
    """Try once; whether it went. A lost descriptor swallows it: the gap in the numbers tells."""
    if not _still_ours():
        return True
    try:
        os.write(_fd, frame)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _keep(frame):
    """Keep a message for later; with too many of them, wait a little, then drop it."""
    global _patience
    if len(_backlog) >= BACKLOG_LIMIT and _patience > 0:
        begun = monotonic()
        waiter = poll()
        waiter.register(_fd, POLLOUT)
        try:
            waiter.poll(_patience * 1000)
        except OSError:
            pass
        _patience -= monotonic() - begun
        _drain_backlog()
    if len(_backlog) < BACKLOG_LIMIT:
        _backlog.append(frame)


def _drain_backlog():
    global _patience
    sent = 0
    for frame in _backlog:
        if not _send(frame):
            break
        sent += 1
    if sent:
        del _backlog[:sent]
        _patience = PATIENCE
        _words[_region + books.R_QUEUED] = len(_backlog)


def finish():
    """At the end of a process: give a slow reader a moment to take what waits here."""
    if not _backlog:
        return
    with _guard:
        deadline = monotonic() + PATIENCE
        while _backlog and monotonic() < deadline:
            _drain_backlog()
            if _backlog:
                sleep(0.005)


def held():
    """Whether the session holds the program."""
    return _words is not None and _words[books.W_HOLD]


def held_ns():
    """How long the session has held the program so far, in ns."""
    return _words[books.W_HELD] if _words is not None else 0


def wait_while_held():
    """Stand still before the next operation while the session holds the program."""
    while active and _words[books.W_HOLD]:
        sleep(_HOLD_POLL)


def _still_ours():
    """Whether the number still means the report Pipe: the program may have closed all descriptors."""
    return _fd >= 0 and _identity(_fd) == _fd_identity


def _identity(fd):
    try:
        stat = os.fstat(fd)
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _lift(fd):
    """Move the descriptor up and out of the way of the program's own, closed on exec."""
    import fcntl

    for lowest in (books.HIGH, 60, 20):
        try:
            high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(fd)
        return high
    os.set_inheritable(fd, False)
    return fd


def complain():
    """For whoever develops the probe: say on standard error what went wrong inside a hook."""
    if os.environ.get("IPCVIZ_DEBUG"):
        sys.excepthook(*sys.exc_info())

"""A port: one end of a channel in one process. Counts what goes through it, in the order the kernel has.

The number of a message is what makes the nth message sent and the nth one taken the same message. So between
the system call and the counting no other message may be sent (or taken) on that end:

* A queue has locks of its own for that, and whoever sends or takes holds them.
* An end of a Pipe has none. As long as one thread only has ever sent on it, nobody can come in between. The
  ledger says which (`C_SENDER`); that thread says there that it is at it (`C_SENDING`), and looks once more
  whether it is still the only one. A second sender writes that there are several from now on, waits until the
  first one is not at it any more, and from then on whoever sends takes that word's lock (`core.wordlock`).

That lock orders what is done at the same time; it never makes a thread wait for anything that it would not
wait for without it. Who finds it taken waits as the program would: until the pipe has room (or something to
read). If the lock is still taken a while after that (its holder was stopped by a signal, say), it goes on
without; then the numbers may be wrong, but the program is right.
"""

import os
from select import POLLIN, POLLOUT, poll
from time import monotonic, sleep

from ipcviz.log.slots import ZERO
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import report, wordlock

HEADER = 4
"""Bytes that `Connection` puts before each message."""
SURELY_ROOM = 30_000
"""With fewer bytes than this in the pipe a write does not wait: the smallest pipe we know of holds 64 KiB,
of which page rounding wastes less than half."""
SURELY_MESSAGES = 128
"""The same for messages in a duplex Pipe, which is a socket: each takes room of its own for its management,
so that as many as 278 small ones fill the smallest."""
_SENT, _RECEIVED = books.C_SENT, books.C_RECEIVED
_BYTES_SENT, _BYTES_RECEIVED = books.C_BYTES_SENT, books.C_BYTES_RECEIVED
_SENDER, _SENDING = books.C_SENDER, books.C_SENDING
_RECEIVER, _RECEIVING = books.C_RECEIVER, books.C_RECEIVING
_SEVERAL = 1
"""In the place of the one sender (or receiver): there were several. No thread's identity is so small."""
_SETTLED = 0.000_2
"""Seconds in which a store of one processor is seen by the others, many times over."""
_STEP = 0.000_05
_PATIENCE = 0.2
"""So long (s) a lock that is in the way is waited for, while the pipe itself is not."""

FOREIGN = False
"""What a connection is tagged with that is no port of a channel we know."""


class Port:
    """What the hooks know of one end of a channel. Never refers to the connection: no cycles."""

    __slots__ = (
        "asked", "buffered", "counted", "inside", "key", "known_sent", "next_ordinal", "next_sent", "of_pipe",
        "peer", "polled", "role", "room_until", "row", "sent_head", "words",
    )  # fmt: skip

    def __init__(self, inode, row, *, of_pipe=False, role=2, buffered=False):
        self.key = inode
        self.of_pipe = of_pipe
        """An end of a Pipe: nothing but `sending` and `receiving` keeps several threads apart."""
        self.role = role
        """Of a Pipe's end: 0 reads, 1 writes, 2 both."""
        self.buffered = buffered
        """Items wait in a buffer for the feeder (Queue), or are sent by `put` itself (SimpleQueue)."""
        self.counted = bool(row)
        """It has a row in the ledger; else it counts for itself, and what it counts is not told."""
        self.words = (
            report.ledger().words if row else memoryview(bytearray(books.CHANNEL_WORDS * 8)).cast("Q")
        )
        self.row = row
        """Word index of the counters of what this end sends, and of what it has received."""
        peer = self.words[row + books.C_ALIAS] if of_pipe else 0
        self.peer = (report.ledger().channel(peer) or row) if peer else row
        """Where the other end counts; the same row but for a duplex Pipe."""
        self.inside = self.counted and self.words[row + books.C_KIND] == books.K_INSIDE
        """It is a part of something larger: what it carries has neither a place in the program nor a text."""
        self.next_ordinal = 0
        """How many items this process has put into its buffer."""
        self.next_sent = 0
        """How many of them the feeder has sent or lost."""
        self.known_sent = 0
        """At least so many messages were sent; looked up again when as many are received."""
        self.room_until = 0
        """So many bytes can surely be sent without a wait; looked up again when that is not enough."""
        self.sent_head = 0
        """The head word of the one thread that sends for a buffer."""
        self.polled = False
        """`poll` has just said that there is data; the read that follows does not wait."""
        self.asked = False
        """The poll under way belongs to `empty()`, not to a `get`."""

    def has_room(self, size):
        """Whether a message of so many bytes surely goes through at once."""
        words, row = self.words, self.row
        sent = words[row + _BYTES_SENT] + size
        if sent > self.room_until:
            self.room_until = words[self.peer + _BYTES_RECEIVED] + SURELY_ROOM
            if sent > self.room_until:
                return False
        if self.peer != row:
            return words[row + _SENT] - words[self.peer + _RECEIVED] < SURELY_MESSAGES
        return True

    def has_message(self):
        """Whether a message surely is there: a sender counts it when all of it has been written."""
        received = self.words[self.row + _RECEIVED]
        if self.known_sent <= received:
            self.known_sent = self.words[self.peer + _SENT]
        return self.known_sent > received

    def count_sent(self, size):
        """One more message of so many bytes was sent; gives its number, as a word of a record."""
        words, row = self.words, self.row
        words[row + _BYTES_SENT] += size
        number = words[row + _SENT] + 1
        words[row + _SENT] = number
        return number if self.counted else ZERO

    def count_received(self, size):
        """The same for one that was received."""
        words, row = self.words, self.row
        self.polled = False
        words[row + _BYTES_RECEIVED] += size
        number = words[row + _RECEIVED] + 1
        words[row + _RECEIVED] = number
        return number if self.counted else ZERO

    def sending(self, fd):
        """`with port.sending(fd):` send and count a message, with nobody in between."""
        return _Order(self, fd, _SENDER, _SENDING, POLLOUT)

    def receiving(self, fd):
        """The same for reading one, which may wait for it."""
        return _Order(self, fd, _RECEIVER, _RECEIVING, POLLIN)


class _Order:
    __slots__ = ("_before", "_fd", "_locks", "_mask", "_only", "_ordered", "_present", "_words")

    def __init__(self, port, fd, only, present, mask):
        self._words, self._fd, self._mask = port.words, fd, mask
        self._only, self._present = port.row + only, port.row + present
        self._locks = self._before = None
        self._ordered = port.of_pipe and port.counted

    def __enter__(self):
        if not self._ordered:
            return
        words = self._words
        me = report.per_thread.identity or report.thread_identity()
        if words[self._only] == me:
            # What was there comes back: this may be a signal handler in the middle of the same.
            self._before = words[self._present]
            words[self._present] = me
            if words[self._only] == me:
                return
            words[self._present] = self._before
            self._before = None
        try:
            self._wait(me)
        except OSError:
            # There are no such locks here, or no descriptor for one.
            pass
        except BaseException:
            # What a signal handler raises; nobody would come to `__exit__`.
            self.__exit__()
            raise

    def __exit__(self, *_):
        if self._before is not None:
            self._words[self._present] = self._before
        locks, self._locks = self._locks, None
        if locks is not None:
            locks.give_back(self._only)

    def _wait(self, me):
        """Become the only one, or get the row's lock; without it where that takes too long."""
        words, only = self._words, self._only
        locks = wordlock.of_thread()
        patience = None
        while True:
            # Before it is taken: from then on `__exit__` gives it back, whatever a signal handler raises.
            self._locks = locks
            taken = locks.take(only)
            if taken and self._is_mine(me):
                return
            self._locks = None
            if taken:
                locks.give_back(only)
            if self._would_wait():
                patience = None
                continue
            now = monotonic()
            if patience is None:
                patience = now + _PATIENCE
            elif now > patience:
                # Whoever was at it has died in the middle, or is stopped.
                words[self._present] = 0
                return
            sleep(_STEP)

    def _is_mine(self, me):
        """With the lock: whether there is nobody who goes without."""
        words = self._words
        only = words[self._only]
        if not only:
            words[self._only] = words[self._present] = me
            self._before = 0
            return True
        if only != _SEVERAL:
            words[self._only] = _SEVERAL
            # The other one says that it is at it, then looks who may: it sees this, or what it says is seen.
            sleep(_SETTLED)
        # Its own word it finds where this is a signal handler in the middle of the same.
        return words[self._present] in (0, me)

    def _would_wait(self):
        """Wait for what the program would wait for; whether there was anything to wait for."""
        waiter = poll()
        waiter.register(self._fd, self._mask)
        if waiter.poll(0) or not os.get_blocking(self._fd):
            return False
        waiter.poll()
        return True


def port_of(connection):
    """The port behind a connection; None where it is none of a channel we know."""
    port = connection._ipcviz
    if port is None and report.active:
        port = discover(connection)
    return port if type(port) is Port else None


def discover(connection):
    """Find the port behind a connection that nobody has tagged here: it arrived in a child.

    It is an end of a Pipe, or of a queue with a `__setstate__` of its own (loky's have).
    """
    readable, writable = connection._readable, connection._writable
    role = 2 if readable and writable else int(writable)
    try:
        inode = os.fstat(connection._handle).st_ino
    except (OSError, TypeError):
        return None
    row = report.ledger().find(inode)
    kind = report.ledger().words[row + books.C_KIND] if row else 0
    if kind == books.K_PIPE:
        found = Port(inode, row, of_pipe=True, role=role)
    elif kind in (books.K_INSIDE, books.K_QUEUE):
        found = Port(inode, row)
    else:
        found = FOREIGN
    connection._ipcviz = found
    return found


def port_for_queue(connection, buffered):
    """A new port for the pipe of a queue; None where it is closed."""
    try:
        inode = os.fstat(connection._handle).st_ino
    except (OSError, TypeError):
        return None
    return Port(inode, report.ledger().channel(inode), buffered=buffered)

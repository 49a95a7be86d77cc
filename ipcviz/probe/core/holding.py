"""While the session holds the program, its processes stand still before their next operation.

The time for which they stood does not count for a timeout of the program's.
"""

from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import report

HOLD_WORD = books.W_HOLD
"""Where the ledger says that the program is held: paths on which nothing may be called look there."""


def held_before(wrapper):
    """Make a wrapper stand still, while the program is held, before it does anything."""
    words = report.ledger().words

    def operation(*args, **kwargs):
        if words[HOLD_WORD]:
            report.wait_while_held()
        return wrapper(*args, **kwargs)

    operation.__wrapped__ = wrapper
    return operation


class Deadline:
    """A timeout that does not run while the program is held.

    Whoever has waited in vain for `left` asks `again()`; if that is true, there is some time left.
    """

    __slots__ = ("_held", "left")

    def __init__(self, timeout):
        self.left = timeout
        """Seconds still to wait; None for ever."""
        self._held = report.held_ns() if timeout is not None else 0

    def again(self):
        """Whether the program was held during the wait, so that it goes on for as long."""
        report.wait_while_held()
        if self.left is None:
            return False
        held = report.held_ns()
        more, self._held = held - self._held, held
        self.left = more / 1e9
        return more > 0

"""Short-cut of `Value.value`, read or written by a thread that holds its lock."""

from time import monotonic_ns

from ipcviz.log.slots import INLINE, ZERO
from ipcviz.probe.core import report
from ipcviz.probe.core.holding import HOLD_WORD
from ipcviz.probe.core.patches import look_alike, replace
from ipcviz.probe.core.places import NoFrame, _getframe, head_here
from ipcviz.probe.core.texts import QUICK
from ipcviz.probe.fast.known import is_known
from ipcviz.probe.hooks.values import READ_ROW, WRITTEN_ROW

_LIBRARY = (
    "multiprocessing.sharedctypes:Synchronized.value.fget",
    "multiprocessing.sharedctypes:Synchronized.value.fset",
)


def shorten_values(module):
    """`Synchronized.value`: whoever holds the RLock acquires it again without a wait, which is left out.

    Safe because that changes nothing that anybody else can see; it is counted all the same. Any other lock,
    a lock that this thread does not hold, and a program that is held go the long way.
    """
    if not is_known(*_LIBRARY):
        return
    owner = module.Synchronized
    slow = vars(owner)["value"]
    slow_read, slow_write = slow.fget, slow.fset
    words, texts = report.ledger().words, QUICK.get

    def read(self):
        lock = self._lock
        tag = lock._ipcviz
        key = self._ipcviz_key
        if not key or tag is None or not lock._semlock._is_mine() or words[HOLD_WORD] or not report.active:
            return slow_read(self)
        answer = self._obj.value
        text_of_kind = texts(type(answer))
        text = text_of_kind(answer) if text_of_kind is not None else None
        if text is None or len(text) > INLINE:
            return slow_read(self)
        tag.again[0] += 1
        try:
            frame = _getframe(1)
        except ValueError:
            frame = NoFrame
        heads = report.per_thread.read_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 2, READ_ROW)
        report.emit(head + len(text), key, ZERO, ZERO, monotonic_ns(), text)
        return answer

    def write(self, value):
        lock = self._lock
        tag = lock._ipcviz
        key = self._ipcviz_key
        text_of_kind = texts(type(value))
        text = text_of_kind(value) if text_of_kind is not None else None
        if (
            not key or tag is None or text is None or len(text) > INLINE
            or not lock._semlock._is_mine() or words[HOLD_WORD] or not report.active
        ):  # fmt: skip
            slow_write(self, value)
            return
        self._obj.value = value
        tag.again[0] += 1
        try:
            frame = _getframe(1)
        except ValueError:
            frame = NoFrame
        heads = report.per_thread.written_heads
        head = heads.get((id(frame.f_code), frame.f_lasti))
        if head is None:
            head = head_here(heads, 2, WRITTEN_ROW)
        report.emit(head + len(text), key, ZERO, ZERO, monotonic_ns(), text)

    look_alike(read, slow_read)
    look_alike(write, slow_write)
    replace(owner, "value", property(read, write))

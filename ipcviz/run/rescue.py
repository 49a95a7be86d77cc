"""Write what is left in a ledger into its trace, after the recorder was killed; called by the guard.

rescue.py LEDGER TRACE
"""

from __future__ import annotations

import os
import sys

if __name__ == "__main__":
    # Not by way of the environment: the interpreter is started with -I.
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from ipcviz.log import codec, slots
from ipcviz.log.trace import TraceError, TraceWriter
from ipcviz.run.drain import Drain


def rescue(ledger: str, trace: str) -> None:
    """Append everything that can still be taken out; nobody writes into the ledger any more.

    Raises:
        OSError, TraceError: the trace cannot be written; it is as readable as before.
    """
    drain = Drain(ledger)
    left: dict[int, list[bytes]] = {}
    for key, data in drain.take():
        left.setdefault(key, []).extend(codec.records(data))
    for key in list(drain.processes):
        for _, data in drain.end(key):
            left.setdefault(key, []).extend(codec.records(data))
    drain.close()
    with TraceWriter.go_on(trace) as writer:
        for key, records in left.items():
            # A chunk still holds what was written into the trace before it was full.
            known = writer.newest.get(key)
            first = records.index(known) + 1 if known in records else 0
            if first < len(records):
                writer.slots(key, b"".join(records[first:]))
        writer.mark(slots.LARGEST)


if __name__ == "__main__":
    try:
        rescue(*sys.argv[1:])
    except (OSError, TraceError, ValueError):
        sys.exit(1)

"""Takes the probe off in the middle of a program and says whether the library is as it was.

    undone.py
"""

import sys

probe = sys.modules["ipcviz.probe.core.install"]

import concurrent.futures.process  # noqa: E402
import multiprocessing.connection  # noqa: E402
import multiprocessing.managers  # noqa: E402
import multiprocessing.pool  # noqa: E402
import multiprocessing.popen_fork  # noqa: E402
import multiprocessing.popen_forkserver  # noqa: E402
import multiprocessing.popen_spawn_posix  # noqa: E402
import multiprocessing.process  # noqa: E402
import multiprocessing.queues  # noqa: E402
import multiprocessing.spawn  # noqa: E402
import multiprocessing.shared_memory  # noqa: E402
import multiprocessing.sharedctypes  # noqa: E402
import multiprocessing.synchronize  # noqa: E402
import multiprocessing.util  # noqa: E402
import threading  # noqa: E402
import traceback  # noqa: E402


def foreign():
    """Everything in the library that was made by the probe."""
    found = []
    for name, module in sorted(sys.modules.items()):
        top = name.split(".")[0]
        if top in ("multiprocessing", "concurrent", "threading", "traceback", "sys"):
            for owner in [module, *(c for c in vars(module).values() if isinstance(c, type))]:
                for attribute, value in list(vars(owner).items()):
                    function = getattr(value, "__func__", value)
                    code = getattr(function, "__code__", None)
                    if not isinstance(code, type(foreign.__code__)):
                        code = None
                    if "ipcviz" in attribute or (code and "ipcviz" in code.co_filename):
                        found.append(f"{getattr(owner, '__name__', owner)}.{attribute}")
    return found


q = multiprocessing.Queue()
q.put(1)
q.get()
print(len(foreign()) > 20)
probe.uninstall()
print(foreign(), [str(finder) for finder in sys.meta_path if "ipcviz" in str(finder)])
q.put(2)
print(q.get())
other = multiprocessing.JoinableQueue()
other.put(3)
print(other.get(), other._buffer.__class__.__name__, multiprocessing.SimpleQueue().empty())
other.task_done()
other.join()

"""Getting into every process of the program: its first interpreter, and every way to make a child."""

import atexit
import os
import sys

from ipcviz.log import table
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.texts import error_text

next_key = []
"""The key of the child that is being started right now, if any."""
pid = 0
"""The process these globals belong to."""
_installed = False
_introduced = False
over = False
"""It has said its last word."""
_start_method = None
_fast = True
"""Whether short-cuts are taken, where there are any."""


def begin(ledger, fd, start_method=None, fast=True):
    """Watch the program's main process from its very start; called before its own code.

    Never raises: a program that cannot be watched still runs.
    """
    global _fast
    try:
        _fast = fast
        # In this order: what is registered first runs last.
        _clean_up_at_exit()
        atexit.register(last_word)
        _open(ledger, fd, None, start_method)
        version = ".".join(map(str, sys.version_info[:3]))
        _tell_began("MainProcess", "main", False, 0, version)
        _mark_introduced()
    except Exception:
        report.complain()


def arrive(ledger, fd, key, parent, start_method=None, came_by="", fast=True):
    """Watch a spawned or forkserver child; called while its parent's preparation data is unpickled.

    Never raises: a child that cannot be watched still runs.
    """
    global arrival, _came_by, _fast
    try:
        if "t" in getattr(sys, "abiflags", ""):
            # A free-threaded interpreter, which a program may name for its children (`set_executable`).
            return
        _fast = fast
        if not _installed:
            _clean_up_at_exit()
            _open(ledger, fd, key, start_method)
            _close_the_gap(fd)
        arrival = parent
        _came_by = came_by
    except Exception:
        report.complain()


arrival = 0
"""Key of the process that made this one; 0 in the program's main process."""
_came_by = ""
"""`spawn` or `forkserver`, where it was one of them."""


def _close_the_gap(fd):
    """Under forkserver our descriptor came as one of a row: give the others the numbers they have bare.

    `_DupFd.detach` looks a number up in `ForkServer._inherited_fds` by position when the process object is
    unpickled, which is next; until then nobody has seen one of these numbers.
    """
    server = getattr(sys.modules.get("multiprocessing.forkserver"), "_forkserver", None)
    inherited = getattr(server, "_inherited_fds", None)
    if not inherited or fd not in inherited:
        return
    numbers = list(inherited)
    first = numbers.index(fd)
    for place in range(first + 1, len(numbers)):
        os.dup2(inherited[place], inherited[place - 1], os.get_inheritable(inherited[place]))
        numbers[place] = inherited[place - 1]
    if len(numbers) > first + 1:
        os.close(inherited[-1])
    numbers[first] = -1
    server._inherited_fds = numbers


def _open(ledger, fd, key, start_method):
    global pid, _installed, _start_method
    from ipcviz.probe.core import tracebacks
    from ipcviz.probe.hooks import processes

    report.open_book(ledger, fd)
    report.become(report.new_key() if key is None else key)
    pid = os.getpid()
    _installed = True
    _start_method = start_method
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork_parent, after_in_child=_after_fork)
    patches.start()
    processes.install()
    _install_later()
    tracebacks.install()
    for spawn in _SPAWNS:
        patches.when_imported(spawn, patch_preparation_data)
    patches.when_imported("multiprocessing.context", set_default_start_method)


_LATER = (
    # once this is loaded, patch it with: the file here, the function in it
    ("multiprocessing.connection", "connections", "patch_connection"),
    ("multiprocessing.connection", "pipes", "patch_pipe"),
    ("multiprocessing.synchronize", "locks", "patch_synchronize"),
    ("multiprocessing.sharedctypes", "values", "patch_sharedctypes"),
    ("multiprocessing.sharedctypes", "raw_values", "patch_rebuild"),
    ("multiprocessing.queues", "queues", "patch_queues"),
    ("multiprocessing.pool", "pools", "patch_pool"),
    ("multiprocessing.managers", "managers", "patch_managers"),
    ("multiprocessing.shared_memory", "shared_memory", "patch_shared_memory"),
    ("concurrent.futures.process", "executors", "patch_executor"),
    ("concurrent.futures._base", "executors", "patch_future"),
)
"""Hooks that are not even loaded before they are needed: a spawned child starts the sooner."""


_LATER_STILL = (
    # short-cuts, on top of those
    ("multiprocessing.connection", "connections", "shorten_connection"),
    ("multiprocessing.connection", "pipes", "shorten_pipe"),
    ("multiprocessing.queues", "queues", "shorten_queues"),
    ("multiprocessing.queues", "joinable", "shorten_joinable"),
    ("multiprocessing.sharedctypes", "values", "shorten_values"),
    ("multiprocessing.pool", "pools", "shorten_pool"),
    ("multiprocessing.pool", "workers", "shorten_pool_worker"),
    ("multiprocessing.managers", "managers", "shorten_managers"),
    ("concurrent.futures.process", "workers", "shorten_process_worker"),
)


def _install_later():
    for name, file, function in _LATER:
        patches.when_imported(name, _patcher(f"ipcviz.probe.hooks.{file}", function))
    if _fast and os.path.isdir(os.path.join(os.path.dirname(os.path.dirname(__file__)), "fast")):
        for name, file, function in _LATER_STILL:
            patch = _patcher(f"ipcviz.probe.fast.{file}", function)
            if name == "multiprocessing.queues":
                _when_locks_are_there(name, patch)
            else:
                patches.when_imported(name, patch)


def _when_locks_are_there(name, patch):
    """Patch a module once the library's locks are loaded too: a short-cut has to know their code as well.

    They are loaded with the first lock, before there is anything that a short-cut could be taken with.
    """
    patches.when_imported(
        name, lambda module: patches.when_imported("multiprocessing.synchronize", lambda _: patch(module))
    )


def _patcher(file, function):
    def patch(module):
        getattr(__import__(file, fromlist=[function]), function)(module)

    return patch


def uninstall():
    """Leave the standard library as it was and report nothing more."""
    global _installed
    report.stop()
    patches.undo_all()
    _installed = False


def set_default_start_method(module):
    """Change the default start method, as asked on the command line; the program can still choose."""
    if _start_method:
        default = module._default_context
        patches.replace(default, "_default_context", module._concrete_contexts[_start_method])


# --- fork ---------------------------------------------------------------------------------------

_fork_key = []


def _before_fork():
    """The child's key is taken before it exists: parent and child then agree on it."""
    if report.active:
        _fork_key.append(next_key[-1] if next_key else report.new_key())


def _after_fork_parent():
    if _fork_key:
        _fork_key.pop()


def _after_fork():
    """In the forked child: a process of its own from here on."""
    global pid, _introduced, over, arrival, _came_by
    if not report.active or not _fork_key:
        return
    parent = report.key
    key = _fork_key[-1]
    by_start = bool(next_key)
    _fork_key.clear()
    next_key.clear()
    pid = os.getpid()
    arrival = parent
    _came_by = ""
    _introduced = over = False
    report.become(key)
    if not by_start:
        # A bare `os.fork()`: nobody will call `_bootstrap`, it speaks now.
        _tell_began("", "os.fork", False, parent)
        _introduced = True


def introduce(process):
    """The first word of a child that `multiprocessing` made; called at the start of `_bootstrap`."""
    global _introduced
    if _introduced:
        return
    _tell_began(process._name, _came_by or "fork", bool(process._config.get("daemon")), arrival)
    _introduced = True


def _tell_began(name, method, daemon, parent, python=""):
    report.event(
        table.PROCESS_BEGAN, pid=pid, parent=parent, name=report.clip(name, 600), start_method=method,
        daemon=daemon, python=python,
    )  # fmt: skip


def _mark_introduced():
    global _introduced
    _introduced = True


# --- spawn and forkserver -----------------------------------------------------------------------


_SPAWNS = ("multiprocessing.spawn", "loky.backend.spawn", "joblib.externals.loky.backend.spawn")
"""Where a child's first data is put together; loky has a `spawn` of its own, and joblib a copy of loky."""


def patch_preparation_data(module):
    """`spawn.get_preparation_data`: one more object travels with it, and installs the probe on arrival.

    Safe because `spawn.prepare` ignores keys it does not know.
    """
    get_preparation_data = module.get_preparation_data

    def watched_preparation_data(*args, **kwargs):
        data = get_preparation_data(*args, **kwargs)
        if report.active:
            data["ipcviz"] = Stowaway()
        return data

    watched_preparation_data.__wrapped__ = get_preparation_data
    patches.replace(module, "get_preparation_data", watched_preparation_data)


class Stowaway:
    """Travels by pickle into a child and turns, there, into the call that watches it."""

    def __reduce__(self):
        from multiprocessing import reduction
        from multiprocessing.context import get_spawning_popen

        popen = get_spawning_popen()
        fd = report.descriptor()
        if popen is None or fd < 0 or not report.active or getattr(popen, "_ipcviz_sent", False):
            return (bool, ())
        # Once per Popen: carried twice, `_posixsubprocess` refuses the descriptors.
        popen._ipcviz_sent = True
        key = next_key[-1] if next_key else report.new_key()
        if not key:
            return (bool, ())
        here = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        luggage = {
            "here": here,
            "ledger": report.ledger().path,
            "fd": reduction.DupFd(fd),
            "key": key,
            "parent": report.key,
            "method": _start_method,
            "came_by": getattr(popen, "method", ""),
            "fast": _fast,
        }
        return (exec, (_ARRIVAL, luggage))


_ARRIVAL = """
try:
    import sys
    if "ipcviz" not in sys.modules:
        # Not by way of sys.path: it is not restored yet, and it is the program's.
        package = type(sys)("ipcviz")
        package.__path__ = [here]
        package.__file__ = here + "/__init__.py"
        with open(package.__file__) as file:
            exec(file.read(), package.__dict__)
        sys.modules["ipcviz"] = package
    from ipcviz.probe.core.install import arrive
    arrive(ledger, fd.detach(), key, parent, method, came_by, fast)
except Exception:
    pass
"""


# --- the end ------------------------------------------------------------------------------------


def _clean_up_at_exit():
    """Undo everything before the interpreter takes itself apart.

    A patch keeps functions of the module it was put on alive, and with them that module's globals: what
    they refer to (the arguments of a spawned process, an open file of it) would never be finalized.
    """
    atexit.register(patches.undo_all)


def last_word():
    """The last thing a process reports of itself."""
    global over
    if report.active and os.getpid() == pid and not over:
        over = True
        report.event(table.PROCESS_ENDED)
        report.finish()


def tell_failure(error):
    """An exception nobody caught is ending the main process."""
    if report.active and not isinstance(error, SystemExit):
        report.event(table.PROCESS_FAILED, error=report.clip(error_text(error), 300))

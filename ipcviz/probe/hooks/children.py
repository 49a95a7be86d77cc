"""Hooks on children that `multiprocessing` did not make: their exit codes, and those that are not watched."""

import os

from ipcviz.log import table
from ipcviz.probe.core import ledger as books
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.patches import look_alike
from ipcviz.probe.core.places import frame_at, site

_WAITS = ("wait", "waitpid", "wait3", "wait4")
"""Each returns the pid first and the status second."""
_MOST = 10_000
"""So many processes are looked through for the one that has ended, the newest first."""
_over = set()
"""Keys of children whose end this process knows: their pids may mean others by now."""
_strangers = set()
"""Pids of children that are not watched: a process of that pid, which was, may have ended elsewhere."""
_MACHINERY = ("multiprocessing", "loky", "billiard")
"""In a command line: whether such a child is watched only turns out when it has begun."""


def patch_os(module):
    """Everything in `os`: the ways to wait for a child, to become another program, and to start one."""
    for name in _WAITS:
        _patch_wait(module, name)
    for name in ("execv", "execve"):
        _patch_exec(module, name)
    for name in ("posix_spawn", "posix_spawnp"):
        _patch_spawn(module, name)


def _put(module, name, function):
    look_alike(function, getattr(module, name))
    # Pickled by name, it must be found again.
    function.__module__ = module.__name__
    patches.replace(module, name, function)


# --- what became of a child ---------------------------------------------------------------------------


def _patch_wait(module, name):
    """`os.wait` and its kin: the exit code of a child of `os.fork`, at the moment its parent learns it.

    Safe because the original has been called with the same arguments before anything is told.
    """
    wait = getattr(module, name, None)
    if wait is None:
        return

    def watched_wait(*args, **kwargs):
        result = wait(*args, **kwargs)
        if report.active and result[0]:
            _tell_exit(*result[:2], frame_at(1))
        return result

    _put(module, name, watched_wait)


def _tell_exit(pid, status, caller):
    if not (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
        return
    if pid in _strangers:
        _strangers.discard(pid)
        return
    key = _key_of(pid)
    if not key:
        return
    _over.add(key)
    # What `multiprocessing` learns is told where it learns it.
    if not caller.f_globals.get("__name__", "").startswith("multiprocessing."):
        report.event(
            table.PROCESS_EXITED, site=site(3), child=key, exitcode=os.waitstatus_to_exitcode(status)
        )


def _key_of(pid):
    """The key of the newest process of this pid, unless its end is known; 0 where it is not watched."""
    ledger = report.ledger()
    newest = ledger.words[books.W_NEXT] - 1
    for key in range(newest, max(0, newest - _MOST), -1):
        if ledger.words[ledger.process(key) + books.P_PID] == pid:
            return 0 if key in _over else key
    return 0


# --- children that are not watched --------------------------------------------------------------------


def _patch_exec(module, name):
    """`os.execv` and `os.execve`, which all others of that name end in: the process becomes another program.

    Safe because it is told before, and taken back when the call fails after all.
    """
    execute = getattr(module, name)

    def watched_exec(*args, **kwargs):
        told = False
        if report.active and len(args) > 1 and _can_run(args[0]):
            told = _tell_started(os.getpid(), args[1], f"os.{name} put it in the place of a watched process")
        try:
            return execute(*args, **kwargs)
        finally:
            # Only a failure comes back.
            if told:
                report.event(
                    table.UNWATCHED_STARTED, pid=os.getpid(), withdrawn=True, what=b"", why=b"it failed"
                )

    _put(module, name, watched_exec)


def _can_run(path):
    """Whether it is worth while to say something: along PATH, many are tried that do not exist."""
    return type(path) in (str, bytes) and os.access(path, os.X_OK)


def _patch_spawn(module, name):
    """`os.posix_spawn` and `os.posix_spawnp`. Safe because it is told after the child was started."""
    spawn = getattr(module, name, None)
    if spawn is None:
        return

    def watched_spawn(*args, **kwargs):
        pid = spawn(*args, **kwargs)
        _strangers.add(pid)
        if report.active and frame_at(1).f_globals.get("__name__") != "subprocess" and len(args) > 1:
            _tell_started(pid, args[1], f"os.{name} started it")
        return pid

    _put(module, name, watched_spawn)


def patch_subprocess(module):
    """`subprocess.Popen._execute_child`: every program that `subprocess` and what stands on it start.

    Safe because it is told after the child was started, from the arguments as they were given.
    """
    execute = module.Popen._execute_child

    def _execute_child(self, args, *more, **kwargs):
        result = execute(self, args, *more, **kwargs)
        if report.active:
            _strangers.add(self.pid)
            _tell_started(self.pid, args, "subprocess started it")
        return result

    look_alike(_execute_child, execute)
    patches.replace(module.Popen, "_execute_child", _execute_child)
    # The module keeps a `waitpid` for itself (from 3.11 on, each version elsewhere), and that is ours by now.
    for owner, name in ((module, "_waitpid"), (getattr(module, "_del_safe", None), "waitpid")):
        watched = getattr(owner, name, None)
        original = getattr(watched, "__wrapped__", None)
        if original is not None:
            setattr(owner, name, original)
            patches.replace(owner, name, watched)


def _tell_started(pid, args, why):
    """Tell of a program that was started; returns whether it was told."""
    what = _command(args)
    if not what or any(word in what for word in _MACHINERY):
        return False
    report.event(
        table.UNWATCHED_STARTED, site=site(3), pid=pid, withdrawn=False, what=report.clip(what, 200), why=why
    )
    return True


def _command(args):
    """A command line to recognise it by; of what is no plain text only the type is named."""
    if type(args) not in (list, tuple):
        return _word(args)
    words = [_word(arg) for arg in args[:8]]
    if words:
        words[0] = words[0].rpartition("/")[2]
    return " ".join(words)


def _word(arg):
    if type(arg) is str:
        return arg
    return arg.decode("utf-8", "replace") if type(arg) is bytes else f"<{type(arg).__name__}>"

"""Hooks on processes: start, end, join, terminate and kill, as parent and child see them."""

import os
import sys
import time

from ipcviz.log import table
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.places import frame_at, site

_exits_later = False
"""From Python 3.13 on a child's exit function runs after `_bootstrap`; its exception is gone by then."""


def install():
    """Have everything in this file patched when its module is loaded."""
    patches.when_imported("multiprocessing.process", patch_process)
    patches.when_imported("multiprocessing.popen_fork", patch_popen_fork)
    patches.when_imported("multiprocessing.popen_forkserver", patch_popen_forkserver)
    patches.when_imported("multiprocessing.util", patch_exit_function)


def patch_process(module):
    """`BaseProcess.start`, `join`, `terminate`, `kill`: report, then do what they always did.

    Safe because each calls the original with the same arguments and returns its result.
    """
    from ipcviz.probe.core import install as follow

    base = module.BaseProcess
    start, join, terminate, kill = base.start, base.join, base.terminate, base.kill
    bootstrap = base._bootstrap
    global _exits_later
    _exits_later = "_exit_function" not in bootstrap.__code__.co_names
    if _exits_later:
        patches.when_imported("traceback", patch_print_exc)

    def _bootstrap(self, *args, **kwargs):
        if report.active:
            follow.introduce(self)
        code = bootstrap(self, *args, **kwargs)
        if not _exits_later:
            follow.last_word()
        return code

    def watched_start(self):
        if not report.active:
            return start(self)
        report.wait_while_held()
        child = report.new_key()
        place = site()
        # A forked child speaks before `start` returns: it is told as started from here on.
        begun = time.monotonic_ns()
        follow.next_key.append(child)
        try:
            result = start(self)
        except BaseException as error:
            if os.getpid() == follow.pid:
                report.event(
                    table.START_FAILED, site=place, child=child,
                    name=report.clip(self._name, 600), error=report.clip(name_of(error), 600),
                )  # fmt: skip
            raise
        finally:
            if follow.next_key and follow.next_key[-1] == child:
                follow.next_key.pop()
        if not child:
            # There are no more keys; that is counted where they are given out.
            return result
        popen = self._popen
        _name_child(popen, child)
        report.event(
            table.PROCESS_STARTED, site=place, time=begun, child=child, pid=getattr(popen, "pid", 0) or 0,
            name=report.clip(self._name, 600), start_method=getattr(popen, "method", ""), daemon=self.daemon,
        )  # fmt: skip
        if report.per_thread.pool:
            report.event(table.WORKER_STARTED, pool=report.per_thread.pool, child=child)
        return result

    def watched_join(self, timeout=None):
        popen = self._popen
        child = getattr(popen, "_ipcviz_key", 0)
        if not report.active or not child or self._parent_pid != os.getpid():
            return join(self, timeout)
        report.wait_while_held()
        if popen.returncode is None and popen.poll() is None:
            place = site()
            report.event(table.JOIN_WAITING, site=place, child=child, timeout=report.nanoseconds(timeout))
            held = report.held_ns()
            result = join(self, timeout)
            report.wait_while_held()
            while timeout is not None and popen.returncode is None and report.held_ns() > held:
                # The program was held meanwhile: that time does not count for the deadline.
                more, held = (report.held_ns() - held) / 1e9, report.held_ns()
                result = join(self, more)
                report.wait_while_held()
            if popen.returncode is None:
                report.event(table.JOIN_TIMED_OUT, site=place, child=child)
            else:
                report.event(table.JOINED, site=place, child=child)
            return result
        result = join(self, timeout)
        report.event(table.JOINED, site=site(), child=child)
        return result

    def watched_terminate(self):
        _tell_signal(self, 15)
        return terminate(self)

    def watched_kill(self):
        _tell_signal(self, 9)
        return kill(self)

    for name, value in (
        ("_bootstrap", _bootstrap),
        ("start", watched_start),
        ("join", watched_join),
        ("terminate", watched_terminate),
        ("kill", watched_kill),
    ):
        look_alike(value, getattr(base, name))
        patches.replace(base, name, value)


def _tell_signal(process, number):
    child = getattr(process._popen, "_ipcviz_key", 0)
    if report.active and child:
        report.wait_while_held()
        report.event(table.SIGNAL_SENT, site=site(3), child=child, signal=number)


def _name_child(popen, child):
    """Keep the child's key on the object that will learn its exit code."""
    try:
        popen._ipcviz_key = child
    except AttributeError:
        pass


def patch_popen_fork(module):
    """`Popen.poll`: report the exit code the moment the parent learns it. Spawn inherits it."""
    _patch_poll(module.Popen)


def patch_popen_forkserver(module):
    """`Popen.poll` under forkserver, which has its own."""
    _patch_poll(module.Popen)


def _patch_poll(popen):
    poll = popen.poll

    def watched_poll(self, flag=os.WNOHANG):
        if self.returncode is not None:
            return poll(self, flag)
        code = poll(self, flag)
        if code is not None and report.active:
            child = getattr(self, "_ipcviz_key", 0)
            if child:
                report.event(table.PROCESS_EXITED, child=child, exitcode=code)
        return code

    look_alike(watched_poll, poll)
    patches.replace(popen, "poll", watched_poll)


def patch_print_exc(module):
    """`traceback.print_exc`, with which `_bootstrap` tells of the exception that ends a child."""
    from ipcviz.probe.core import install as follow

    print_exc = module.print_exc

    def watched_print_exc(*args, **kwargs):
        if frame_at(1).f_code.co_name == "_bootstrap":
            follow.tell_failure(sys.exc_info()[1])
        return print_exc(*args, **kwargs)

    look_alike(watched_print_exc, print_exc)
    patches.replace(module, "print_exc", watched_print_exc)


def patch_exit_function(module):
    """`util._exit_function`: the program's own code is over, and with which exception.

    Up to Python 3.12 a child runs it in a `finally`, so the exception on its way is the current one. The
    main process, and every child from 3.13 on, runs it as an exit handler.
    """
    import atexit

    from ipcviz.probe.core import install as follow

    exit_function = module._exit_function

    def watched_exit_function(*args, **kwargs):
        if not report.active or follow.over:
            return exit_function(*args, **kwargs)
        error = sys.exc_info()[1]
        if error is not None:
            follow.tell_failure(error)
        report.event(table.PROCESS_ENDING)
        result = exit_function(*args, **kwargs)
        if _exits_later and follow.arrival:
            follow.last_word()
        return result

    look_alike(watched_exit_function, exit_function)
    patches.replace(module, "_exit_function", watched_exit_function)
    # The module has just registered its own.
    atexit.unregister(exit_function)
    atexit.register(watched_exit_function)

    def undo():
        atexit.unregister(watched_exit_function)
        atexit.register(exit_function)

    patches.on_undo(undo)


def name_of(error):
    """`Type: message` in one line, never raising."""
    kind = type(error).__name__
    try:
        message = str(error).split("\n")[0]
    except Exception:
        message = ""
    return f"{kind}: {message}" if message else kind


def look_alike(new, old):
    """What `functools.wraps` does, without importing it."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(new, name, getattr(old, name, None))
    new.__wrapped__ = old

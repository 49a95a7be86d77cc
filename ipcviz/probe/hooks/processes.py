"""Hooks on processes: start, end, join, terminate and kill, as parent and child see them."""

import os
import sys
import time

from ipcviz.log import table
from ipcviz.probe.core import patches, report
from ipcviz.probe.core.holding import Deadline, held_before
from ipcviz.probe.core.places import frame_at, site
from ipcviz.probe.core.texts import error_text

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
    from ipcviz.probe.core import install as own_process

    base = module.BaseProcess
    start, join, terminate, kill = base.start, base.join, base.terminate, base.kill
    bootstrap = base._bootstrap
    global _exits_later
    _exits_later = "_exit_function" not in bootstrap.__code__.co_names
    if _exits_later:
        patches.when_imported("traceback", patch_print_exc)

    def _bootstrap(self, *args, **kwargs):
        if report.active:
            own_process.introduce(self)
        code = bootstrap(self, *args, **kwargs)
        if not _exits_later:
            own_process.last_word()
        return code

    def watched_start(self):
        if not report.active:
            return start(self)
        child = report.new_key()
        place = site()
        # A forked child speaks before `start` returns: it is told as started from here on.
        begun = time.monotonic_ns()
        own_process.next_key.append(child)
        try:
            result = start(self)
        except BaseException as error:
            if os.getpid() == own_process.pid:
                report.event(
                    table.START_FAILED, site=place, child=child,
                    name=report.clip(self._name, 600), error=report.clip(error_text(error), 600),
                )  # fmt: skip
            raise
        finally:
            if own_process.next_key and own_process.next_key[-1] == child:
                own_process.next_key.pop()
        if not child:
            # There are no more keys; that is counted where they are given out.
            return result
        popen = self._popen
        _name_child(popen, child)
        report.event(
            table.PROCESS_STARTED, site=place, time=begun, child=child, pid=getattr(popen, "pid", 0) or 0,
            name=report.clip(self._name, 600), start_method=getattr(popen, "method", ""),
            daemon=bool(self._config.get("daemon")),
        )  # fmt: skip
        if report.per_thread.pool:
            report.event(table.WORKER_STARTED, pool=report.per_thread.pool, child=child)
        return result

    def watched_join(self, timeout=None):
        popen = self._popen
        child = getattr(popen, "_ipcviz_key", 0)
        if not report.active or not child or self._parent_pid != os.getpid():
            return join(self, timeout)
        if popen.returncode is None and popen.poll() is None:
            place = site()
            report.event(table.JOIN_WAITING, site=place, child=child, timeout=report.nanoseconds(timeout))
            deadline = Deadline(timeout)
            result = join(self, timeout)
            while deadline.again() and popen.returncode is None:
                result = join(self, deadline.left)
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

    patches.apply(
        (base, "_bootstrap", _bootstrap),
        (base, "start", held_before(watched_start)),
        (base, "join", held_before(watched_join)),
        (base, "terminate", held_before(watched_terminate)),
        (base, "kill", held_before(watched_kill)),
    )


def _tell_signal(process, number):
    child = getattr(process._popen, "_ipcviz_key", 0)
    if report.active and child:
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

    patches.apply((popen, "poll", watched_poll))


def patch_print_exc(module):
    """`traceback.print_exc`, with which `_bootstrap` tells of the exception that ends a child."""
    from ipcviz.probe.core import install as own_process

    print_exc = module.print_exc

    def watched_print_exc(*args, **kwargs):
        if frame_at(1).f_code.co_name == "_bootstrap":
            own_process.tell_failure(sys.exc_info()[1])
        return print_exc(*args, **kwargs)

    patches.apply((module, "print_exc", watched_print_exc))


def patch_exit_function(module):
    """`util._exit_function`: the program's own code is over, and with which exception.

    Up to Python 3.12 a child runs it in a `finally`, so the exception on its way is the current one. The
    main process, and every child from 3.13 on, runs it as an exit handler.
    """
    import atexit

    from ipcviz.probe.core import install as own_process

    exit_function = module._exit_function

    def watched_exit_function(*args, **kwargs):
        if not report.active or own_process.over:
            return exit_function(*args, **kwargs)
        error = sys.exc_info()[1]
        if error is not None:
            own_process.tell_failure(error)
        report.event(table.PROCESS_ENDING)
        result = exit_function(*args, **kwargs)
        if _exits_later and own_process.arrival:
            own_process.last_word()
        return result

    patches.apply((module, "_exit_function", watched_exit_function))
    # The module has just registered its own.
    atexit.unregister(exit_function)
    atexit.register(watched_exit_function)

    def undo():
        atexit.unregister(watched_exit_function)
        atexit.register(exit_function)

    patches.on_undo(undo)

"""The guard: starts the program in a session of its own and ends all of it when the screen is gone.

Run as a script by a bare interpreter (`-I -S`), so it imports nothing that is slow to load and nothing
of ipcviz. It is the parent of the program's main process. When its control Pipe ends, it ends every
descendant and then itself. A session that ends as it should says so on that Pipe first; one that was killed
does not, and then what is still in the ledger is written into TRACE (empty for none) before the ledger goes.

    guard.py CONTROL_FD STATUS_FD REPORT_FD LEDGER TRACE -- PROGRAM [ARGS…]

On STATUS_FD it writes one line when the program has started (`pid N`), when exec failed (`error TEXT`),
and when the main process ended (`exit CODE`, as `os.waitstatus_to_exitcode` gives it).
"""

import os
import select
import signal
import sys
import time

KILL_WITHIN = 1.0
"""Seconds after which a resource tracker, too, is killed; it ends by itself when its clients are gone."""


def main(argv):
    """Start the program, watch over it, end it."""
    control, status, report = (int(word) for word in argv[:3])
    ledger, trace, program = argv[3], argv[4], argv[6:]
    # What was ignored from outside (`nohup`, a job in the background) the program ignores as well.
    ignored = [number for number in _OURS if signal.getsignal(number) == signal.SIG_IGN]
    for number in (*_OURS, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    wake_r, wake_w = os.pipe()
    os.set_blocking(wake_w, False)
    signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)

    child = _start(program, (control, status, wake_r, wake_w), report, status, ignored)
    os.close(report)
    _leave_the_terminal()
    _adopt_orphans()
    _say(status, f"pid {child}")
    goodbye = False
    try:
        goodbye = _watch(child, control, status, wake_r)
    finally:
        end_all(child)
        if trace and not goodbye:
            _rescue(ledger, trace)
        try:
            os.unlink(ledger)
        except OSError:
            pass


_OURS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _start(program, own, report, status, ignored):
    """Fork and exec the program, with the standard streams as they are and the report Pipe."""
    child = os.fork()
    if child:
        return child
    try:
        os.setsid()
        for number in (*_OURS, signal.SIGPIPE, signal.SIGCHLD):
            signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
        for fd in own:
            os.set_inheritable(fd, False)
        os.set_inheritable(report, True)
        os.execvp(program[0], program)
    except OSError as error:
        _say(status, f"error cannot start {program[0]!r}: {error.strerror}")
    finally:
        os._exit(127)


def _leave_the_terminal():
    """Hold no copy of the program's standard streams: their ends are the program's to reach."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)


def _adopt_orphans():
    """Become the parent of every descendant whose parent ends (Linux), so that none slips away."""
    if sys.platform != "linux":
        return
    try:
        import ctypes

        pr_set_child_subreaper = 36
        ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
    except Exception:
        # Only processes that also left the session could then escape.
        pass


def _watch(child, control, status, wake):
    """Until the control Pipe ends: report the end of the main process, reap what we adopted.

    Returns whether the session said goodbye.
    """
    goodbye = False
    while True:
        ready, _, _ = select.select([control, wake], [], [])
        if wake in ready:
            os.read(wake, 4096)
            for pid, code in _reap():
                if pid == child:
                    _say(status, f"exit {os.waitstatus_to_exitcode(code)}")
        if control in ready:
            said = os.read(control, 1)
            if not said:
                return goodbye
            goodbye = True


def _rescue(ledger, trace):
    """Write what the recorder did not come to into the trace, by a process that knows how to."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "rescue.py")
    child = os.fork()
    if not child:
        try:
            os.execv(sys.executable, [sys.executable, "-I", "-S", script, ledger, trace])
        finally:
            os._exit(127)
    try:
        os.waitpid(child, 0)
    except OSError:
        pass


def _reap():
    while True:
        try:
            pid, code = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        yield pid, code


def _say(status, line):
    try:
        os.write(status, f"{line}\n".encode())
    except OSError:
        pass


def end_all(group):
    """End every process of the program; named semaphores are left to the resource tracker to remove."""
    deadline = time.monotonic() + KILL_WITHIN
    spare_trackers = True
    while True:
        for _ in _reap():
            pass
        alive = _members(group)
        if not alive:
            return
        late = time.monotonic() > deadline
        victims = [pid for pid in alive if not (spare_trackers and _is_tracker(pid))]
        if not victims and late:
            spare_trackers = False
        # All stand still first: nobody is to go on because another one died, and to report that.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in sorted(victims):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
        if time.monotonic() > deadline + 2:
            return
        time.sleep(0.002)


def _members(group):
    """Everyone in the program's group or session, and every other descendant of the guard."""
    try:
        entries = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return _group_only(group)
    parents, found = {}, set()
    for pid in entries:
        try:
            with open(f"/proc/{pid}/stat", "rb") as file:
                rest = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if rest[0] in (b"Z", b"X"):
            continue
        parents[pid] = int(rest[1])
        if group in (int(rest[2]), int(rest[3])):
            found.add(pid)
    me = os.getpid()
    for pid in parents:
        up = pid
        while up in parents and up != me:
            up = parents[up]
        if up == me:
            found.add(pid)
    found.discard(me)
    return found


def _group_only(group):
    """Where there is no /proc: the group is killed as one, and asked whether anyone is left."""
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        return set()
    return set()


def _is_tracker(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return b"multiprocessing.resource_tracker" in file.read()
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1:])

"""Children by `os.fork` that end in every way, and whose parent asks in every way."""

import os
import pickle
import signal
import sys
import time


def forked(end):
    pid = os.fork()
    if not pid:
        end()
        os._exit(99)
    return pid


def kill_myself():
    os.kill(os.getpid(), signal.SIGKILL)


first = forked(lambda: os._exit(3))
print(os.waitpid(first, 0)[1])  # @waitpid
second = forked(kill_myself)
print(os.wait() == (second, 9))  # @wait
third = forked(lambda: sys.exit("over"))
print(os.wait4(third, 0)[1])  # @wait4
fourth = forked(lambda: time.sleep(0.2) or os._exit(0))
print(os.waitpid(fourth, os.WNOHANG))
print(os.wait3(0)[1])  # @wait3
stopped = forked(lambda: os.kill(os.getpid(), signal.SIGSTOP) or os._exit(5))
print(os.WIFSTOPPED(os.waitpid(stopped, os.WUNTRACED)[1]))
os.kill(stopped, signal.SIGCONT)
print(os.waitpid(stopped, 0)[1])  # @continued
for wrong in ("os.waitpid()", "os.waitpid(pid=1, options=0)", "os.wait(1)", "os.wait()"):
    try:
        eval(wrong)
    except Exception as error:
        print(type(error).__name__, error)
print(pickle.loads(pickle.dumps(os.waitpid)) is os.waitpid)
forked(lambda: os._exit(6))
# Nobody asks.
time.sleep(0.3)

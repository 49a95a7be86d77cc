"""A program under `ipcviz record` prints, fails and ends exactly as it does bare."""
# ruff: noqa: E501 - a program in a string reads better unbroken

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEADLINE = 60
# Not `python -m ipcviz`, which would need a PYTHONPATH that the program then sees.
IPCVIZ = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from ipcviz.__main__ import main; main()"

PYTHON = os.environ.get("PYTHON_WATCHED", sys.executable)
"""The interpreter that runs the programs; that of the tests, where no other is named."""

ALL_METHODS = ("fork", "spawn", "forkserver")


@dataclass
class Case:
    """One program and how it is called."""

    source: str
    arguments: list[str] = field(default_factory=list)
    stdin: bytes = b""
    module: bool = False
    methods: tuple[str, ...] = ("fork",)
    environment: dict[str, str] = field(default_factory=dict)
    options: list[str] = field(default_factory=list)
    """The interpreter's own."""
    strangers: int = 0
    """Processes it starts that are not watched: that is said, at the end, on standard error."""


CHILD = """
import multiprocessing as mp, sys, os, queue, signal, time
def work(q, *rest):
    {work}
if __name__ == "__main__":
    mp.set_start_method(sys.argv[1])
    q = mp.Queue(2)
    child = mp.Process(target=work, args=(q,), name="child")
    child.start()
    child.join()
    print(child.exitcode, child.name, child.daemon)
    {main}
"""


def child(work: str, main: str = "pass", **more: object) -> Case:
    """A main process with one child that does `work`, under every start method."""
    return child_of(ALL_METHODS, work, main, **more)


def child_of(methods: tuple[str, ...], work: str, main: str = "pass", **more: object) -> Case:
    """The same under some of them."""
    work = work.replace("\n", "\n    ")
    main = main.replace("\n", "\n    ")
    return Case(CHILD.format(work=work, main=main), methods=methods, **more)  # type: ignore[arg-type]


CASES = {
    "uncaught exception": Case("def f(n):\n    return 1 / n\nf(0)\n"),
    "chained exceptions": Case(
        "import multiprocessing as mp\nq = mp.Queue()\ntry:\n    q.get(False)\n"
        "except Exception as error:\n    raise KeyError('x') from error\n"
    ),
    "exception in its context": Case(
        "import multiprocessing as mp\nq = mp.Queue()\ntry:\n    q.get(timeout=0.01)\n"
        "except Exception:\n    q.close()\n    q.put(1)\n"
    ),
    "exception in a child": child("raise ValueError('no')"),
    "Empty in a child": child("q.get(timeout=0.01)"),
    "Full in a child": child("q.put(1); q.put(2); q.put(3, timeout=0.01)"),
    "closed queue in a child": child("q.close(); q.put(1)"),
    "exit code of a child": child("sys.exit(3)"),
    "exit text of a child": child("sys.exit('over')"),
    "os._exit in a child": child("print('bye', flush=True); os._exit(4)"),
    "child ends itself by a signal": child("os.kill(os.getpid(), signal.SIGKILL)"),
    "KeyboardInterrupt in a child": child("os.kill(os.getpid(), signal.SIGINT); time.sleep(5)"),
    "exception in a thread of a child": child(
        "import threading\nt = threading.Thread(target=q.get, args=(False,), name='t')\nt.start(); t.join()"
    ),
    "exception in a thread": Case(
        "import threading\nt = threading.Thread(target=lambda: 1 / 0, name='t')\nt.start(); t.join()\n"
    ),
    "queue exception in a thread": Case(
        "import threading, multiprocessing\nq = multiprocessing.Queue()\n"
        "t = threading.Thread(target=q.get_nowait, name='t')\nt.start(); t.join()\n"
    ),
    "exception group": Case(
        "import multiprocessing, sys\nq = multiprocessing.Queue()\nfound = []\n"
        "for way in (q.get_nowait, lambda: q.get(timeout=0.01)):\n"
        "    try: way()\n    except Exception as error: found.append(error)\n"
        "if sys.version_info >= (3, 11): raise ExceptionGroup('both', found)\nraise found[0]\n"
    ),
    "traceback as text": Case(
        "import multiprocessing, traceback\nq = multiprocessing.Queue(1)\nq.put(1)\n"
        "try: q.put(2, False)\nexcept Exception as error:\n"
        "    print(traceback.format_exc())\n"
        "    print(''.join(traceback.format_exception(type(error), error, error.__traceback__)))\n"
        "    print([f.name for f in traceback.extract_tb(error.__traceback__)])\n"
        "    traceback.print_exc()\n"
    ),
    "logged exception": Case(
        "import multiprocessing, logging\nq = multiprocessing.Queue(1)\n"
        "try: q.get(False)\nexcept Exception: logging.exception('oh')\n"
    ),
    "Empty": Case("import multiprocessing\nmultiprocessing.Queue().get(False)\n"),
    "Empty after a time": Case("import multiprocessing\nmultiprocessing.Queue().get(True, 0.01)\n"),
    "Full": Case("import multiprocessing\nq = multiprocessing.Queue(1)\nq.put(1)\nq.put_nowait(2)\n"),
    "put on a closed queue": Case("import multiprocessing\nq = multiprocessing.Queue()\nq.close()\nq.put(2)\n"),
    "get on a closed queue": Case("import multiprocessing\nq = multiprocessing.Queue()\nq.close()\nq.get()\n"),
    "wrong arguments": Case(
        "import multiprocessing\nq = multiprocessing.Queue()\n"
        "for call in ('q.put()', 'q.get(1, 2, 3)', 'q.put(1, nowait=True)', 'q.qsize(1)', 'q.close(1)',\n"
        "             'q.join()', 'multiprocessing.SimpleQueue().put()', 'multiprocessing.Process().join(1, 2)'):\n"
        "    try: eval(call)\n    except Exception as error: print(type(error).__name__, error)\n"
    ),
    "task_done too often": Case("import multiprocessing\nmultiprocessing.JoinableQueue().task_done()\n"),
    "cannot be pickled": Case(
        "import multiprocessing\nq = multiprocessing.Queue()\nq.put(lambda: 1)\nq.put(2)\nprint(q.get())\n"
    ),
    "cannot be pickled, simple": Case(
        "import multiprocessing\nq = multiprocessing.SimpleQueue()\nq.put(lambda: 1)\n"
    ),
    "sys.exit(3)": Case("import sys\nsys.exit(3)\n"),
    "sys.exit(text)": Case("import sys\nsys.exit('text')\n"),
    "sys.exit of a big number": Case("import sys\nsys.exit(300)\n"),
    "os._exit(4)": Case("import os\nprint('x', flush=True)\nos._exit(4)\n"),
    "SIGKILL": Case("import os\nprint('x', flush=True)\nos.kill(os.getpid(), 9)\n"),
    "SIGTERM": Case("import os, time\nos.kill(os.getpid(), 15)\ntime.sleep(5)\n"),
    "abort": Case("import os\nos.abort()\n"),
    "KeyboardInterrupt": Case("import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n"),
    "signals are as they are": Case(
        "import signal\nprint([(s.name, str(signal.getsignal(s))) for s in signal.valid_signals()\n"
        "       if isinstance(s, signal.Signals)])\nprint(signal.pthread_sigmask(signal.SIG_BLOCK, []))\n"
    ),
    "recursion": Case(
        "import multiprocessing\nq = multiprocessing.Queue()\nclass Deep:\n    def __reduce__(self): return f()\n"
        "def f(): return f()\ntry: f()\nexcept RecursionError as error: print(error)\nprint('on')\n"
    ),
    "descriptors": Case(
        "import os, multiprocessing\nprint(open(__file__).fileno())\nq = multiprocessing.Queue()\n"
        "print(q._reader.fileno(), q._writer.fileno())\nprint(os.open(os.devnull, 0), os.pipe())\n"
    ),
    "descriptors of a child": child_of(
        ALL_METHODS,
        "print(sorted(int(n) for n in os.listdir('/proc/self/fd') if int(n) < 100), flush=True)\n"
        "print(os.open(os.devnull, 0), flush=True)"
    ),
    "inherited by a program it starts": Case(
        "import subprocess, sys\n"
        "print(subprocess.run([sys.executable, '-c', 'import os, sys; print(sorted(os.listdir(\"/proc/self/fd\")),"
        " \"ipcviz\" in sys.modules, sorted(os.environ))'], capture_output=True, text=True, close_fds=False).stdout)\n",
        strangers=1,
    ),
    "standard input": Case("import sys\nprint(sys.stdin.read().upper(), sys.stdin.isatty())\n", stdin=b"ab\ncd\n"),
    "input()": Case("print(input('name? '))\nprint(input())\n", stdin=b"ab\n"),
    "arguments": Case("import sys\nprint(sys.argv)\n", ["a", "--help", "-o", "", "--", "x y", "ü", "-m"]),
    "module": Case(
        "import sys\nprint(__name__, __package__, __spec__.name, sys.argv, sys.path)\n", ["-x"], module=True
    ),
    "module with a child": Case(
        "import multiprocessing as mp, sys\ndef f(q): q.put((__name__, sys.argv))\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    q = mp.Queue()\n"
        "    p = mp.Process(target=f, args=(q,)); p.start(); print(q.get()); p.join()\n",
        module=True, methods=ALL_METHODS,
    ),
    "who it is": Case(
        "import sys, os\nprint(__name__, __file__, __spec__, __package__, __loader__.__class__, sys.argv,\n"
        "  sys.orig_argv, sys.executable, sys.flags, sys.path, sys.prefix, os.getcwd())\n"
        "print(sorted(globals()))\n"
    ),
    "environment": Case("import os\nfor pair in sorted(os.environ.items()): print(pair)\n"),
    "environment with a path": Case(
        "import os, sys\nprint(os.environ['PYTHONPATH'], sys.path)\n", environment={"PYTHONPATH": "/nowhere:/there"}
    ),
    "environment of a child": child(
        "print(sorted(os.environ.items()), flush=True)\nprint(sys.path, sys.argv, __name__, flush=True)"
    ),
    "own sitecustomize": Case("import sys\nprint(custom, sys.modules['sitecustomize'].__file__)\n", environment={"PYTHONPATH": "custom"}),
    "modules": Case(
        "import sys\nprobe = {'atexit', '_collections', 'fcntl', 'itertools', 'mmap', 'select', '_struct', 'struct'}\n"
        "def show(): print(sorted(m for m in set(sys.modules) - probe if not m.startswith('ipcviz')))\n"
        "show()\nimport multiprocessing\nshow()\nimport multiprocessing.queues\nshow()\n"
    ),
    "meta path": Case(
        "import sys\nprint(sys.meta_path[-3:], len(sys.path_hooks))\n"
    ),
    "import of a module": Case(
        "import importlib, sys, multiprocessing.queues\n"
        "print(multiprocessing.queues.__spec__, multiprocessing.queues.__loader__.__class__)\n"
        "print(vars(multiprocessing.queues.__loader__))\n"
        "import importlib.util\nprint(importlib.util.find_spec('multiprocessing.synchronize'))\n"
        "importlib.reload(multiprocessing.queues)\nq = multiprocessing.Queue(); q.put(1); print(q.get())\n"
    ),
    "source": Case(
        "import inspect, multiprocessing.queues as m\n"
        "print(inspect.signature(m.Queue.put), inspect.getsource(m.Queue.put), m.Queue.put.__qualname__)\n"
        "print(inspect.signature(m.Queue), m.Queue.__doc__, m.Queue.get.__doc__)\n"
    ),
    "threads": Case(
        "import threading, multiprocessing\nq = multiprocessing.Queue()\n"
        "print([t.name for t in threading.enumerate()], threading.active_count())\n"
        "q.put(1); q.get()\nprint([t.name for t in threading.enumerate()])\n"
    ),
    "warnings": Case(
        "import multiprocessing as mp, warnings\n"
        "def f(q): q.put(1)\n"
        "if __name__ == '__main__':\n    q = mp.Queue()\n    p = mp.Process(target=f, args=(q,)); p.start()\n"
        "    print(q.get()); p.join()\n    warnings.warn('now')\n",
        environment={"PYTHONWARNINGS": "error"},
    ),
    "warnings of a child": child("q.put(1); q.get(); print(sys.warnoptions)", environment={"PYTHONWARNINGS": "error"}),
    "development mode": child("q.put(1); q.get()", "print(sys.flags.dev_mode)", environment={"PYTHONDEVMODE": "1"}),
    "del of a queue": Case(
        "import multiprocessing.queues, gc, weakref, os\ngc.collect()\ngc.disable()\nq = multiprocessing.Queue()\n"
        "r = weakref.ref(q)\nfds = (q._reader.fileno(), q._writer.fileno())\ndel q\nprint(r())\n"
        "for fd in fds:\n    try: os.fstat(fd); print('open')\n    except OSError as e: print(e)\n"
        "q = multiprocessing.SimpleQueue()\nr = weakref.ref(q)\ndel q\nprint(r(), gc.collect())\n"
        "q = multiprocessing.Queue()\nq.put(1); q.get(); q.close(); q.join_thread()\nr = weakref.ref(q)\ndel q\n"
        "print(r())\n"
    ),
    "EOF": Case(
        "import multiprocessing as mp\nr, w = mp.Pipe(False)\nw.send(1); del w\nprint(r.recv())\n"
        "try: r.recv()\nexcept EOFError as e: print(repr(e))\n"
    ),
    "closed descriptors": child(
        "os.closerange(3, 256)\n"
        "file = open('out.txt', 'w')\nfor i in range(300): print('line', i, file=file)\nfile.close()\n"
        "print(open('out.txt').read() == ''.join(f'line {i}\\n' for i in range(300)), flush=True)",
        "print(os.path.getsize('out.txt'))",
    ),
    "closed descriptors, then files": Case(
        # By fork, where no tracker says, at a time of its own, that its pipe was closed.
        "import os, multiprocessing\nmultiprocessing.set_start_method('fork')\n"
        "q = multiprocessing.Queue()\nos.closerange(3, 256)\n"
        "files = [open(f'f{n}', 'wb') for n in range(250)]\n"
        "q = multiprocessing.SimpleQueue()\nfor n in range(300): q.put(n); q.get()\n"
        "print(max(f.fileno() for f in files))\nfor f in files: f.close()\n"
        "print(sum(os.path.getsize(f'f{n}') for n in range(250)))\n"
    ),
    "closed standard streams": Case("import os, sys\nos.close(1)\nprint(os.open(os.devnull, 1), file=sys.stderr)\n"),
    "low limit of descriptors": Case(
        "import resource, os\nresource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))\nimport multiprocessing\n"
        "q = multiprocessing.Queue()\nq.put(1); print(q.get())\n"
    ),
    "atexit": Case(
        "import atexit, multiprocessing\natexit.register(print, 'last')\nq = multiprocessing.Queue()\nq.put(1)\n"
        "print(atexit._ncallbacks() >= 1)\n"
    ),
    "daemon left behind": Case(
        "import multiprocessing as mp, time\ndef f(): time.sleep(60)\n"
        "if __name__ == '__main__':\n    p = mp.Process(target=f, daemon=True); p.start(); print('end')\n"
    ),
    "os.fork": Case(
        "import os, sys\npid = os.fork()\nif not pid:\n    print('child', flush=True)\n    os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    ),
    "os.fork, child exits by itself": Case(
        "import os, sys, atexit\natexit.register(lambda: print('exit', flush=True))\npid = os.fork()\n"
        "if not pid:\n    1 / 0\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
    ),
    "os.exec": Case("import os, sys\nos.execv(sys.executable, [sys.executable, '-c', 'print(5); raise SystemExit(6)'])\n", strangers=1),
    "subclasses": Case(
        "import multiprocessing as mp, multiprocessing.queues as mq, sys\n"
        "class P(mp.Process):\n    def run(self): self.q.put(self.name)\n"
        "class Q(mq.Queue):\n    def put(self, obj, block=True, timeout=None): super().put((0, obj), block, timeout)\n"
        "    def get(self, *a, **k): return super().get(*a, **k)[1]\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    p = P(name='x')\n"
        "    p.q = Q(3, ctx=mp.get_context())\n    p.start(); print(p.q.get()); p.join(); print(p.exitcode)\n"
        "    print(type(p).__mro__, mq.Queue.__subclasses__())\n",
        methods=ALL_METHODS,
    ),
    "called from C, without a caller": Case(
        "import atexit, _thread, time, multiprocessing as mp\n"
        "q = mp.Queue(); s = mp.SimpleQueue(); r, w = mp.Pipe(False); l = mp.Lock(); done = []\n"
        "calls = ((q.put, 1), (s.put, 2), (w.send, 3), (l.acquire,), (s.put, (1, 2)), (w.send_bytes, b'x'), (q.put, 'x' * 99),\n"
        "         (q.empty,), (w.fileno,), (q.get, True), (q.get, True), (s.get,), (s.get,), (r.recv,), (r.poll,), (q.close,), (r.close,))\n"
        "for call in calls:\n    t = _thread.start_new_thread(*((call[0], call[1:])))\n    time.sleep(0.02)\n"
        "for call in ((s.get,), (s.put, 3), (w.send, 4), (w.send, (4,)), (mp.Lock,), (mp.Queue,), (mp.Pipe,), (mp.SimpleQueue,), (mp.Value, 'i')):\n"
        "    atexit.register(*call)\nprint(s.empty(), l.acquire(False))\n"
    ),
    "in a finalizer": Case(
        "import multiprocessing as mp\nq = mp.Queue()\nclass A:\n    def __del__(self): q.get(False)\na = A()\ndel a\nprint('on')\n"
    ),
    "repr": Case(
        "import multiprocessing as mp\nq = mp.JoinableQueue(3)\n"
        "print([q, q._sem, q._rlock, q._reader])\nprint(sorted(vars(q)), len(q._buffer))\n"
    ),
    "ways to read and write a pipe": Case(
        "import multiprocessing as mp\nr, w = mp.Pipe(False)\na, b = mp.Pipe()\n"
        "for thing in (1, 'x', b'y', None, True, 1.5, 2j, (1, [2]), {'a': {1}}, 'ü' * 5000, b'z' * 70000, 1 << 9000):\n"
        "    b.send(thing) if not isinstance(thing, bytes) or len(thing) < 9 else b.send(b'')\n"
        "    got = a.recv()\n    print(type(got), str(got)[:40])\n"
        "room = bytearray(12)\nfor args in ((), (4,), (10,)):\n"
        "    w.send_bytes(b'abcd')\n    try: print(r.recv_bytes_into(room, *args), room)\n"
        "    except mp.BufferTooShort as error: print(repr(error))\n"
        "w.send_bytes(memoryview(b'abcdef'), 2, 3); print(r.poll(), r.poll(0), r.poll(0.0), r.recv_bytes(3), r.poll())\n"
        "w.send_bytes(b'abcdef')\ntry: r.recv_bytes(2)\nexcept OSError as error: print(error)\n"
        "print(r.closed, r.readable, r.writable)\nw.send_bytes(b'abc', 5)\n"
    ),
    "closed end": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nw.close()\nw.send(1)\n"),
    "closed end, fileno": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nw.close()\nw.fileno()\n"),
    "wrong end": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nr.send(1)\n"),
    "wrong end for bytes": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nw.recv_bytes()\n"),
    "nobody reads": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nr.close()\nw.send('x')\n"),
    "nobody reads a tuple": Case("import multiprocessing as mp\nr, w = mp.Pipe(False)\nr.close()\nw.send((1,))\n"),
    "nobody reads a SimpleQueue": Case("import multiprocessing as mp\nq = mp.SimpleQueue()\nq._reader.close()\nq.put(1)\n"),
    "closed SimpleQueue": Case("import multiprocessing as mp\nq = mp.SimpleQueue()\nq.close()\nq.put(1)\n"),
    "closed SimpleQueue, get": Case("import multiprocessing as mp\nq = mp.SimpleQueue()\nq.close()\nq.get()\n"),
    "closed SimpleQueue, empty": Case("import multiprocessing as mp\nq = mp.SimpleQueue()\nprint(q.empty())\nq.put(1)\nprint(q.empty())\nq.close()\nq.empty()\n"),
    "what comes out fails": Case(
        "import multiprocessing as mp\nclass Bad:\n    def __reduce__(self): return int, ('x',)\n"
        "q = mp.SimpleQueue()\nq.put(Bad())\nq.get()\n"
    ),
    "a pickler of its own": Case(
        "import multiprocessing as mp, multiprocessing.connection as c, multiprocessing.queues as u\n"
        "class Loud(c._ForkingPickler):\n    @classmethod\n    def dumps(cls, obj, protocol=None):\n"
        "        print('dumps', obj)\n        return super().dumps(obj, protocol)\n"
        "c._ForkingPickler = u._ForkingPickler = Loud\nr, w = mp.Pipe(False)\nw.send(1)\nprint(r.recv())\n"
        "q = mp.SimpleQueue()\nq.put(2)\nprint(q.get())\n"
    ),
    "how often it is pickled": Case(
        # By fork: this module starts a manager as it is loaded, so a child must not load it.
        "import multiprocessing as mp\nmp.set_start_method('fork')\n"
        "class Loud:\n    def __reduce__(self):\n        print('reduce')\n        return int, (1,)\n"
        "r, w = mp.Pipe(False)\nw.send(Loud())\nprint(r.recv())\nq = mp.SimpleQueue()\nq.put(Loud())\nprint(q.get())\n"
        "with mp.Manager() as m:\n    d = m.dict()\n    d['x'] = Loud()\n    print(d)\n"
        "    class Args(tuple): pass\n    print(d._callmethod('get', iter(('x',))) if 0 else d._callmethod('get', ['x']))\n"
    ),
    "pool": Case(
        "import multiprocessing as mp, sys\ndef f(x): return 10 // x\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    with mp.Pool(2) as pool:\n"
        "        print(pool.map(f, [1, 2, 5]))\n        print(list(pool.imap(f, range(1, 9))))\n        pool.map(f, [0])\n",
        methods=ALL_METHODS,
    ),
    "pool with strange arguments": Case(
        "import multiprocessing as mp, multiprocessing.pool as mpp, weakref, gc\ndef f(*a): return a\n"
        "class Args:\n    def __iter__(self): print('iter', flush=True); return iter((1, 2))\n"
        "if __name__ == '__main__':\n    with mp.Pool(1) as pool: print(pool.apply(f, Args()), pool.apply(f, [3]), pool.apply(f))\n"
        "    with mpp.ThreadPool(1) as pool:\n        g = lambda *a: a\n        print(pool.apply(g, (n for n in range(3))))\n"
        "        r = weakref.ref(g); del g\n    pool.join(); del pool; gc.collect(); print(r())\n"
    ),
    "a pool's worker cannot unpickle": Case(
        "import multiprocessing as mp, sys, os, time\n"
        "class Odd:\n"
        "    def __reduce__(self):\n        return (load, (os.getpid(),))\n"
        "def load(pid):\n    if os.getpid() != pid:\n        raise ValueError('not here')\n"
        "def f(x):\n    return x\n"
        "if __name__ == '__main__':\n"
        "    mp.set_start_method(sys.argv[1])\n"
        "    pool = mp.Pool(1)\n"
        "    first = pool._pool[0]\n"
        "    print(pool.apply(f, (1,)), pool.map(f, range(3)))\n"
        "    pool.apply_async(f, (Odd(),))\n"
        # The pool's own thread asks for its exit code; to ask for it here as well would be a race.
        "    while first in pool._pool:\n        time.sleep(0.01)\n"
        "    print('replaced')\n"
        "    pool.terminate()\n",
        methods=("fork", "spawn"),
    ),
    "a worker is replaced while a result lies unread": Case(
        "import multiprocessing as mp, os, sys, threading, time\n"
        "def f(x):\n    return x\n"
        "if __name__ == '__main__':\n"
        "    mp.set_start_method(sys.argv[1])\n"
        "    with mp.Pool(2, maxtasksperchild=3) as pool:\n"
        "        go = threading.Event()\n"
        "        pool.apply(f, (1,))\n"
        "        before = list(pool._pool)\n"
        # The thread that reads results stands in here: what comes next stays in the pipe.
        "        asked = [pool.apply_async(f, (0,), callback=lambda _: go.wait(30))]\n"
        "        asked += [pool.apply_async(f, (n,)) for n in range(20)]\n"
        # One of them has done three of so many; the other may have come too late for that.
        "        while all(worker in pool._pool for worker in before):\n            time.sleep(0.01)\n"
        # Flushed: a worker that is forked later would write it once more.
        "        print('replaced', go.is_set(), flush=True)\n"
        "        go.set()\n"
        "        print([one.get(30) for one in asked], flush=True)\n"
        "        pool.close()\n        pool.join()\n",
        methods=("fork", "spawn"),
    ),
    "a program with a wait of its own in the pool": Case(
        "import multiprocessing as mp, multiprocessing.pool as mpp\n"
        "seen = []\nwait = mpp.wait\n"
        "def own(things, timeout=None):\n    seen.append(len(things))\n    return wait(things, timeout=timeout)\n"
        "mpp.wait = own\n"
        "def f(x):\n    return x\n"
        "if __name__ == '__main__':\n"
        "    with mp.Pool(1) as pool:\n        print(pool.map(f, range(5)))\n"
        "        pool.close()\n        pool.join()\n"
        "    print(bool(seen), set(seen))\n"
    ),
    "what a pool cannot send": Case(
        "import multiprocessing as mp, traceback, sys\n"
        "def f(x):\n    return (lambda: x) if x == 2 else x\n"
        "def show(call, *args):\n"
        "    try:\n        print(call(*args))\n"
        "    except BaseException:\n        traceback.print_exc(file=sys.stdout)\n"
        "if __name__ == '__main__':\n"
        "    with mp.Pool(2) as pool:\n"
        "        show(pool.apply, f, (1,))\n        show(pool.apply, f, (2,))\n"
        "        show(pool.apply, lambda: 1)\n        show(pool.apply, f, (lambda: 1,))\n"
        "        show(pool.apply, len, ('abc',))\n        show(pool.apply, f, ('x' * 100_000,))\n"
        "        print(sorted(pool.imap_unordered(f, range(100, 300))))\n"
        "        show(list, pool.imap(f, range(4)))\n"
    ),
    "functions have a reducer of their own": Case(
        "import multiprocessing as mp, types\n"
        "from multiprocessing.reduction import ForkingPickler\n"
        "def f(x):\n    return x + 1\n"
        "def g(x):\n    return x + 2\n"
        "def reduce(function):\n    print('asked')\n    return (getattr, (g, '__call__'))\n"
        "ForkingPickler.register(types.FunctionType, reduce)\n"
        "ForkingPickler.register(int, reduce)\n"
        "if __name__ == '__main__':\n"
        "    with mp.Pool(1) as pool:\n        print(pool.apply(f, (1,)), list(pool.imap(f, range(5))))\n"
    ),
    "the library's pickler is another one": Case(
        "import multiprocessing as mp\n"
        "import multiprocessing.queues, multiprocessing.connection\n"
        "class Counting(multiprocessing.reduction.ForkingPickler):\n"
        "    asked = 0\n"
        "    @classmethod\n    def dumps(cls, obj, protocol=None):\n"
        "        Counting.asked += 1\n        return super().dumps(obj, protocol)\n"
        "multiprocessing.queues._ForkingPickler = multiprocessing.connection._ForkingPickler = Counting\n"
        "def f(x):\n    return Counting.asked\n"
        "if __name__ == '__main__':\n"
        "    with mp.Pool(1) as pool:\n"
        "        first, second = pool.apply(f, (1,)), pool.apply(f, (2,))\n        print(second - first)\n"
        "        pool.close()\n        pool.join()\n"
        "    with mp.Manager() as manager:\n"
        "        table = manager.dict(a=1)\n        table['a']\n        before = Counting.asked\n"
        "        print(table['a'], Counting.asked - before)\n"
    ),
    "a manager's strange requests": Case(
        "import multiprocessing as mp, traceback, sys\n"
        "def show(call, *args, **kwargs):\n"
        "    try:\n        print(call(*args, **kwargs))\n"
        "    except BaseException:\n        traceback.print_exc(file=sys.stdout)\n"
        "if __name__ == '__main__':\n"
        "    with mp.Manager() as manager:\n"
        "        table, items = manager.dict(a=1), manager.list()\n"
        "        show(table.get, 'a')\n        show(table.get, 'x' * 100_000)\n"
        "        show(table.__getitem__, 'b')\n        show(table.get, lambda: 1)\n"
        "        show(table.update, {'c': 2}, d=3)\n        show(items.append, b'y' * 50_000)\n"
        "        show(lambda: len(items[0]))\n        show(items._callmethod, 'no such')\n"
        "        show(table.copy)\n"
        "    show(table.get, 'a')\n",
        # A set is printed.
        environment={"PYTHONHASHSEED": "1"},
    ),
    "an executor's worker cannot unpickle": Case(
        "import os, sys, multiprocessing as mp\n"
        "from concurrent.futures import ProcessPoolExecutor\n"
        "class Odd:\n"
        "    def __reduce__(self):\n        return (load, (os.getpid(),))\n"
        "def load(pid):\n    if os.getpid() != pid:\n        raise ValueError('not here')\n"
        "def f(x):\n    return x\n"
        "def g(x):\n    return Odd() if x == 1 else {x} if x == 2 else 'z' * x\n"
        "if __name__ == '__main__':\n"
        "    with ProcessPoolExecutor(1, mp.get_context('fork')) as pool:\n"
        "        print(pool.submit(f, 1).result(), list(pool.map(g, (2, 3, 4))), len(pool.submit(g, 90_000).result()))\n"
        "        print(repr(pool.submit(f, Odd()).exception()))\n"
    ),
    "pool with queues of its own": Case(
        "import multiprocessing as mp, multiprocessing.pool as mpp, sys\ndef f(x): return x * 2\n"
        "class Q:\n    def __init__(self, ctx):\n        self._reader, self._writer = ctx.Pipe(duplex=False)\n"
        "        self._rlock = ctx.Lock(); self._wlock = ctx.Lock(); self.make()\n"
        "    def __getstate__(self): return self._reader, self._writer, self._rlock, self._wlock\n"
        "    def __setstate__(self, state): self._reader, self._writer, self._rlock, self._wlock = state; self.make()\n"
        "    def empty(self): return not self._reader.poll()\n"
        "    def make(self):\n        recv, send, rlock, wlock = self._reader.recv, self._writer.send, self._rlock, self._wlock\n"
        "        def get():\n            with rlock: return recv()\n"
        "        def put(obj):\n            with wlock: send(obj)\n        self.get, self.put = get, put\n"
        "class Pool(mpp.Pool):\n    def _setup_queues(self):\n        self._inqueue, self._outqueue = Q(self._ctx), Q(self._ctx)\n"
        "        self._quick_put, self._quick_get = self._inqueue._writer.send, self._outqueue._reader.recv\n"
        "if __name__ == '__main__':\n    with Pool(2, context=mp.get_context(sys.argv[1])) as pool: print(pool.map(f, range(5)), len(pool._pool))\n",
        methods=ALL_METHODS,
    ),
    "executor": Case(
        "import concurrent.futures as cf, multiprocessing as mp, sys\ndef f(x): return 10 // x\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    with cf.ProcessPoolExecutor(2) as pool:\n"
        "        print(list(pool.map(f, [1, 2, 5])))\n        print(pool.submit(f, 0).exception())\n"
        "        print(pool.submit(f, lambda: 1).exception())\n",
        methods=ALL_METHODS,
    ),
    "manager": Case(
        "import multiprocessing as mp, sys\ndef f(q, d): q.put(1); d['a'] = 2\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    with mp.Manager() as m:\n"
        "        q, d = m.Queue(), m.dict()\n        p = mp.Process(target=f, args=(q, d)); p.start(); p.join()\n"
        "        print(q.get(), dict(d))\n        d['b']\n",
        methods=ALL_METHODS,
    ),
    "last things of a child": child(
        "class Last:\n    def __del__(self): os.write(1, b'finalized\\n')\n"
        "me = mp.current_process()\nme.last = Last()\nme.file = open('out.txt', 'w')\nme.file.write('text')",
        "print(open('out.txt').read())",
    ),
    "isolated: who it is": Case(
        "import sys, os\nprint(__name__, __file__, __spec__, __package__, __loader__.__class__, sys.argv,\n"
        "  sys.orig_argv, sys.executable, sys.flags, sys.path, sys.prefix, os.getcwd(), __doc__, __builtins__)\n"
        "print(sorted(globals()), sorted(os.environ), __name__ == sys.modules['__main__'].__name__)\n"
        "probe = {'atexit', '_collections', 'fcntl', 'itertools', 'mmap', 'select', '_struct', 'struct'}\n"
        "print(sorted(m for m in set(sys.modules) - probe if not m.startswith('ipcviz')))\n",
        ["-I", "x"], options=["-I"], environment={"PYTHONPATH": "/nowhere"},
    ),
    "isolated: a child": child(
        "q.put(1); print(q.get(), sys.flags, sys.argv, __name__, sorted(os.environ), flush=True)", options=["-I"],
    ),
    "isolated: a failing child": child("1 / 0", options=["-I"]),
    "isolated: exception": Case("def f(n):\n    return 1 / n\nf(0)\n", options=["-I"]),
    "isolated: exit code": Case("import sys\nsys.exit(3)\n", options=["-I"]),
    "isolated: syntax error behind an import": Case("import broken\n", options=["-E"]),
    "without site": child("q.put(1); print(q.get(), sys.flags, flush=True)", options=["-S"]),
    "without environment": Case(
        "import sys, os\nprint(sys.path, sys.argv, sys.orig_argv, os.environ['PYTHONPATH'])\n",
        options=["-E"], environment={"PYTHONPATH": "/nowhere"},
    ),
    "without environment: a module": Case(
        "import sys\nprint(__name__, __package__, __spec__.name, sys.argv, sys.orig_argv, sys.path, sorted(globals()))\n"
        "1 / 0\n", ["-x"], module=True, options=["-E"],
    ),
    "options of the interpreter": Case(
        "import sys\nprint(sys.flags, sys.warnoptions, sys._xoptions, sys.orig_argv)\nassert 0\n",
        options=["-O", "-W", "error", "-X", "dev"],
    ),
    "shared memory": Case(
        "import multiprocessing as mp, sys\nfrom multiprocessing import shared_memory, managers\n"
        "def work(name, numbers):\n    block = shared_memory.SharedMemory(name)\n    block.buf[:3] = b'abc'\n"
        "    block.close()\n    numbers[1] = 5\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n"
        "    block = shared_memory.SharedMemory(create=True, size=16)\n    numbers = shared_memory.ShareableList([1, 2])\n"
        "    p = mp.Process(target=work, args=(block.name, numbers)); p.start(); p.join()\n"
        "    print(bytes(block.buf[:4]), list(numbers), p.exitcode)\n"
        "    block.close(); block.unlink(); numbers.shm.close(); numbers.shm.unlink()\n"
        "    with managers.SharedMemoryManager() as m:\n        print(list(m.ShareableList([3, 4])), len(m.SharedMemory(8).buf) >= 8)\n",
        methods=ALL_METHODS,
    ),
    "Listener and Client": Case(
        "import multiprocessing as mp, sys\nfrom multiprocessing.connection import Client, Listener, wait, AuthenticationError\n"
        "def work(address, key):\n    with Client(address, authkey=key) as c:\n        c.send({'a': 1}); print(c.recv(), flush=True)\n"
        "        c.send_bytes(b'x' * 100000)\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n"
        "    for kind in ('AF_INET', 'AF_UNIX'):\n        with Listener(('127.0.0.1', 0) if kind == 'AF_INET' else None, authkey=b'k') as l:\n"
        "            p = mp.Process(target=work, args=(l.address, b'k')); p.start()\n            with l.accept() as c:\n"
        "                print(c.recv(), wait([c], 0), c.poll()); c.send([1, 2]); print(len(c.recv_bytes()))\n"
        "                try: c.recv()\n                except EOFError as error: print(repr(error))\n            p.join()\n"
        "            p = mp.Process(target=work, args=(l.address, b'wrong')); p.start()\n"
        "            try: l.accept()\n            except AuthenticationError as error: print(error)\n            p.join(); print(p.exitcode)\n",
        methods=ALL_METHODS,
    ),
    "a manager of its own on a socket": Case(
        "import multiprocessing as mp, sys, queue\nfrom multiprocessing.managers import BaseManager, BaseProxy, RemoteError\n"
        "class Counter:\n    n = 0\n    def add(self, k): self.n += k; return self.n\n    def fail(self): raise KeyError('no')\n"
        "class M(BaseManager): pass\nclass C(BaseManager): pass\n"
        "M.register('Counter', Counter)\nM.register('queue', callable=lambda: None)\nC.register('Counter')\n"
        "def work(address):\n    c = C(address, b'k'); c.connect(); print(c.Counter().add(2), flush=True)\n"
        "if __name__ == '__main__':\n    mp.set_start_method(sys.argv[1])\n    m = M(('127.0.0.1', 0), b'k')\n    m.start()\n"
        "    k = m.Counter(); print(k.add(3), k.add(4))\n    try: k.fail()\n    except KeyError as error: print(repr(error))\n"
        "    p = mp.Process(target=work, args=(m.address,)); p.start(); p.join(); print(p.exitcode)\n"
        "    m.shutdown()\n    try: k.add(1)\n    except Exception as error: print(type(error).__name__)\n",
        methods=("fork", "forkserver"),
    ),
    "a Process of its own": Case(
        "import multiprocessing as mp, multiprocessing.context as c, multiprocessing.pool as pool, sys\n"
        "class Process(c.ForkProcess):\n    def __init__(self, *a, **k): super().__init__(*a, **k); self.extra = 1\n"
        "    def start(self): print('start', self.extra); super().start()\n"
        "    def _bootstrap(self, *a, **k): print('boot', flush=True); return super()._bootstrap(*a, **k)\n"
        "class Context(c.ForkContext):\n    Process = Process\n"
        "mp.Process = Process\ndef f(x): return x * 2\n"
        "if __name__ == '__main__':\n    p = mp.Process(target=print, args=(5,), kwargs={'flush': True}); p.start(); p.join()\n"
        "    with Context().Pool(1) as workers: print(workers.map(f, [1, 2]))\n    print(p.name, mp.Process.__mro__)\n"
    ),
    "daemonised child": Case(
        "import os, multiprocessing as mp\nr, w = mp.Pipe(False)\n"
        "if not os.fork():\n    os.setsid()\n    if os.fork(): os._exit(0)\n    r.close()\n    w.send(os.getpid() != os.getppid())\n"
        "    w.close()\n    os._exit(0)\nos.wait()\nw.close()\nprint(r.recv())\ntry: r.recv()\nexcept EOFError: print('end')\n"
    ),
    "who holds a pipe's ends": child_of(
        ALL_METHODS,
        "import fcntl\n"
        "pipes = sorted(os.readlink(f'/proc/self/fd/{n}').split(':')[0] for n in os.listdir('/proc/self/fd')\n"
        "               if int(n) < 100 and os.path.exists(f'/proc/self/fd/{n}'))\nprint(pipes, flush=True)",
    ),
    "the start method is set late": Case(
        "import multiprocessing as mp\ndef f(): print(mp.get_start_method(), flush=True)\n"
        "if __name__ == '__main__':\n    print(mp.get_start_method(allow_none=True))\n    mp.set_start_method('spawn')\n"
        "    p = mp.Process(target=f); p.start(); p.join()\n    try: mp.set_start_method('fork')\n"
        "    except RuntimeError as error: print(error)\n    mp.set_start_method('fork', force=True)\n"
        "    p = mp.Process(target=f); p.start(); p.join()\n"
    ),
    "no children at all": Case("print('hello')\n"),
    "syntax error behind an import": Case("import broken\n"),
    "encoding": Case("print('grüß 你好')\nimport sys\nprint(sys.stdout.encoding, sys.stdout.line_buffering)\n"),
}  # fmt: skip
# What runs in a child is told by the method; a test may take a method it does not use.
RUNS = [
    pytest.param(case, method, id=name if len(case.methods) == 1 else f"{name}-{method}")
    for name, case in CASES.items()
    for method in case.methods
]


SHORT_CUTS = {name: value for name, value in os.environ.items() if name == "IPCVIZ_FAST"}
"""Whether this is a run of the tests without short-cuts: not for the bare program, which would see it."""


def outcome(
    command: list[str], case: Case, folder: Path, home: Path, more: dict[str, str] | None = None
) -> tuple[str, str, int]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "IPCVIZ"))}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home), **case.environment, **(more or {})}
    done = subprocess.run(
        command, input=case.stdin, capture_output=True, timeout=DEADLINE, cwd=folder, env=environment
    )
    # Addresses differ from run to run.
    output, errors = (re.sub(r"0x[0-9a-f]+", "0x", text.decode()) for text in (done.stdout, done.stderr))
    return output, errors, done.returncode


@pytest.mark.parametrize(("case", "method"), RUNS)
def test_nothing_can_be_told_apart(case: Case, method: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "prog.py").write_text(case.source, encoding="utf-8")
    (folder / "broken.py").write_text("x = = 1\n")
    (folder / "custom").mkdir()
    (folder / "custom" / "sitecustomize.py").write_text("import builtins; builtins.custom = 5\n")
    program = ["-m", "prog"] if case.module else ["prog.py"]
    arguments = [*([method] if len(case.methods) > 1 else []), *case.arguments]
    bare = outcome([PYTHON, *case.options, *program, *arguments], case, folder, tmp_path)
    # The shell's way of naming a death by signal.
    expected = (*bare[:2], bare[2] if bare[2] >= 0 else 128 - bare[2])
    trace = str(tmp_path / "t.trace")
    other = case.options or sys.executable != PYTHON
    python = ["--python", " ".join((PYTHON, *case.options))] if other else []
    watched = outcome(
        [sys.executable, "-c", IPCVIZ, "record", "-o", trace, *python, *program, *arguments], case, folder, tmp_path,
        SHORT_CUTS,
    )
    output, errors, code = watched
    if case.strangers:
        errors, said = errors[: errors.rindex("ipcviz: ")], errors[errors.rindex("ipcviz: ") :]
        assert re.fullmatch(rf"ipcviz: {case.strangers} (child )?process.* not watched: .*\n", said)
    assert (output, errors, code) == expected


def test_what_is_ignored_from_outside_stays_ignored(tmp_path: Path) -> None:
    """As under `nohup`, or in a job in the background of a script."""
    program = tmp_path / "prog.py"
    program.write_text("import signal\nprint([str(signal.getsignal(number)) for number in (1, 2, 13, 15, 17)])\n")
    watched = [sys.executable, "-c", IPCVIZ, "record", "-o", str(tmp_path / "t.trace"), str(program)]
    for trap in ("", "trap '' INT HUP;"):
        said = [
            subprocess.run(
                ["sh", "-c", f'{trap} exec "$@"', "sh", *command], capture_output=True, timeout=DEADLINE
            ).stdout
            for command in ([sys.executable, str(program)], watched)
        ]
        assert said[0]
        assert said[0] == said[1]

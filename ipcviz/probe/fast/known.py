"""Which functions of the library the short-cuts know: all of their code, by a digest, per Python version.

`DIGESTS` in `digests.py` is made by the interpreters themselves. With every version that is supported, in the
root of the repository, one after the other:

    python3.12 -m ipcviz.probe.fast.known

adds what that interpreter's library says to the table, for each level of optimization (-O, -OO); what earlier
releases of the version said stays in it. A function that a table lacks is not known: the library's own way is
taken, so that a new release costs speed until it has been looked at, and nothing else.
"""

import _imp
import sys

from ipcviz.probe.core.patches import library_own

FUNCTIONS = {
    "multiprocessing.connection": (
        "_ConnectionBase._check_closed", "_ConnectionBase._check_readable", "_ConnectionBase._check_writable",
        "_ConnectionBase.send_bytes", "_ConnectionBase.send", "_ConnectionBase.recv_bytes",
        "_ConnectionBase.recv", "Connection._send", "Connection._recv", "Connection._send_bytes",
        "Connection._recv_bytes", "Connection._poll", "wait",
    ),
    "multiprocessing.reduction": ("ForkingPickler.__init__", "ForkingPickler.dumps"),
    "multiprocessing.queues": (
        "Queue.put", "Queue.get", "Queue._reset", "Queue._feed", "JoinableQueue.put",
        "JoinableQueue.task_done", "SimpleQueue.put", "SimpleQueue.get",
    ),
    "multiprocessing.synchronize": (
        "SemLock.__enter__", "SemLock.__exit__", "SemLock._make_methods", "Condition.__enter__",
        "Condition.__exit__",
    ),
    "multiprocessing.sharedctypes": ("Synchronized.value.fget", "Synchronized.value.fset"),
    "multiprocessing.pool": (
        "worker", "Pool._setup_queues", "Pool._handle_tasks", "Pool._wait_for_updates",
    ),
    "multiprocessing.managers": ("BaseProxy._callmethod", "BaseProxy._connect", "Server.serve_client"),
    "concurrent.futures.process": ("_process_worker", "_sendback_result", "_ResultItem.__init__"),
    "selectors": ("_PollLikeSelector.select", "_PollLikeSelector.register", "_BaseSelectorImpl.register"),
}  # fmt: skip
"""Module to the functions in it that some short-cut goes around."""
_MOST = 8
"""Constants in constants; a tuple of the library's is never so deep."""


def is_known(*names):
    """Whether all of these functions, `module:Class.function`, are there as we know them."""
    return all(_is_known(name) for name in names)


def _is_known(name):
    answer = _answers.get(name)
    if answer is None and name.partition(":")[0] in sys.modules:
        from ipcviz.probe.fast.digests import DIGESTS

        known = DIGESTS.get(_VERSION, {}).get(name, ())
        answer = _answers[name] = digest_of(_find(name)) in known
    return bool(answer)


_VERSION = "{}.{}".format(*sys.version_info)
_answers = {}
"""What was asked before, at the patching: a function that the program replaces later is its own affair."""


def _find(name):
    """The library's own function of that name, behind our hooks; None where there is none."""
    module, _, path = name.partition(":")
    found = sys.modules.get(module)
    for part in path.split("."):
        found = getattr(found, part, None)
    function = getattr(found, "__func__", found)
    return library_own(function)


def digest_of(function):
    """A short text that stands for everything a function does; empty for what is no Python function."""
    code = getattr(function, "__code__", None)
    if code is None or (function.__closure__ is not None and "__class__" not in code.co_freevars):
        return ""
    said = repr((_code(code), _plain(function.__defaults__), _plain(function.__kwdefaults__)))
    # `hash` differs from process to process, and a module for digests may not be loaded yet. This one is what
    # the interpreter itself compares source files with.
    return _imp.source_hash(0, said.encode()).hex()


def _code(code):
    return (
        code.co_name, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags,
        code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_code,
        getattr(code, "co_exceptiontable", b""), [_plain(constant) for constant in code.co_consts],
    )  # fmt: skip


def _plain(thing, depth=0):
    """A constant as a text that is the same in every process."""
    if type(thing) is type(_plain.__code__):
        return _code(thing)
    if type(thing) in (tuple, frozenset) and depth < _MOST:
        parts = [_plain(part, depth + 1) for part in thing]
        return parts if type(thing) is tuple else sorted(parts, key=repr)
    if type(thing) is dict:
        return sorted((name, _plain(value, depth + 1)) for name, value in thing.items())
    kind = type(thing)
    return repr(thing) if kind.__module__ == "builtins" and kind is not object else kind.__name__


# --- the command ----------------------------------------------------------------------------------


def _update():
    """Add what this interpreter's library says to the table."""
    import os

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "digests.py")
    table = {}
    if os.path.exists(path):
        names = {}
        with open(path, encoding="utf-8") as file:
            exec(file.read(), names)
        table = names["DIGESTS"]
    mine = table.setdefault(_VERSION, {})
    for name, digest in _of_every_level():
        mine[name] = tuple(sorted({*mine.get(name, ()), digest}))
    lines = ['"""Made by `python -m ipcviz.probe.fast.known`, see there."""', "", "DIGESTS = {"]
    for one in sorted(table, key=lambda said: [int(part) for part in said.split(".")]):
        lines.append(f'    "{one}": {{')
        for name in sorted(table[one]):
            said = ", ".join(f'"{digest}"' for digest in table[one][name])
            lines.append(f'        "{name}": ({said}{"," if len(table[one][name]) == 1 else ""}),')
        lines.append("    },")
    lines.append("}")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


def _of_every_level():
    """Names and digests; each level of optimization in an interpreter of its own."""
    import subprocess

    code = "from ipcviz.probe.fast import known; known._say()"
    for level in ((), ("-O",), ("-OO",)):
        done = subprocess.run(
            [sys.executable, *level, "-c", code], capture_output=True, text=True, check=True
        )
        for line in done.stdout.splitlines():
            yield line.split()


def _say():
    for module, functions in FUNCTIONS.items():
        __import__(module)
        for function in functions:
            name = f"{module}:{function}"
            digest = digest_of(_find(name))
            if digest:
                sys.stdout.write(f"{name} {digest}\n")


if __name__ == "__main__":
    _update()

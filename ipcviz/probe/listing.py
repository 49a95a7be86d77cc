"""Lists what the probe patches, per Python version.

`python -m ipcviz.probe.listing [PYTHON…]` writes PATCHES.md. Each interpreter (this one, if none is named)
watches itself for a moment, loads every module that has patches, and says what was put in whose place.
"""

import os
import subprocess
import sys
import tempfile

_MODULES = (
    "threading",
    "traceback",
    "multiprocessing",
    "multiprocessing.connection",
    "multiprocessing.synchronize",
    "multiprocessing.sharedctypes",
    "multiprocessing.queues",
    "multiprocessing.pool",
    "multiprocessing.managers",
    "multiprocessing.shared_memory",
    "multiprocessing.spawn",
    "multiprocessing.popen_fork",
    "multiprocessing.popen_forkserver",
    "concurrent.futures.process",
)
_HERE = os.path.dirname(os.path.abspath(__file__))
_TARGET = os.path.join(_HERE, "PATCHES.md")


def show():
    """In the interpreter that is asked: its version, then a line per patch."""
    from ipcviz.probe.core import install, ledger, patches

    put_on = []
    replace = patches.replace

    def replace_and_note(owner, name, value):
        module = getattr(owner, "__module__", None)
        where = f"{module}.{owner.__qualname__}" if module else owner.__name__
        if not where.startswith("ipcviz."):
            # A short-cut in the place of a hook is no patch on the library.
            put_on.append(f"{where}.{name}")
        replace(owner, name, value)

    patches.replace = replace_and_note
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "ledger")
        ledger.create(path)
        install.begin(path, os.open(os.devnull, os.O_WRONLY))
        for module in _MODULES:
            __import__(module)
        install.uninstall()
    version = "{}.{}".format(*sys.version_info[:2])
    sys.stdout.write("\n".join([version, *sorted(set(put_on))]) + "\n")


def main(pythons):
    """Ask each interpreter, then write the table."""
    found = {}
    root = os.path.dirname(os.path.dirname(_HERE))
    for python in pythons or [sys.executable]:
        code = "from ipcviz.probe.listing import show; show()"
        said = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd=root)
        version, *names = said.stdout.split()
        found[version] = names
    versions = sorted(found, key=lambda version: tuple(map(int, version.split("."))))
    rows = []
    for name in sorted({name for names in found.values() for name in names}):
        marks = " | ".join("✔" if name in found[version] else "" for version in versions)
        rows.append(f"| `{name}` | {marks} |")
    head = (
        "# What the probe patches\n\n"
        "Made by `python -m ipcviz.probe.listing PYTHON…`: do not edit. Each of these is put back by\n"
        "`patches.undo_all`; what a patch does is said where it is declared, in `hooks`, `fast`, `core`.\n\n"
    )
    table = f"| | {' | '.join(versions)} |\n|{'---|' * (len(versions) + 1)}\n" + "\n".join(rows) + "\n"
    with open(_TARGET, "w", encoding="utf-8") as file:
        file.write(head + table)


if __name__ == "__main__":
    main(sys.argv[1:])

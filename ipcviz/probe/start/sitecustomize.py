"""Read by the program's interpreter as it starts: watches the main process, then is gone without a trace.

The session puts this folder in front of PYTHONPATH. What the program sees of its environment and of
`sys.path` is put back before its own code runs, so that `python script.py` runs as it always does:
the real `__main__`, the real command line, the real tracebacks.
"""


def _begin():
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    said = os.environ.pop("IPCVIZ_PROBE", "")
    before = os.environ.pop("IPCVIZ_PYTHONPATH", None)
    if before is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = before
    if here in sys.path:
        sys.path.remove(here)
    sys.path_importer_cache.pop(here, None)
    if said:
        load(said)
    else:
        os.environ.pop("IPCVIZ_FAST", None)


FREE_THREADED, TOO_OLD, OTHER = 1, 2, 3
"""Why an interpreter cannot be watched: its threads run at the same time, while the probe relies on one C
call being over before another thread runs; it is older than 3.10; it is no CPython."""
REFUSED_AT = 72
"""The byte in the ledger where the session finds that (`ledger.W_REFUSED`)."""


def why_not():
    """Why this interpreter cannot be watched; 0 where it can."""
    import sys

    if sys.implementation.name != "cpython":
        return OTHER
    if sys.version_info < (3, 10):  # noqa: UP036
        return TOO_OLD
    # Also where such a build has the lock switched on: it is the build that decides how objects are kept.
    if "t" in getattr(sys, "abiflags", ""):
        return FREE_THREADED
    return 0


def _refuse(why, ledger):
    """Nothing is watched here; the session learns why from the ledger's header."""
    import os

    fd = os.open(ledger, os.O_WRONLY)
    try:
        os.pwrite(fd, why.to_bytes(8, "little"), REFUSED_AT)
    finally:
        os.close(fd)


def load(said):
    """Make the probe's package known under its name, and begin; IPCVIZ_FAST=0 does without short-cuts."""
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    fast = os.environ.pop("IPCVIZ_FAST", "") != "0"
    fd, method, ledger = said.split(":", 2)
    why = why_not()
    if why:
        _refuse(why, ledger)
        return
    root = os.path.dirname(os.path.dirname(here))
    package = type(sys)("ipcviz")
    package.__path__ = [root]
    package.__file__ = os.path.join(root, "__init__.py")
    with open(package.__file__) as file:
        exec(file.read(), package.__dict__)
    sys.modules["ipcviz"] = package
    from ipcviz.probe.core import install

    install.begin(ledger, int(fd), method or None, fast)


def _chain():
    """Load the `sitecustomize` that this one stands in front of, if there is one."""
    import sys

    # Not by way of importlib, which the program may never load.
    finder = sys.modules["_frozen_importlib_external"].PathFinder
    spec = finder.find_spec("sitecustomize", sys.path)
    if spec is None or spec.loader is None:
        # What `site` expects where there is none; nothing is left in `sys.modules` then.
        raise ImportError("No module named 'sitecustomize'", name="sitecustomize")
    module = sys.modules["sitecustomize"] = sys.modules["_frozen_importlib"].module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "sitecustomize":
    try:
        _begin()
    except Exception:
        pass
    _chain()

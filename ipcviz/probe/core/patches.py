"""Patches on the standard library: each one named, with an undo, put on when its module is loaded.

A module that the program never imports is never imported by the probe either: an eager import would
cost every spawned child 20 to 30 ms and change what the program finds in `sys.modules`.
"""

import sys

from ipcviz.probe.core import report

_on_import = {}
"""Module name to the functions that patch it once it is there."""
_undo = []
"""What to call, last first, to leave the standard library as it was."""
_missing = object()


def when_imported(name, patch):
    """Call `patch(module)` once the module `name` is loaded: now, or right after its import."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    if module is not None and not getattr(spec, "_initializing", False):
        _run(patch, module)
    else:
        _on_import.setdefault(name, []).append(patch)


def _run(patch, module):
    try:
        patch(module)
    except Exception:
        # A library that is other than any we know: the program's import must not fail for it.
        report.complain()


def apply(*rows):
    """Put on patches, each declared as (owner, name, wrapper).

    The owner is a class or a module, the wrapper a function that looks like the one it stands for from here
    on; a static method stays one.
    """
    for owner, name, wrapper in rows:
        old = getattr(owner, name)
        inner = getattr(wrapper, "__wrapped__", None)
        if inner is not None:
            # What it hands the arguments on to, and what complains of wrong ones.
            look_alike(inner, old)
        look_alike(wrapper, old)
        static = isinstance(vars(owner).get(name), staticmethod)
        replace(owner, name, staticmethod(wrapper) if static else wrapper)


def replace(owner, name, value):
    """Put `value` in the place of an attribute; `undo_all` puts the old one back, or none."""
    old = vars(owner).get(name, _missing)
    setattr(owner, name, value)

    def undo():
        if vars(owner).get(name, _missing) is not value:
            # The program has put something of its own there.
            return
        if old is _missing:
            delattr(owner, name)
        else:
            setattr(owner, name, old)

    _undo.append(undo)


def on_undo(action):
    """Call `action` when everything is undone."""
    _undo.append(action)


def look_alike(new, old):
    """What `functools.wraps` does, without importing it."""
    for name in ("__module__", "__name__", "__qualname__", "__doc__"):
        setattr(new, name, getattr(old, name, None))
    new.__wrapped__ = old


def library_own(function):
    """The library's own function behind our wrappers; what somebody else has put there stays what it is."""
    while getattr(function, "__globals__", {}).get("__name__", "").startswith("ipcviz.probe."):
        behind = getattr(function, "__wrapped__", None)
        if behind is None:
            break
        function = behind
    return function


def start():
    """Watch for imports."""
    sys.meta_path.insert(0, _Finder)


def undo_all():
    """Leave the standard library as it was before `start`."""
    if _Finder in sys.meta_path:
        sys.meta_path.remove(_Finder)
    _on_import.clear()
    while _undo:
        _undo.pop()()


class _Finder:
    """Finds what the other finders find, and has the patches called when it is loaded."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        patches = _on_import.get(name)
        if not patches:
            return None
        for finder in sys.meta_path:
            if finder is _Finder or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                _patch_after_exec(spec, name)
                return spec
        return None


def _patch_after_exec(spec, name):
    """Shadow `exec_module` on this loader object for one call; the loader itself stays what it was."""
    loader = spec.loader
    if loader is None or not hasattr(loader, "exec_module"):
        return
    execute = loader.exec_module

    def exec_module(module):
        try:
            del loader.exec_module
        except AttributeError:
            pass
        execute(module)
        for patch in _on_import.pop(name, ()):
            _run(patch, module)

    try:
        loader.exec_module = exec_module
    except AttributeError:
        pass

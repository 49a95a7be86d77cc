"""Starts the program where the interpreter looks for no `sitecustomize`: under -I, -E and -S.

    python -I launch.py PROBE SCRIPT.py [ARGS…]
    python -I launch.py PROBE -m MODULE [ARGS…]

It begins to watch, then makes `__main__`, `sys.argv`, `sys.orig_argv` and `sys.path` what they are without
it. Its own frames are cut out of what is printed, as those of every hook are.
"""


def _start():
    import os
    import sys

    here = os.path.dirname(os.path.abspath(__file__))
    said, *argv = sys.argv[1:]
    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        # This file's folder, which Python has put there for the script's.
        sys.path.pop(0)
    own = sys.orig_argv.index(os.path.join(here, "launch.py"))
    sys.orig_argv[own : own + 2] = []
    names = {"__name__": "ipcviz.probe.start", "__file__": os.path.join(here, "sitecustomize.py")}
    try:
        with open(names["__file__"], encoding="utf-8") as file:
            exec(compile(file.read(), names["__file__"], "exec"), names)
        names["load"](said)
    except Exception:
        # A program that cannot be watched still runs.
        pass
    if argv[0] == "-m":
        sys.argv[:] = ["-m", *argv[2:]]
        _clear_main(None)
        if not sys.flags.isolated and not getattr(sys.flags, "safe_path", False):
            sys.path.insert(0, os.getcwd())
        # What the interpreter itself calls (`pymain_run_module` in Modules/main.c).
        import runpy

        runpy._run_module_as_main(argv[1])
    else:
        sys.argv[:] = argv
        _run_script(argv[0])


def _run_script(path):
    import os
    import sys

    if not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    if not os.path.isabs(path):
        # As the interpreter does it: joined, not normalised (`_Py_abspath` in Python/fileutils.c).
        path = os.getcwd() + os.sep + path
    with open(path, "rb") as file:
        source = file.read()
    code = compile(source, path, "exec", dont_inherit=True)
    exec(code, _clear_main(path))


def _clear_main(path):
    """The names of `__main__` as a script finds them; the functions here live on in `_start`."""
    import sys

    main = sys.modules["__main__"].__dict__
    for name in [name for name in main if name != "__builtins__"]:
        del main[name]
    main.update(__name__="__main__", __doc__=None, __package__=None, __loader__=None, __spec__=None)
    if sys.version_info < (3, 14):
        main["__annotations__"] = {}
    if path is not None:
        loader = sys.modules["_frozen_importlib_external"].SourceFileLoader
        main.update(__loader__=loader("__main__", path), __file__=path)
        if sys.version_info < (3, 15):
            main["__cached__"] = None
    return main


if __name__ == "__main__":
    # In a dictionary of its own: that of `__main__` is the program's.
    _names: dict = {"__name__": "ipcviz.probe.start.launch", "__file__": __file__}
    exec(_start.__globals__["__loader__"].get_code("__main__"), _names)
    _names["_start"]()

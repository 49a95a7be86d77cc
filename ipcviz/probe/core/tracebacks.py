"""Keep ipcviz out of the program's tracebacks: the same standard error, watched or not."""

import os
import sys

from ipcviz.probe.core import patches, report

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


def install():
    """Patch what prints or walks a traceback."""
    patch_excepthook(sys)
    patch_unraisablehook(sys)
    patches.when_imported("traceback", patch_walk)
    patches.when_imported("threading", patch_thread_excepthook)


def patch_excepthook(module):
    """`sys.excepthook` and `sys.__excepthook__`: leave the frames of the hooks out, then print as ever.

    Both, because programs compare the two.
    """
    from ipcviz.probe.core import install as own_process

    hook = module.__excepthook__

    def excepthook(kind, error, traceback):
        if os.getpid() == own_process.pid:
            own_process.tell_failure(error)
        return hook(kind, error, _without_us(error, traceback))

    same = module.excepthook is hook
    patches.replace(module, "__excepthook__", excepthook)
    if same:
        patches.replace(module, "excepthook", excepthook)


def patch_unraisablehook(module):
    """`sys.unraisablehook` and its twin: the same for exceptions in finalizers and exit handlers."""
    hook = module.__unraisablehook__

    def unraisablehook(unraisable):
        try:
            traceback = _without_us(unraisable.exc_value, unraisable.exc_traceback)
            cut = (
                unraisable.exc_type,
                unraisable.exc_value,
                traceback,
                unraisable.err_msg,
                unraisable.object,
            )
            unraisable = type(unraisable)(cut)
        except Exception:
            report.complain()
        return hook(unraisable)

    same = module.unraisablehook is hook
    patches.replace(module, "__unraisablehook__", unraisablehook)
    if same:
        patches.replace(module, "unraisablehook", unraisablehook)


def patch_thread_excepthook(module):
    """`threading.excepthook`: the same for exceptions that end a thread."""
    hook = module.excepthook

    def excepthook(args):
        _without_us(args.exc_value, args.exc_traceback)
        return hook(args)

    patches.replace(module, "excepthook", excepthook)
    if vars(module).get("__excepthook__") is hook:
        patches.replace(module, "__excepthook__", excepthook)


def patch_walk(module):
    """`traceback.walk_tb` and its private twin: everything that formats a traceback goes through them."""
    for name in ("walk_tb", "_walk_tb_with_full_positions"):
        walk = vars(module).get(name)
        if walk is None:
            continue
        patches.replace(module, name, _skipping(walk))


def _skipping(walk):
    def walk_without_us(tb):
        for step in walk(tb):
            if not step[0].f_code.co_filename.startswith(_HERE):
                yield step

    walk_without_us.__name__ = walk.__name__
    walk_without_us.__doc__ = walk.__doc__
    walk_without_us.__wrapped__ = walk
    return walk_without_us


def _without_us(error, traceback):
    """Take the hooks' frames out of an exception that is about to be printed, and of its causes."""
    seen = set()
    todo = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        try:
            one.__traceback__ = _cut(one.__traceback__)
            todo += [one.__cause__, one.__context__, *getattr(one, "exceptions", ())]
        except Exception:
            report.complain()
    return _cut(traceback)


def _cut(traceback):
    while traceback is not None and traceback.tb_frame.f_code.co_filename.startswith(_HERE):
        traceback = traceback.tb_next
    step = traceback
    while step is not None and step.tb_next is not None:
        if step.tb_next.tb_frame.f_code.co_filename.startswith(_HERE):
            step.tb_next = step.tb_next.tb_next
        else:
            step = step.tb_next
    return traceback

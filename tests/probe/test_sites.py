"""The place that is told is the caller's own, whatever lies between it and the queue."""

from __future__ import annotations

from pathlib import Path

from ipcviz.log.events import ItemPut
from tests.support.watching import watch

MAIN = """
import multiprocessing, functools, contextlib, threading
import one, two
q = multiprocessing.Queue()
one.give(q)
two.give(q)
one.give(q)
list(map(q.put, [1]))
functools.partial(q.put, 2)()
thread = threading.Thread(target=q.put, args=(3,))
thread.start()
thread.join()
with contextlib.ExitStack() as stack:
    stack.callback(q.put, 4)
exec("q.put(5)")
for _ in range(8):
    q.get()
"""


def test_two_files_with_the_same_function(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.py").write_text("def give(q):\n    q.put(0)\n")
    (tmp_path / "main.py").write_text(MAIN)
    seen = watch(tmp_path / "main.py")
    assert seen.errors == ""
    places = [put.site and (Path(put.site.file).name, put.site.line) for put in seen.all(ItemPut)]
    assert places[:5] == [("one.py", 2), ("two.py", 2), ("one.py", 2), ("main.py", 8), ("main.py", 9)]
    # A thread's first function is the library's: nobody's line.
    assert places[5] is None
    # The callback is called by the end of the `with`.
    assert places[6] in {("main.py", 13), ("main.py", 14)}
    assert places[7] == ("<string>", 1)

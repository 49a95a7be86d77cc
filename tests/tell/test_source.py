"""What an object is called, read from its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipcviz.tell.source import assigned_name


def name_of(folder: Path, source: str, line: int = 1, kind: str | None = None) -> str | None:
    file = folder / "program.py"
    file.write_text(source, encoding="utf-8")
    return assigned_name(str(file), line, kind)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("q = Queue(3)", "q"),
        ("q = multiprocessing.Queue(3)", "q"),
        ("q: Queue[int] = Queue()", "q"),
        ("first = second = Queue()", "first"),
        ("self.q = Queue()", "self.q"),
        ("queues['a'] = Queue()", "queues['a']"),
        ("queues[key()] = Queue()", "queues[key()]"),
        ("con1, con2 = Pipe()", "con1, con2"),
        ("[con1, con2] = Pipe()", "con1, con2"),
        ("n, q = 3, Queue()", "q"),
        ("with Pool(3) as pool: pass", "pool"),
        ("with Manager() as m, open(x) as f: pass", "m"),
        ("work(q := Queue())", "q"),
        ("work(queue=Queue())", "queue"),
        ("p = Process(target=f, kwargs=dict(q=Queue()))", None),
        ("q = Queue() if wanted else None", "q"),
        ("q = given or Queue()", "q"),
        ("q = Queue(maxsize=size())", "q"),
        ("q = Queue(int('3'))", "q"),
        ("q = make_it(3)", "q"),
        ("q = Queue[int](3)", "q"),
        ("queues = [Queue() for _ in range(3)]", "queues[]"),
        ("queues = [Queue(), Queue()]", "queues[]"),
        ("queues = {'a': Queue()}", "queues[]"),
        ("queues = {n: Queue() for n in names}", "queues[]"),
        ("队列 = Queue()", "队列"),
    ],
)
def test_a_name_is_read_from_its_line(tmp_path: Path, source: str, name: str | None) -> None:
    assert name_of(tmp_path, source) == name


@pytest.mark.parametrize(
    "source",
    [
        "Queue()",
        "queues.append(Queue())",
        "jobs = Jobs(Queue())",
        "item = Queue().get()",
        "a, b = Queue(), Queue()",
        "def make(): return Queue()",
        "x = 1",
        "def broken(:",
        "",
    ],
)
def test_what_is_not_plain_has_no_name(tmp_path: Path, source: str) -> None:
    assert name_of(tmp_path, source) is None


def test_two_objects_on_one_line_are_told_apart_by_their_kind(tmp_path: Path) -> None:
    source = "lock, q = Lock(), Queue()"
    assert name_of(tmp_path, source) is None
    assert name_of(tmp_path, source, kind="Queue") == "q"
    assert name_of(tmp_path, source, kind="Lock") == "lock"


@pytest.mark.parametrize("line", [3, 4, 5])
def test_every_line_of_a_long_statement_counts(tmp_path: Path, line: int) -> None:
    source = (
        "class House:\n    def __init__(self):\n        self.q = Queue(\n            maxsize=3,\n        )\n"
    )
    assert name_of(tmp_path, source, line) == "self.q"


def test_parts_of_a_long_tuple_are_told_apart_by_line(tmp_path: Path) -> None:
    source = "a, b = (\n    Queue(),\n    Queue(),\n)\n"
    assert [name_of(tmp_path, source, line) for line in (1, 2, 3)] == [None, "a", "b"]


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    assert name_of(tmp_path, "q = Queue()") == "q"
    assert name_of(tmp_path, "tasks = Queue()") == "tasks"


def test_nothing_raises(tmp_path: Path) -> None:
    assert assigned_name(str(tmp_path / "missing.py"), 1) is None
    assert assigned_name(str(tmp_path), 1) is None
    assert assigned_name("<stdin>", 1) is None
    assert assigned_name("a\0b", 1) is None
    binary = tmp_path / "binary.py"
    binary.write_bytes(b"\x00\xff" * 100)
    assert assigned_name(str(binary), 1) is None
    deep = tmp_path / "deep.py"
    deep.write_text("q = " + "(" * 5_000 + "Queue()" + ")" * 5_000)
    assert assigned_name(str(deep), 1) is None
    large = tmp_path / "large.py"
    large.write_text("q = Queue()\n" + "#" * 1_000_001)
    assert assigned_name(str(large), 1) is None
    assert name_of(tmp_path, "q = Queue()", line=-1) is None

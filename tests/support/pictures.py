"""Makes the pictures in `screenshots/` from the recorded lessons in `tests/traces/`, always the same ones.

    python -m tests.support.pictures            draw every picture anew
    python -m tests.support.pictures --record   record the lessons anew first, by running them
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ipcviz import lessons
from ipcviz.log import codec, events, table, trace
from ipcviz.log.events import Event
from ipcviz.log.log import Log

ROOT = Path(__file__).resolve().parents[2]
TRACES = ROOT / "tests" / "traces"
PICTURES = ROOT / "screenshots"


@dataclass(frozen=True)
class Picture:
    """One moment of one lesson."""

    name: str
    lesson: str
    when: Callable[[Log], float]
    """Seconds after the beginning."""
    size: tuple[int, int] = (120, 36)
    lang: str = "en"


def after(kind: type[Event], which: int, seconds: float) -> Callable[[Log], float]:
    """So many seconds after the event of this kind with this index (from the end if negative)."""

    def moment(log: Log) -> float:
        times = [event.time for event in log.read() if isinstance(event, kind)]
        return (times[which] - log.time(0)) / 1e9 + seconds

    return moment


ALL = (
    Picture("queue-bounded", "queue-bounded", after(events.PutWaiting, -1, 0.2)),
    Picture("queue-bounded-travel", "queue-bounded", after(events.ItemTaken, 3, 0.15)),
    Picture("queue-bounded-zh", "queue-bounded", after(events.PutWaiting, -1, 0.2), (80, 24), "zh"),
    Picture("prod-cons-none", "prod-cons-none", after(events.ItemTaken, 12, 0.15)),
    Picture("prod-cons-none-zh", "prod-cons-none", after(events.PutWaiting, -1, 0.1), lang="zh"),
    Picture("joinable-queue", "joinable-queue", after(events.ItemTaken, -1, 0.9)),
    Picture("joinable-queue-done", "joinable-queue", after(events.TaskDone, 6, 0.1), (80, 24)),
)


def record(lesson: str) -> None:
    """Run a lesson and keep its trace, with paths as seen from the root of the project."""
    from ipcviz.run.find import program as find_program
    from ipcviz.run.record import record as run

    path = TRACES / f"{lesson}.trace"
    found, _ = find_program([lesson], start_method="fork")
    code = run(found, path, timeout=60, overwrite=True)
    if code:
        raise SystemExit(f"{lesson} ended with exit code {code}")
    make_portable(path)


def make_portable(path: Path) -> None:
    """Take this machine's folders out of a trace: it is read on others too."""
    header, log = trace.read(path)
    root = f"{ROOT}/"
    header.argv = [word.removeprefix(root) for word in header.argv]
    header.title = header.title.replace(root, "")
    fresh = Log()
    places: codec.Places = {}
    for process, record_ in log.raw(0):
        fact = codec.decode(process, record_, places)
        if isinstance(fact, events.SiteNamed):
            record_ = codec.encode(  # noqa: PLW2901
                table.SITE_NAMED, fact.time, thread=fact.thread, number=fact.number, line=fact.line,
                file=fact.file.removeprefix(root), function=fact.function,
            )  # fmt: skip
        fresh.append(process, record_)
    trace.write(path, header, fresh, overwrite=True)


def draw(picture: Picture, folder: Path = PICTURES) -> Path:
    """Draw one picture."""
    from ipcviz.ui.screenshots import make

    source = TRACES / f"{picture.lesson}.trace"
    _, log = trace.read(source)
    out = folder / f"{picture.name}.svg"
    title = lessons.find(picture.lesson).title[picture.lang]
    make(source, out, picture.when(log), picture.size, picture.lang, title=title)
    return out


def main() -> None:
    """Record if asked, then draw."""
    TRACES.mkdir(exist_ok=True)
    PICTURES.mkdir(exist_ok=True)
    if "--record" in sys.argv[1:]:
        for lesson in sorted({picture.lesson for picture in ALL}):
            print(f"recording {lesson} …", file=sys.stderr)
            record(lesson)
    for picture in ALL:
        print(draw(picture).relative_to(ROOT))
    assert {picture.lesson for picture in ALL} <= set(lessons.ORDER)


if __name__ == "__main__":
    main()

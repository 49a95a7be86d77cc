"""The lessons: one plain program per file, and beside it what a teacher says about it, a file per language.

`queue_bounded.py` is the program, `queue_bounded.en.md` and `queue_bounded.zh.md` are its texts: a
title, then the sections Summary, Question, Answer and Notes under these English headings in every
language. To add a lesson, add the files and its id to `ORDER`.
"""

from __future__ import annotations

import difflib
import functools
from dataclasses import dataclass
from pathlib import Path

ORDER = (
    "queue-bounded",
    "prod-cons-none",
    "joinable-queue",
    "pipe-eof",
    "manager-lock",
    "manager-unlocked",
    "pool-sync-async",
    "pool-callback",
    "processes-or-pool",
    "queue-api",
    "joinable-api",
    "pipe-api",
    "pool-api",
    "queue-inside",
    "join-before-drain",
    "drain-then-join",
    "feeder-pickle",
    "sentinel-early",
    "pool-worker-dies",
    "executor-worker-dies",
    "error-swallowed",
    "callback-slow",
    "value-not-atomic",
    "value-with-lock",
    "manager-nested",
    "killed-holder",
    "lock-order",
    "lock-order-fixed",
    "with-pool-kills",
    "start-methods",
    "chunksize-skew",
    "fork-with-threads",
)
"""Every lesson, in the order in which they are taught."""

HANGS = frozenset({
    "join-before-drain",
    "feeder-pickle",
    "pool-worker-dies",
    "killed-holder",
    "lock-order",
    "with-pool-kills",
    "fork-with-threads",
})  # fmt: skip
"""Lessons that stop for good, on purpose: what they teach is who waits for whom."""

LANGUAGES = ("en", "zh")
SECTIONS = ("summary", "question", "answer", "notes")

_HERE = Path(__file__).resolve().parent


class LessonNotFound(KeyError):
    """No lesson has this id; its text is one sentence that names the close ones."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True)
class Lesson:
    """A program to watch, and its texts by language."""

    id: str
    title: dict[str, str]
    summary: dict[str, str]
    """The point, in one sentence."""
    question: dict[str, str]
    """What the room predicts before the program runs."""
    answer: dict[str, str]
    notes: dict[str, str]
    """What a teacher may add afterwards; paragraphs are separated by an empty line."""
    path: Path
    """The program: what is shown is what runs."""


@functools.cache
def _load(id: str) -> Lesson:
    path = _HERE / f"{id.replace('-', '_')}.py"
    texts = {language: _sections(path.with_suffix(f".{language}.md")) for language in LANGUAGES}
    by_section = {
        section: {language: texts[language][section] for language in LANGUAGES}
        for section in ("title", *SECTIONS)
    }
    return Lesson(id=id, path=path, **by_section)


def _sections(path: Path) -> dict[str, str]:
    """The title under `title`, the text under each `## Heading` under its lower-case name."""
    head, *parts = path.read_text(encoding="utf-8").split("\n## ")
    found = {"title": head.removeprefix("# ").strip()}
    for part in parts:
        heading, _, body = part.partition("\n")
        found[heading.strip().lower()] = body.strip()
    return found


def all() -> list[Lesson]:  # noqa: A001 - read as `lessons.all()`
    """Every lesson, in the order in which they are taught."""
    return [_load(name) for name in ORDER]


def find(id: str) -> Lesson:
    """The lesson with this id.

    Raises:
        LessonNotFound: there is none.
    """
    if id in ORDER:
        return _load(id)
    close = difflib.get_close_matches(id, ORDER, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "`ipcviz lessons` lists them."
    raise LessonNotFound(f"There is no lesson called {id!r}; {hint}")

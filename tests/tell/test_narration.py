"""The story as a reader hears it."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

import ipcviz
from ipcviz import words
from ipcviz.log import events, table
from ipcviz.log.log import Log
from ipcviz.tell.narration import TELL, narrate
from ipcviz.tell.program import why_ended
from ipcviz.tell.sentence import Sentence
from ipcviz.ui.keys import KEYS, LINE
from ipcviz.world import World
from tests.support import runs
from tests.support.records import encode


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    words.use("en")
    yield
    words.use("en")


def told(log: Log) -> tuple[list[Sentence], World]:
    world, sentences = World(), []
    for event in log.read():
        world.apply(event)
        sentence = narrate(event, world)
        if sentence is not None:
            sentences.append(sentence)
    return sentences, world


def test_a_bounded_queue_is_told_in_order() -> None:
    sentences, _ = told(runs.queue_bounded())
    texts = [sentence.text for sentence in sentences]
    story = [
        "putter-3 puts 'c' into q (3/3) FULL",
        "putter-4 waits in put('d'): q is full",
        "getter-1 takes 'a' from q (2/3)",
        "putter-4 puts 'd' into q (3/3) FULL",
        "getter-10 takes 'j' from q (0/3) EMPTY",
        "the program is over: finished",
    ]
    assert [text for text in texts if text in story] == story


def test_the_joiner_is_told_to_wait_and_to_come_back() -> None:
    sentences, _ = told(runs.joinable_queue())
    texts = [sentence.text for sentence in sentences]
    assert "producer waits in jq.join(): 10 unfinished" in texts
    assert "consumer calls task_done: 0 unfinished" in texts
    assert "producer comes back from jq.join(): every item is task_done" in texts


def test_a_crash_is_told_with_its_exception_and_its_process() -> None:
    run = runs.Run().main().start(2, "A")
    log = run.end(2, 1, "NameError: name 'i' is not defined").finish(1, "failed")
    sentences, world = told(log)
    assert "A fails: NameError: name 'i' is not defined" in [it.text for it in sentences]
    assert why_ended(world) == "failed: A ended with exit code 1: NameError: name 'i' is not defined"


def test_a_killed_process_is_told_with_its_signal() -> None:
    run = runs.Run().main().start(2, "A").say(1, table.PROCESS_EXITED, obj=2, extra=-9)
    sentences, _ = told(run.log)
    assert sentences[-1].text == "A was killed by SIGKILL"
    assert sentences[-1].mood == "bad"


def test_an_end_is_told_once() -> None:
    run = runs.Run().main().start(2, "A").end(2)
    sentences, _ = told(run.log)
    assert [it.text for it in sentences].count("A ends") == 1


def test_a_librarys_own_queue_is_not_told() -> None:
    run = runs.Run().main()
    run.say(1, table.CHANNEL_MADE, "SimpleQueue\x1fPool 1", obj=5)
    run.say(1, table.ITEM_SENT, "task", obj=5, number=1, extra=-1)
    assert not any("task" in it.text or "SimpleQueue" in it.text for it in told(run.log)[0])


def test_every_kind_of_event_can_be_told_from_a_single_record_without_failing() -> None:
    for kind in table.EVENTS.values():
        world = World()
        fields = {
            field: "a" if said == table.TEXT else 1 if said != table.ID else 3
            for field, (said, _) in kind.fields.items()
        }
        for event in runs.Run().tell(1, kind, **fields).log.read():
            world.apply(event)
            narrate(event, world)


def test_only_names_and_output_are_left_untold() -> None:
    silent = {getattr(events, row.name) for row in table.EVENTS.values()} - set(TELL)
    assert silent == {
        events.ProcessEnding,
        events.ThreadNamed,
        events.SiteNamed,
        events.OutputWritten,
        events.ObjectNamed,
    }


def test_the_story_speaks_chinese() -> None:
    words.use("zh")
    sentences, _ = told(runs.queue_bounded())
    assert "putter-4 在 put('d') 中等待：q 已满" in [it.text for it in sentences]


# The words themselves.


def _spoken() -> set[str]:
    """Every sentence that is looked up anywhere in the package."""
    found = {it.says for it in KEYS} | {it.word for it in KEYS if it.word} | {entry[1] for entry in LINE}
    for path in Path(ipcviz.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                said = node.args[0]
                if isinstance(said, ast.Constant):
                    assert isinstance(said.value, str)
                    found.add(said.value)
    return found


def _fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def _chinese() -> dict[str, str]:
    return {entry.msgid: entry.msgstr for entry in polib.pofile(str(words.LOCALE / "zh.po"))}


def test_every_sentence_has_a_chinese_one_with_the_same_fields() -> None:
    chinese = _chinese()
    spoken = _spoken()
    assert len(spoken) > 80
    assert sorted(text for text in spoken if not chinese.get(text)) == []
    assert sorted(text for text in spoken if _fields(text) != _fields(chinese[text])) == []


def test_no_chinese_sentence_is_left_over() -> None:
    assert sorted(set(_chinese()) - _spoken()) == []


@pytest.mark.parametrize(
    ("wish", "environ", "language"),
    [
        ("zh", {"LANG": "en_US.UTF-8"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"IPCVIZ_LANG": "en", "LANG": "zh_CN.UTF-8"}, "en"),
        (None, {"LC_ALL": "", "LC_MESSAGES": "zh_TW", "LANG": "C"}, "zh"),
        (None, {"LANG": "de_DE"}, "en"),
        (None, {}, "en"),
    ],
)
def test_the_language_is_chosen_by_wish_then_by_the_environment(
    wish: str | None, environ: dict[str, str], language: str
) -> None:
    assert words.choose(wish, environ) == language


def test_time_and_mood_come_from_the_event() -> None:
    log = runs.Run().say(0, table.PROGRAM_STARTED, number=1).log
    sentence = told(log)[0][0]
    assert (sentence.time, sentence.mood) == (log.time(0), "note")
    assert encode(table.PROGRAM_STARTED, log.time(0), number=1) == log.raw(0)[0][1]

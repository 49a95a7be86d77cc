"""The contract of the nouns: one list, from which everything else follows."""

from __future__ import annotations

import pickle
from importlib import import_module
from typing import Any

import pytest

from ipcviz.log import events, trace
from ipcviz.log import table as rows
from ipcviz.tell.figures import of_world
from ipcviz.tell.narration import TELL
from ipcviz.tell.table import table
from ipcviz.ui.stage.block import Block, waiting_words
from ipcviz.world import NOUNS, Noun, Ref, World
from ipcviz.world.channel import DATA
from ipcviz.world.pool import RESULT
from tests.support.recorded import TRACES, log_of
from tests.support.story import MAIN, QUEUE, A, Story

HEADER, _ = trace.read(TRACES / "queue-api.trace")
EACH = pytest.mark.parametrize("noun", NOUNS, ids=lambda noun: noun.name)


@EACH
def test_a_noun_is_one_module_of_each_room(noun: Noun[Any]) -> None:
    declared = vars(import_module(f"ipcviz.world.{noun.name}"))
    assert declared[noun.name.upper()] is noun
    assert set(import_module(f"ipcviz.tell.{noun.name}").TELL) <= set(TELL)
    assert isinstance(import_module(f"ipcviz.ui.stage.{noun.name}").BLOCK, Block)


@EACH
def test_the_world_the_figures_and_the_table_follow_from_the_list(noun: Noun[Any]) -> None:
    world = World()
    made = world.get(noun, 7)
    assert (made.key, made.id, bool(made.label)) == (7, f"{noun.letter}1", True)
    assert world.of(noun) == {7: made} == getattr(world, noun.plural)
    assert world.find(Ref(noun.name, 7)) is made
    assert world.find(Ref(noun.name, 8)) is None
    row = noun.row(world, made)
    assert row["id"] == f"{noun.letter}1"
    assert {cell.key for cell in noun.cells} <= set(row)
    said = {**of_world(HEADER, World()), **{it.plural: [] for it in NOUNS}}
    assert noun.plural.replace("_", " ").capitalize() in table({**said, noun.plural: [row]})


@EACH
def test_every_kind_of_wait_has_its_words_on_the_stage(noun: Noun[Any]) -> None:
    assert set(noun.waits) <= set(waiting_words())


def test_every_event_changes_one_noun_at_most() -> None:
    kinds = [kind for noun in NOUNS for kind in noun.fold]
    assert len(kinds) == len(set(kinds))


def test_a_kind_of_wait_is_the_same_one_after_a_checkpoint() -> None:
    assert pickle.loads(pickle.dumps(DATA)) is DATA


def test_a_pool_and_the_queue_of_its_tasks_share_a_number_but_no_wait() -> None:
    story = Story().queue(2).start(A, "worker")
    story.add(MAIN, rows.POOL_MADE, obj=QUEUE, number=1, text="Pool\x1ffork")
    story.add(MAIN, rows.WORKER_STARTED, obj=QUEUE, number=A)
    story.add(A, rows.DATA_WAITING, obj=QUEUE, extra=-1)
    story.add(MAIN, rows.RESULT_WAITING, obj=QUEUE, number=1, extra=-1)
    world = story.world
    assert [who.key for who, _ in world.waiting_for(DATA, QUEUE)] == [A]
    assert [who.key for who, _ in world.waiting_for(RESULT, QUEUE)] == [MAIN]
    said = {wait["process"]: wait["for"] for wait in of_world(HEADER, world)["waits"]}
    assert said == {"P1": "Pool O1", "P2": "Queue Q1"}


def test_nothing_is_made_up_by_looking() -> None:
    world = World().apply_all(log_of("manager-lock").read())
    before = {noun.plural: len(world.of(noun)) for noun in NOUNS}
    of_world(HEADER, world)
    assert {noun.plural: len(world.of(noun)) for noun in NOUNS} == before
    assert events.SESSION not in world.processes

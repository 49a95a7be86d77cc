"""Who waits to write into a pipe, and what is said where that never ends."""

from __future__ import annotations

from ipcviz.log import table
from ipcviz.tell.narration import narrate
from ipcviz.world.channel import ROOM, WRITE_LOCK
from ipcviz.world.verdict import verdict
from tests.support.story import MAIN, QUEUE, A, B, Story

OTHER = QUEUE + 1


def waits_in_join(story: Story, child: int) -> Story:
    return story.add(MAIN, table.JOIN_WAITING, obj=child, extra=-1)


def said(story: Story) -> str:
    found = verdict(story.world)
    return "" if found is None else found.sentence


def test_a_writer_without_a_size_waits_for_the_write_lock() -> None:
    story = Story().queue(0, "SimpleQueue").start(A, "a").start(B, "b")
    story.add(A, table.SEND_WAITING, obj=QUEUE, extra=70_000)
    story.add(B, table.SEND_WAITING, obj=QUEUE, extra=-1)
    world = story.world
    assert [who.name for who, _ in world.waiting_for(ROOM, QUEUE)] == ["a"]
    assert [who.name for who, _ in world.waiting_for(WRITE_LOCK, QUEUE)] == ["b"]
    sentence = narrate(list(story.log.read())[-1], world)
    assert sentence is not None
    assert sentence.text == "b waits for its turn to write into the pipe of Q1"
    assert said(waits_in_join(story, B)) == (
        "main waits in join() for b to end; b waits for the write lock of Q1, held by a; "
        "a waits in put() on Q1: the pipe is full, nobody reads."
    )


def test_the_write_lock_of_a_dead_writer_is_never_given_back() -> None:
    story = Story().queue(0, "SimpleQueue").start(A, "victim").start(B, "second")
    story.add(A, table.SEND_WAITING, obj=QUEUE, extra=500_000)
    story.add(MAIN, table.PROCESS_EXITED, obj=A, extra=-9)
    story.add(B, table.SEND_WAITING, obj=QUEUE, extra=-1)
    assert said(waits_in_join(story, B)) == (
        "main waits in join() for second to end; "
        "second waits for the write lock of Q1, which a dead process holds."
    )


def test_two_that_send_to_each_other_and_do_not_read_are_stuck() -> None:
    story = Story().start(A, "a").start(B, "b")
    story.add(MAIN, table.CHANNEL_MADE, obj=QUEUE, extra=OTHER, text="Pipe\x1f")
    story.add(A, table.SEND_WAITING, obj=QUEUE, extra=1_000_000)
    story.add(B, table.SEND_WAITING, obj=OTHER, extra=1_000_000)
    waits_in_join(story, A)
    assert "a waits in send() on Q1: the pipe is full, nobody reads" in said(story)
    assert "b waits in send() on Q1: the pipe is full, nobody reads" in said(story)


def test_who_reads_what_somebody_writes_is_not_stuck() -> None:
    for writes_at, reads_at in ((OTHER, QUEUE), (QUEUE, OTHER)):
        story = Story().start(A, "a").start(B, "b")
        story.add(MAIN, table.CHANNEL_MADE, obj=QUEUE, extra=OTHER, text="Pipe\x1f")
        story.add(A, table.SEND_WAITING, obj=writes_at, extra=1_000_000)
        story.add(B, table.DATA_WAITING, obj=reads_at, extra=-1)
        assert said(waits_in_join(story, A)) == ""


def test_who_sends_at_an_end_and_receives_there_does_both() -> None:
    story = Story().start(A, "a").start(B, "b")
    story.add(MAIN, table.CHANNEL_MADE, obj=QUEUE, extra=OTHER, text="Pipe\x1f")
    story.add(A, table.ITEM_SENT, obj=QUEUE, number=1, extra=-1, text="'ask'")
    assert list(story.channel.receives) == [(OTHER, 2)]
    story.add(A, table.DATA_WAITING, obj=QUEUE, extra=-1)
    channel = story.channel
    assert list(channel.receives) == [(OTHER, 2), (QUEUE, 2)]
    assert channel.used_at == {(QUEUE, 2): {A: None}}

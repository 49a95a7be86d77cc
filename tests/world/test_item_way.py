"""An item's way: waiting for a slot, in its producer's buffer, in the pipe, taken, done."""

from __future__ import annotations

import copy
import random

from ipcviz.log import table
from ipcviz.world import Place, World
from ipcviz.world.channel import DATA, SLOT, TURN
from tests.support.story import MAIN, QUEUE, A, B, C, Story


def test_an_item_lies_in_the_buffer_until_the_feeder_sends_it() -> None:
    story = Story().queue(3).start(A, "a").put(A, 0, "'first'")
    assert [(item.text, item.place) for item in story.channel.items()] == [("'first'", Place.BUFFER)]
    story.sent(A, 0, number=1)
    assert [(item.text, item.place) for item in story.channel.items()] == [("'first'", Place.PIPE)]


def test_a_taken_item_is_in_the_hands_of_its_getter() -> None:
    story = Story().queue(3).start(A, "a").start(B, "b").put(A, 0, "'first'").sent(A, 0, 1).taken(B, 1)
    holding = story.process(B).holding
    assert holding is not None
    assert (holding.text, holding.producer, holding.consumer, holding.place) == ("'first'", A, B, Place.TAKEN)
    assert story.channel.items() == []


def test_the_nth_sent_is_the_nth_taken_whoever_sent_it() -> None:
    story = Story().queue(9).start(A, "a").start(B, "b").start(C, "c")
    story.put(A, 0, "'a0'").put(B, 0, "'b0'").sent(B, 0, 1).sent(A, 0, 2).taken(C, 1)
    holding = story.process(C).holding
    assert holding is not None
    assert holding.text == "'b0'"


def test_taken_told_before_sent_still_pairs() -> None:
    story = Story().queue(9).start(A, "a").start(B, "b").put(A, 0, "'x'").taken(B, 1).sent(A, 0, 1)
    holding = story.process(B).holding
    assert holding is not None
    assert (holding.text, holding.producer) == ("'x'", A)
    assert story.channel.fill == 0


def test_an_item_the_feeder_cannot_pickle_gives_its_slot_back() -> None:
    story = Story().queue(3).start(A, "a").put(A, 0, "f")
    story.add(A, table.ITEM_LOST, obj=QUEUE, text="PicklingError")
    assert (story.channel.fill, story.channel.lost_items, story.channel.items()) == (0, 1, [])


def test_without_a_buffer_the_send_is_the_put() -> None:
    story = Story().queue(kind="SimpleQueue").start(A, "a")
    story.add(A, table.ITEM_SENT, obj=QUEUE, number=1, extra=-1, text="'x'")
    assert (story.channel.puts, story.process(A).puts) == (1, 1)
    assert [item.text for item in story.channel.items()] == ["'x'"]


def test_fill_and_high_water_follow_puts_and_gets() -> None:
    story = Story().queue(2).start(A, "a").put(A, 0).put(A, 1).sent(A, 0, 1)
    assert story.channel.full
    story.taken(MAIN, 1)
    assert (story.channel.fill, story.channel.full, story.channel.high_water) == (1, False, 2)


def test_unfinished_counts_puts_not_gets() -> None:
    story = Story().queue(0, "JoinableQueue").start(A, "a").put(A, 0).put(A, 1)
    story.add(A, table.TASK_DONE, obj=QUEUE, extra=1)
    assert (story.channel.unfinished, story.channel.task_done) == (1, 1)


def test_task_done_puts_the_item_out_of_hand() -> None:
    story = Story().queue(0, "JoinableQueue").start(A, "a").put(MAIN, 0).sent(MAIN, 0, 1).taken(A, 1)
    assert story.process(A).holding is not None
    story.add(A, table.TASK_DONE, obj=QUEUE, extra=0)
    assert story.process(A).holding is None


def test_who_waits_in_front_and_behind() -> None:
    story = Story().queue(1).start(A, "a").start(B, "b").start(C, "c")
    story.add(A, table.PUT_WAITING, obj=QUEUE, extra=-1, text="'d'")
    story.add(B, table.DATA_WAITING, obj=QUEUE, extra=-1)
    story.add(C, table.TURN_WAITING, obj=QUEUE, extra=1_500_000_000)
    world = story.world
    assert [(p.name, w.text) for p, w in world.waiting_for(SLOT, QUEUE)] == [("a", "'d'")]
    assert [p.name for p, _ in world.waiting_for(DATA, QUEUE)] == ["b"]
    assert [(p.name, w.timeout) for p, w in world.waiting_for(TURN, QUEUE)] == [("c", 1.5)]
    assert (world.channel(QUEUE).put_blocked, world.channel(QUEUE).get_blocked) == (1, 2)


def test_one_get_that_waits_twice_is_one_blocked_get_since_its_beginning() -> None:
    story = Story().queue(1).start(A, "a").add(A, table.TURN_WAITING, obj=QUEUE, extra=-1)
    began = story.now
    story.add(A, table.DATA_WAITING, obj=QUEUE, extra=-1)
    wait = story.process(A).wait
    assert wait is not None
    assert (wait.kind, wait.since, story.channel.get_blocked) == (DATA, began, 1)


def test_a_thread_that_speaks_waits_no_more_but_another_still_does() -> None:
    story = Story().queue(1).start(A, "a")
    story.add(A, table.PUT_WAITING, obj=QUEUE, extra=-1, thread=0)
    story.add(A, table.PUT_WAITING, obj=QUEUE, extra=-1, thread=2)
    story.put(A, 0)
    assert set(story.process(A).waits) == {2}


def test_full_and_empty_errors_are_counted_apart_from_refusals() -> None:
    story = Story().queue(1)
    story.add(MAIN, table.PUT_FAILED, obj=QUEUE, text="Full\x1f'x'")
    story.add(MAIN, table.GET_FAILED, obj=QUEUE, text="Empty")
    story.add(MAIN, table.PUT_FAILED, obj=QUEUE, text="ValueError\x1f'x'")
    channel = story.channel
    assert (channel.full_errors, channel.empty_errors, channel.refused) == (1, 1, 1)


def test_the_order_in_which_processes_are_heard_does_not_change_the_outcome() -> None:
    story = Story().queue(9).start(A, "a").start(B, "b").start(C, "c")
    for number in range(1, 9):
        producer = A if number % 2 else B
        story.put(producer, (number - 1) // 2, f"'{number}'")
    fixed = story.log.raw(0)
    sends = Story()
    for number in range(1, 9):
        sends.sent(A if number % 2 else B, (number - 1) // 2, number)
    takes = Story()
    for number in range(1, 9):
        takes.taken(C, number)
    loose = sends.log.raw(2) + takes.log.raw(2)
    order = random.Random(7)
    for _ in range(20):
        shuffled = copy.copy(loose)
        order.shuffle(shuffled)
        whole = Story()
        whole.log.extend(fixed[2:] + shuffled)
        channel = whole.channel
        assert (channel.puts, channel.gets, channel.fill) == (8, 8, 0)
        assert channel.items() == []
        assert channel.taken_early == {}


def test_the_fold_is_deterministic_and_a_copy_stands_alone() -> None:
    story = Story().queue(3).start(A, "a").put(A, 0).sent(A, 0, 1)
    first, second = story.world, story.world
    assert first.channels == second.channels
    assert first.processes == second.processes
    checkpoint = World.unpacked(first.packed())
    more = Story()
    more.log = story.log
    first.apply_all(more.taken(A, 1).log.read(len(story.log) - 1))
    assert checkpoint.channel(QUEUE).fill == 1
    assert first.channel(QUEUE).fill == 0


def test_lost_events_are_added_up() -> None:
    story = Story().add(0, table.EVENTS_LOST, obj=A, number=7).add(0, table.EVENTS_LOST, obj=B, number=5)
    assert story.world.lost == 12


def test_an_empty_world_can_be_asked() -> None:
    world = World()
    assert (world.waits(), world.exitcode, world.seconds(None)) == ([], None, 0.0)

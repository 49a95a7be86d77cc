"""Any moment seen before is reached again, soon, and is the same as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ipcviz.bench.reading import log_of as long_log
from ipcviz.log import trace
from ipcviz.log.events import Event
from ipcviz.log.log import Log
from ipcviz.tell.narration import narrate
from ipcviz.ui import checkpoints
from ipcviz.ui.checkpoints import Checkpoints
from ipcviz.ui.player import TELL_EVENTS, Player
from ipcviz.world import World
from tests.support.recorded import TRACES

MILLION = 1_000_000
NAMES = sorted(path.stem for path in TRACES.glob("*.trace"))


@pytest.fixture(scope="module")
def million() -> Log:
    return long_log(MILLION)


def told(event: Event, world: World) -> bool:
    return narrate(event, world) is not None


@pytest.mark.parametrize("replay", [True, False], ids=["recorded", "live"])
def test_among_a_million_events_a_moment_is_reached_by_folding_few(million: Log, replay: bool) -> None:
    player = Player(million, told, replay=replay)
    player.most = 40_000
    end = million.time(len(million) - 1)
    if replay:
        player.seek(end)
    while player.head < len(million):
        player.advance(1 / 30, end)
    for share in (0.9, 0.1, 0.5, 0.501, 0.99, 0.02, 1.0, 0.0, 0.75):
        player.seek(million.time(int((len(million) - 1) * share)))
        assert player.refolded <= checkpoints.SPACING + TELL_EVENTS
    fresh = World().apply_all(million.read(0, player.head))
    assert vars(player.world) == vars(fresh)
    for _ in range(3):
        assert player.step_back()
        assert player.refolded <= checkpoints.SPACING + TELL_EVENTS


@pytest.mark.parametrize("name", NAMES)
def test_back_from_the_end_and_forward_again_every_world_is_the_same(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "SPACING", 20)
    monkeypatch.setattr(checkpoints, "PER_EVENT", 10**6)
    _, log = trace.read(TRACES / f"{name}.trace")
    player = Player(log, told, replay=True)
    expected = dict(worlds(log))
    player.seek(log.time(len(log) - 1))
    assert len(player._checkpoints) >= len(log) // 25
    heads = [player.head]
    while player.step_back():
        heads.append(player.head)
        assert vars(player.world) == vars(expected[player.head])
    assert heads == sorted(set(heads), reverse=True)
    forward = [player.head]
    while player.step():
        forward.append(player.head)
        assert vars(player.world) == vars(expected[player.head])
    assert forward == sorted(heads)
    assert len(forward) > len(log) // 3
    for head in range(len(log), -1, -1):
        player._go_to(head)
        assert vars(player.world) == vars(expected[head])
    for head in range(len(log) + 1):
        player._go_to(head)
        assert vars(player.world) == vars(expected[head])


def worlds(log: Log) -> Iterator[tuple[int, World]]:
    """What is true after each event, folded from the beginning without any checkpoint."""
    world = World()
    yield 0, World()
    for head, event in enumerate(log.read(), start=1):
        world.apply(event)
        yield head, World.unpacked(world.packed())


def test_too_many_checkpoints_are_thinned_and_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "MOST", 8)
    kept = Checkpoints()
    for number in range(1, 31):
        kept.keep(number * 10, World())
        assert len(kept) <= 8
        assert kept.nearest(number * 10) == number * 10
        assert kept.nearest(9) == 0
    gaps = [kept.nearest(head) for head in range(300)]
    assert max(head - near for head, near in enumerate(gaps)) <= 80


def test_large_worlds_are_kept_less_often_and_only_as_many_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Checkpoints()
    world = World()
    for number in range(20_000):
        world.process(number + 1)
    kept.keep(100, world)
    assert kept.due - 100 == max(checkpoints.SPACING, len(world.packed()) // checkpoints.PER_EVENT)
    monkeypatch.setattr(checkpoints, "BYTES", 3 * len(world.packed()))
    for head in range(200, 1_000, 100):
        kept.keep(head, world)
    assert len(kept) <= 3
    assert kept.nearest(900) == 900

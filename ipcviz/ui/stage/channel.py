"""Channels on the stage: queues with their slots, Pipes with their ends; the words for who waits there."""

from __future__ import annotations

from collections.abc import Iterator

from ipcviz.ui.stage.block import Block, Doing, Part, Size, Waiting
from ipcviz.ui.stage.pipe import Pipe
from ipcviz.ui.stage.queue import Queue
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Process, Wait
from ipcviz.world.channel import DATA, FLUSH, ROOM, SLOT, TASKS, TURN, WRITE_LOCK


def _parts(scene: Scene) -> Iterator[Part]:
    for size, channels in ((Size.FILLS, scene.channels()), (Size.INNER, scene.parts())):
        for channel in channels:
            yield Pipe(scene, channel) if channel.kind == "Pipe" else Queue(scene, channel, size)


def _has(scene: Scene, process: Process) -> Doing | None:
    item = process.holding
    if item is None:
        return None
    on_its_way = scene.coming(item) is not None or scene.going(item) is not None
    words = _("takes {item}", item=item.text) if on_its_way else _("has {item}", item=item.text)
    return "▶", (words,), "text"


def _waits_for_slot(_scene: Scene, wait: Wait) -> tuple[str, ...]:
    return _("waits in put({item})", item=wait.text), f"put({wait.text})"


def _waits_for_turn(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits for its turn (read lock)"), _("waits for its turn"), _("its turn")


def _waits_for_data(scene: Scene, wait: Wait) -> tuple[str, ...]:
    channel = scene.world.channels.get(wait.on.key)
    if channel is None or channel.kind != "Pipe":
        return _("waits for data"), _("for data")
    # Only poll() has a timeout.
    return (_("waits in recv()"), "recv()") if wait.timeout is None else (_("waits in poll()"), "poll()")


def _waits_for_tasks(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits in join()"), "join()"


def _waits_for_feeder(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits for its feeder"), _("its feeder")


def _waits_for_write_lock(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits for its turn (write lock)"), _("waits for its turn"), _("its turn")


def _waits_for_room(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits for room in the pipe"), _("pipe full")


BLOCK = Block(
    waits={
        SLOT: Waiting(_waits_for_slot, lambda: _("wait in put")),
        TURN: Waiting(_waits_for_turn, lambda: _("wait for their turn")),
        DATA: Waiting(_waits_for_data, lambda: _("wait for data")),
        TASKS: Waiting(_waits_for_tasks, lambda: _("wait in join()")),
        FLUSH: Waiting(_waits_for_feeder, lambda: _("wait for their feeders")),
        WRITE_LOCK: Waiting(_waits_for_write_lock, lambda: _("wait for their turn")),
        ROOM: Waiting(_waits_for_room, lambda: _("wait for room in the pipe")),
    },
    parts=_parts,
    has=_has,
)

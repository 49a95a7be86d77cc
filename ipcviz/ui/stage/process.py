"""The words for whoever waits for a process; where processes stand, the other nouns say."""

from __future__ import annotations

from ipcviz.ui.stage.block import Block, Waiting
from ipcviz.ui.stage.scene import Scene
from ipcviz.words import _
from ipcviz.world import Wait
from ipcviz.world.names import process_name
from ipcviz.world.process import JOIN, THREAD


def _joins(scene: Scene, wait: Wait) -> tuple[str, ...]:
    who = process_name(scene.world, wait.on.key)
    return _("waits for {who} (join)", who=who), f"join({who})"


def _waits_for_thread(_scene: Scene, _wait: Wait) -> tuple[str, ...]:
    return _("waits for a lock of a thread it does not have"), _("waits for a thread's lock")


BLOCK = Block(waits={JOIN: Waiting(_joins, lambda: _("wait in join")), THREAD: Waiting(_waits_for_thread)})

"""The list of nouns: the World's dictionaries, the figures, the story and the stage all follow from it."""

from __future__ import annotations

from typing import Any

from ipcviz.world.channel import CHANNEL
from ipcviz.world.lock import LOCK
from ipcviz.world.manager import MANAGER
from ipcviz.world.noun import Noun
from ipcviz.world.pool import POOL
from ipcviz.world.process import PROCESS
from ipcviz.world.raw_value import RAW_VALUE
from ipcviz.world.shared_memory import SHARED_MEMORY

NOUNS: tuple[Noun[Any], ...] = (PROCESS, CHANNEL, LOCK, MANAGER, POOL, SHARED_MEMORY, RAW_VALUE)
"""In the order of `stats`."""
BY_NAME = {noun.name: noun for noun in NOUNS}

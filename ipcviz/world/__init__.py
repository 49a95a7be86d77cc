"""What is true now: a deterministic fold of the log, with no clock, no input or output, no Textual."""

from ipcviz.world.channel import Channel, Item, Place
from ipcviz.world.lock import Lock
from ipcviz.world.process import Process, State, Wait, WaitFor
from ipcviz.world.world import World

__all__ = ["Channel", "Item", "Lock", "Place", "Process", "State", "Wait", "WaitFor", "World"]

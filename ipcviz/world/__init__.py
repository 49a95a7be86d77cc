"""What is true now: a deterministic fold of the log, with no clock, no input or output, no Textual."""

from ipcviz.world.channel import Asked, Channel, End, Item, Place, Raised
from ipcviz.world.lock import Lock
from ipcviz.world.manager import Call, Manager, Shared
from ipcviz.world.noun import Cell, Noun
from ipcviz.world.nouns import NOUNS
from ipcviz.world.pool import Job, Method, Pool, Task, TaskState
from ipcviz.world.process import Process, State
from ipcviz.world.wait import Ref, Wait, WaitKind
from ipcviz.world.world import World

__all__ = [
    "NOUNS",
    "Asked",
    "Call",
    "Cell",
    "Channel",
    "End",
    "Item",
    "Job",
    "Lock",
    "Manager",
    "Method",
    "Noun",
    "Place",
    "Pool",
    "Process",
    "Raised",
    "Ref",
    "Shared",
    "State",
    "Task",
    "TaskState",
    "Wait",
    "WaitKind",
    "World",
]

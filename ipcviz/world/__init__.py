"""What is true now: a deterministic fold of the log, with no clock, no input or output, no Textual."""

from ipcviz.world.channel import Asked, Channel, End, Item, Place, Raised
from ipcviz.world.lock import Lock
from ipcviz.world.manager import Call, Manager, Shared
from ipcviz.world.pool import Job, Method, Pool, Task, TaskState
from ipcviz.world.process import Process, State, Wait, WaitFor
from ipcviz.world.world import World

__all__ = [
    "Asked",
    "Call",
    "Channel",
    "End",
    "Item",
    "Job",
    "Lock",
    "Manager",
    "Method",
    "Place",
    "Pool",
    "Process",
    "Raised",
    "Shared",
    "State",
    "Task",
    "TaskState",
    "Wait",
    "WaitFor",
    "World",
]

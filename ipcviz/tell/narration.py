"""One sentence for each thing that happened, told from the event and the world right after it."""

from __future__ import annotations

from importlib import import_module

from ipcviz.log import events as e
from ipcviz.tell import program
from ipcviz.tell.sentence import Sentence, Telling
from ipcviz.world import NOUNS, World

TELL: Telling = {
    **program.TELL,
    # The module here that has a noun's name tells what happens to it.
    **{kind: tell for noun in NOUNS for kind, tell in import_module(f"ipcviz.tell.{noun.name}").TELL.items()},
}


def narrate(event: e.Event, world: World) -> Sentence | None:
    """The sentence for an event that `world` has just taken in; None for what nobody needs to be told."""
    tell = TELL.get(type(event))
    said = None if tell is None else tell(event, world)
    return None if said is None else Sentence(event.time, said[0], event.process, said[1])

"""A Pool's housekeeping under watching: it wakes for what the library's own way wakes for."""

import multiprocessing
import os
from multiprocessing.connection import Connection
from typing import Any

import pytest

from ipcviz.probe.fast import pools as handlers

_descriptors: Any = handlers._descriptors


def test_descriptors_and_open_connections_are_taken() -> None:
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        assert list(_descriptors([0, reader, writer], Connection)) == [0, reader.fileno(), writer.fileno()]


@pytest.mark.parametrize("odd", ["closed", "twice", "negative", "an object with a fileno"])
def test_anything_else_is_left_to_the_library(odd: str) -> None:
    """It raises there, or knows what to do with it."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    things: list[object] = [reader]
    with reader, writer, open(os.devnull) as file:
        if odd == "closed":
            reader.close()
        elif odd == "twice":
            things.append(reader)
        elif odd == "negative":
            things.append(-1)
        else:
            things.append(file)
        assert _descriptors(things, Connection) == {}

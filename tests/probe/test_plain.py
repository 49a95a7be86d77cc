"""What goes the short way is, byte for byte, what the library's own pickler writes."""

from __future__ import annotations

import pickle
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest

from ipcviz.probe.fast import messages as messages_module

messages: Any = messages_module


def module_function(number: int) -> int:
    """A task."""
    return number


ATOMS = [0, -1, 1 << 70, "", "a", "grüß 你好", "x" * 300, b"", b"abc" * 90, True, None, 1.5, float("inf")]
MESSAGES = [
    *ATOMS,
    *((1, 2, (True, atom)) for atom in ATOMS),
    *((1, 2, module_function, (atom, atom), {}) for atom in ATOMS),
    *(("7f00", "__getitem__", (atom,), {}) for atom in ATOMS),
    *(("#RETURN", atom) for atom in ATOMS),
    (3, 0, len, (), {}),
]


@pytest.mark.parametrize("message", MESSAGES)
def test_the_same_bytes(message: object) -> None:
    assert pickle.dumps(message) == bytes(ForkingPickler.dumps(message))


def test_what_is_an_atom() -> None:
    class Odd(int):
        pass

    assert messages.are_atoms(ATOMS)
    assert messages.are_atoms(())
    for other in (Odd(1), [], (1,), object(), "x" * 5_000, b"x" * 5_000, len):
        assert not messages.are_atoms((1, other))

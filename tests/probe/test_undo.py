"""The probe can be taken off: the standard library is then as it was."""

from __future__ import annotations

import pytest

from tests.support.watching import VERSIONS, interpreter, watch


@pytest.mark.parametrize("version", VERSIONS)
def test_uninstall_leaves_nothing_behind(version: str) -> None:
    seen = watch("undone.py", python=interpreter(version))
    assert seen.errors == ""
    assert seen.printed.splitlines() == ["True", "[] []", "2", "3 deque True"]

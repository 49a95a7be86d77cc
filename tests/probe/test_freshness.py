"""What happened is in the log within 100 ms, whatever the process does next."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ipcviz.log.events import ItemPut
from tests.support.watching import session, until

DEADLINE = 0.5


@pytest.mark.parametrize("then", ["compute", "block", "die"])
def test_a_burst_before_a_silence(
    then: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    said = tmp_path / "said"
    with session("burst.py", then, str(said)) as running:
        found = 0
        cursor = 0

        def all_there() -> bool:
            nonlocal found, cursor
            end = len(running.log)
            found += sum(isinstance(event, ItemPut) for event in running.log.read(cursor, end))
            cursor = end
            return found == 31

        until(all_there, 20)
        known = time.monotonic_ns()
        until(said.exists, 20)
        late = (known - int(said.read_text())) / 1e9
        record_property("late", late)
        assert late < DEADLINE

"""The paces at which a run can be watched, and what a person calls them."""

from __future__ import annotations

SPEEDS = (1.0, 1 / 2, 1 / 5, 1 / 10, 1 / 20, 1 / 50, 1 / 100)
FASTER = (10.0, 5.0, 2.0)
"""Only a recording can run faster than it did."""


def paces(*, replay: bool) -> tuple[float, ...]:
    """The speeds to choose from, fastest first; 0 is lecture pace."""
    return (*(FASTER if replay else ()), *SPEEDS, 0.0)


def speed_of(pace: str, choice: tuple[float, ...]) -> float:
    """The speed a person means: `live`, `lecture`, `slow`, `1/10`, `×1/10`, `2`."""
    wish = pace.strip().lower().lstrip("×x")
    if wish in ("lecture", "live", "slow", ""):
        return {"lecture": 0.0, "slow": 1 / 10}.get(wish, 1.0)
    over, _, under = wish.partition("/")
    try:
        speed = float(over) / float(under or 1)
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"no such pace: {pace!r}; say live, lecture or a speed such as 1/10") from None
    return min((known for known in choice if known), key=lambda known: abs(known - speed))

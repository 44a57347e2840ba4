"""One line of the table of `make bench-sound`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured, in which unit, and what it should be at most or at least."""

    what: str
    unit: str
    goal: str
    offhook: float
    plain: float | None = None

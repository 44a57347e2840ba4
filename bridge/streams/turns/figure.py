"""A figure that a stream yields again and again, summed up."""

from __future__ import annotations

from collections import deque
from math import ceil
from statistics import median

from bridge.wire.turns import Figure

LEAST_FOR_P95 = 20
"""Of fewer values, the 95th percentile would only be the worst one."""
_MOST_VALUES = 1000


class Series:
    """The newest 1,000 values, in milliseconds."""

    def __init__(self) -> None:
        self._values: deque[int] = deque(maxlen=_MOST_VALUES)
        self.figure: Figure | None = None
        """Of all values; None while there is none."""

    def add(self, value: int) -> None:
        """Count one more in."""
        self._values.append(value)
        ordered = sorted(self._values)
        enough = len(ordered) >= LEAST_FOR_P95
        self.figure = Figure(
            count=len(ordered),
            last_ms=value,
            median_ms=round(median(ordered)),
            p95_ms=ordered[ceil(0.95 * len(ordered)) - 1] if enough else None,
            worst_ms=ordered[-1],
        )

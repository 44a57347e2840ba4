"""How much of the last ten seconds something took, from a counter that only ever grows."""

from __future__ import annotations

from collections import deque

_SECONDS = 10.0


class Share:
    """The share of one counter of milliseconds."""

    def __init__(self) -> None:
        self._readings: deque[tuple[float, int]] = deque()

    def percent(self, total_ms: int, now: float) -> float:
        """The share up to `now` (monotonic seconds), when the counter stands at `total_ms`."""
        if self._readings and total_ms < self._readings[-1][1]:
            self._readings.clear()  # Another stream: it counts from 0 again.
        self._readings.append((now, total_ms))
        while now - self._readings[0][0] > _SECONDS:
            self._readings.popleft()
        return round((total_ms - self._readings[0][1]) / (_SECONDS * 1000) * 100, 2)

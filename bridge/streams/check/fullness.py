"""How full Plivo's buffers are: what they hold, and the marks at which Plivo calls a stream degraded."""

from __future__ import annotations

CAPACITY = 40.0
"""Seconds of audio that Plivo's playback queue holds."""
MARKS = (0.9, 0.6, 0.3)
"""How full a buffer is when Plivo sends `DegradedStream`."""


class Fullness:
    """Tells each mark once on the way up."""

    def __init__(self, capacity: float = CAPACITY) -> None:
        self._capacity = capacity
        self._mark = 0.0
        self.steady = 0.0, MARKS[-1] * capacity
        """With this many seconds in it, and less than so many, the buffer is between the same marks as before."""

    def risen_to(self, queued: float) -> float | None:
        """The mark that a buffer with this many seconds in it has passed since the last call; None for none."""
        filled = queued / self._capacity
        before = self._mark
        self._mark = next((mark for mark in MARKS if filled >= mark), 0.0)
        above = min((mark for mark in (*MARKS, 1.0) if mark > self._mark), default=1.0)
        self.steady = self._mark * self._capacity, above * self._capacity
        return self._mark if self._mark > before else None

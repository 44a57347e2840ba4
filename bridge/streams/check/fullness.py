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

    def risen_to(self, queued: float) -> float | None:
        """The mark that a buffer with this many seconds in it has passed since the last call; None for none."""
        filled = queued / self._capacity
        before, self._mark = self._mark, 0.0
        if filled >= MARKS[-1]:
            self._mark = next(mark for mark in MARKS if filled >= mark)
        return self._mark if self._mark > before else None

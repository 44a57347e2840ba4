"""How full Plivo's playback queue is: what it holds, and the marks at which Plivo calls a stream degraded."""

from __future__ import annotations

CAPACITY = 40.0
"""Seconds of audio that Plivo's queue holds."""
MARKS = (0.9, 0.6, 0.3)
"""How full the queue is when Plivo sends `DegradedStream`."""


class Fullness:
    """Tells each mark once on the way up."""

    def __init__(self) -> None:
        self._mark = 0.0

    def risen_to(self, queued: float) -> float | None:
        """The mark that the queue, with this many seconds in it, has passed since the last call; None for none."""
        filled = queued / CAPACITY
        before, self._mark = self._mark, 0.0
        if filled >= MARKS[-1]:
            self._mark = next(mark for mark in MARKS if filled >= mark)
        return self._mark if self._mark > before else None

"""A steady beat on the monotonic clock."""

from __future__ import annotations

import asyncio
import time

from bridge.carrier.lateness import Lateness


class Pace:
    """Beats `period` seconds apart, counted from the first: a late beat delays none of those that follow.

    After a stall the missed beats come one right after the other until the clock is caught up with.
    """

    def __init__(self, period: float, lateness: Lateness) -> None:
        self._period = period
        self._lateness = lateness
        self._beats = 0
        self.started = time.monotonic()
        """When the first beat was due, in monotonic seconds."""
        self.worst_lateness = 0.0
        """Seconds by which the latest beat came late: what the emulator itself adds to anything measured with it."""

    async def beat(self) -> float:
        """Wait for the next beat; returns the monotonic time at which it was due."""
        due = self.started + self._beats * self._period
        self._beats += 1
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        late_by = time.monotonic() - due
        self.worst_lateness = max(self.worst_lateness, late_by)
        self._lateness.count(due, late_by)
        return due

"""Time as the streams see it: measured on the monotonic clock, told to people in UTC."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: `mono` in monotonic seconds for measuring, `utc` for people."""

    mono: float
    utc: datetime

    def later(self, mono: float) -> datetime:
        """The UTC time of another monotonic time."""
        return self.utc + timedelta(seconds=mono - self.mono)


def moment() -> Moment:
    """Now. Both clocks are read each time: a laptop that slept has a monotonic clock that stood still."""
    return Moment(time.monotonic(), datetime.now(UTC))

"""When the caller's sound was spoken, reckoned from when it came.

Media comes in order and without loss, but not in time: a stall makes it late, and what was late comes in a burst.
So its place is by samples: the earliest arrivals of the last seconds say when a sample is due, which also follows a
sender's clock that runs fast or slow. What is late waits for a moment. If the rest of it is late as well, it was no
stall: something is missing, and silence takes its place.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples

_LATE = 0.06
"""Seconds behind its time at which media may have a gap before it."""
_PATIENCE = 0.3
"""Seconds that late media waits for the burst that would make up for it, and that missing media is waited for."""
_WINDOW = 5.0
"""The earliest arrival of this many seconds, and of as many before, is held to be in time."""


class Arrivals:
    """The caller's leg of a stream at `rate` (Hz), as a sound without holes. Times are seconds since its start."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._count = 0
        self._came = False
        self._late: list[Samples] = []
        self._late_since = self._late_by = 0.0
        self._window_began = 0.0
        self._before = self._lately = np.inf
        self.offset = 0.0
        """When the first sample was due; the others follow it at the rate."""

    def take(self, samples: Samples, at: float) -> Samples:
        """What goes on with samples that came `at`, the last of them just then; nothing while they wait."""
        self._count += len(samples)
        due = at - self._count / self._rate
        if not self._came:
            self._came, self.offset, self._window_began, self._lately = True, due, at, due
        self._hold(samples, due - self.offset, at)
        if due - self.offset <= _LATE:
            self._learn(due, at)
            return self._release()
        return self._give_up(at)

    def wait(self, until: float) -> Samples:
        """What goes on without new samples: silence, once they have been missing for a moment."""
        if self._late:
            return self._give_up(until)
        missing = until - _PATIENCE - self.offset - self._count / self._rate
        return self._silence(max(0.0, missing))

    def _hold(self, samples: Samples, late_by: float, at: float) -> None:
        if not self._late:
            self._late_since, self._late_by = at, late_by
        self._late.append(samples)
        self._late_by = min(self._late_by, late_by)

    def _give_up(self, at: float) -> Samples:
        if at - self._late_since < _PATIENCE:
            return np.zeros(0, np.float32)
        return np.concatenate((self._silence(self._late_by), self._release()))

    def _silence(self, seconds: float) -> Samples:
        silence = np.zeros(round(seconds * self._rate), np.float32)
        self._count += len(silence)
        return silence

    def _release(self) -> Samples:
        held, self._late = self._late, []
        return held[0] if len(held) == 1 else np.concatenate(held)

    def _learn(self, due: float, at: float) -> None:
        if at - self._window_began > _WINDOW:
            self._window_began, self._before, self._lately = at, self._lately, np.inf
        self._lately = min(self._lately, due)
        self.offset = min(self._before, self._lately)

"""What is heard where media is missing: the last period of the pitch over and over, fading out within 80 ms.

After ITU-T G.711 Appendix I, without its delay: the seam is made good by what was to be heard next, not by what was.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.stretch import Stretch, faded

_FULL_MS = 10
_FADED_MS = 80
_SEAM_MS = 2


class Concealment:
    """Goes on from the end of `past` (30 ms or more of what was heard at `rate`, Hz)."""

    def __init__(self, past: Samples, rate: int, stretch: Stretch) -> None:
        compared = rate // 100
        period, _ = stretch.period_behind(past[:-compared], past[-compared:])
        self._full = rate * _FULL_MS // 1000
        self._end = rate * _FADED_MS // 1000
        self._seam = rate * _SEAM_MS // 1000
        seam = min(self._seam, period // 2)
        self._cycle = past[len(past) - period :].copy()
        self._cycle[period - seam :] = faded(self._cycle[period - seam :], past[len(past) - period - seam : -period])
        self._jump = float(past[-1] - past[-period - 1])
        self._loudest = float(np.abs(past).max())
        self._given = 0

    def next(self, count: int) -> Samples:
        """The next samples; silence in the end."""
        at = self._given + np.arange(count)
        self._given += count
        if at[0] >= self._end:
            return np.zeros(count, np.float32)
        joined = self._cycle[at % len(self._cycle)] + self._jump * np.clip(1 - at / self._seam, 0, 1)
        joined = np.clip(joined, -self._loudest, self._loudest)
        out: Samples = (joined * np.clip((self._end - at) / (self._end - self._full), 0, 1)).astype(np.float32)
        return out

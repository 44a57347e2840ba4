"""Half duplex, where no echo canceller is there: the microphone is turned down while the far end speaks.

The loudspeaker's sound reaches the microphone after the devices' delay and the room's, so it stays down for longer.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.voice import Voice

DUCKED_DB = -25.0
HANG_MS = 150
_FADE_MS = 10
_DUCKED = 10 ** (DUCKED_DB / 20)


class Ducking:
    """Turns one microphone down; loudspeaker and microphone at `rate` (Hz)."""

    def __init__(self, rate: int) -> None:
        self._voice = Voice(rate)
        self._hang = rate * HANG_MS // 1000
        self._step = (1 - _DUCKED) / (rate * _FADE_MS // 1000)
        self._down_for = 0
        self._factor = 1.0

    @property
    def ducked(self) -> bool:
        """Whether the microphone is turned down now."""
        return self._down_for > 0

    def far(self, samples: Samples) -> None:
        """Take what the loudspeaker plays."""
        self._voice.feed(samples)
        self._down_for = self._hang if self._voice.certain else max(0, self._down_for - len(samples))

    def near(self, samples: Samples) -> Samples:
        """What the microphone hears, turned down if need be."""
        goal = _DUCKED if self.ducked else 1.0
        if self._factor == goal == 1.0:
            return samples
        way = self._step * np.arange(1, len(samples) + 1)
        factors = np.maximum(self._factor - way, goal) if goal < self._factor else np.minimum(self._factor + way, goal)
        self._factor = float(factors[-1])
        turned: Samples = (samples * factors).astype(np.float32)
        return turned

"""Automatic gain for the microphone: everybody's voice comes to -20 dBFS, slowly, and nothing is ever cut off."""

from __future__ import annotations

from math import log10

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.voice import Voice

TARGET_DBFS = -20.0
MOST_DB = 15.0
_NOISE_DBFS = -45.0
"""Noise is not made louder than this."""
_DB_PER_SECOND = 6.0
_LEVEL_SECONDS = 0.5
_KNEE, _CEILING = 0.8, 0.98
"""Up to the one, values pass as they are; above, ever less, and the other is never passed."""


class AutomaticGain:
    """The gain of one microphone at `rate` (Hz). It rises only while there is a voice: silence is never turned up.

    `voice` is fed by its owner with whatever comes here, just before.
    """

    def __init__(self, rate: int, voice: Voice) -> None:
        self._rate = rate
        self._voice = voice
        self._power: float | None = None
        self.gain_db = 0.0

    def process(self, samples: Samples) -> Samples:
        """The next samples (10 ms or so), as loud as they should be."""
        before = self.gain_db
        if self._voice.certain:
            self._learn(samples)
        self.gain_db = min(self.gain_db, -20 * log10(float(np.abs(samples).max(initial=0.0)) + 1e-9))
        return limited(samples * ramp(before, self.gain_db, len(samples)))

    def _learn(self, samples: Samples) -> None:
        seconds = len(samples) / self._rate
        power = float(np.dot(samples, samples)) / len(samples)
        self._power = power if self._power is None else self._power + seconds / _LEVEL_SECONDS * (power - self._power)
        most = min(MOST_DB, max(0.0, _NOISE_DBFS - self._voice.noise_dbfs))
        wanted = min(max(TARGET_DBFS - 10 * log10(self._power + 1e-9), -MOST_DB), most)
        step = _DB_PER_SECOND * seconds
        self.gain_db += min(max(wanted - self.gain_db, -step), step)


def ramp(from_db: float, to_db: float, count: int) -> Samples:
    """Factors for `count` samples that go from one gain to the other within the first fifth: 2 ms of 10."""
    factors = np.full(count, 10 ** (to_db / 20), np.float32)
    if from_db != to_db:
        way = np.arange(1, count // 5 + 1) / (count // 5)
        factors[: len(way)] = 10 ** ((from_db + way * (to_db - from_db)) / 20)
    return factors


def limited(samples: Samples) -> Samples:
    """The samples without any beyond full scale: what is too loud is pressed together, not cut off."""
    magnitude = np.abs(samples)
    if magnitude.max(initial=0.0) <= _KNEE:
        return samples
    pressed = _KNEE + (_CEILING - _KNEE) * np.tanh((magnitude - _KNEE) / (_CEILING - _KNEE))
    out: Samples = (np.sign(samples) * np.where(magnitude > _KNEE, pressed, magnitude)).astype(np.float32)
    return out

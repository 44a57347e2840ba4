"""Noise suppression for the microphone without a further package: what is hardly louder than the noise is turned down.

A downward expander: each dB below the point where speech stands out from the noise becomes two. With the extra `[aec]`
there is better (`echo`).
"""

from __future__ import annotations

from bridge.audio.codec import Samples
from bridge.audio.gain import ramp
from bridge.audio.levels import SILENCE_DBFS, samples_dbfs
from bridge.audio.voice import Voice

MOST_DB = -15.0
_CLEAR_DB = 12.0
"""So much louder than the noise is speech."""
_RELEASE_DB = 1.0
"""It is turned down by so much for each block, and up at once: no beginning of a word is lost."""


class NoiseGate:
    """Quietens the noise of one microphone. `voice` is fed by its owner with whatever comes here, just before."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._gain_db = 0.0

    def process(self, samples: Samples) -> Samples:
        """The next samples (10 ms or so), the noise in them quieter."""
        level = samples_dbfs(samples)
        over = (SILENCE_DBFS if level is None else level) - self._voice.noise_dbfs - _CLEAR_DB
        before = self._gain_db
        self._gain_db = max(min(max(over, MOST_DB), 0.0), before - _RELEASE_DB)
        return samples * ramp(before, self._gain_db, len(samples))

"""One channel of a recording: sound that is put where it belongs, and taken in order."""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples

_AHEAD = 8_000
"""Samples by which a channel grows at once."""


class Channel:
    """One leg on the recording's timeline, as far as it has not been taken; places and counts are samples."""

    def __init__(self) -> None:
        self._begin = self._end = 0
        self._sound: Samples = np.zeros(0, np.float32)

    def put(self, at: int, samples: Samples, slip: int) -> None:
        """Lay samples down at a place; what lies there already is covered.

        Those that would begin within `slip` of the end of the last ones follow them without a seam.
        """
        if abs(at - self._end) <= slip:
            at = self._end
        self._end = at + len(samples)
        samples = samples[max(0, self._begin - at) :]
        first = max(0, at - self._begin)
        self._reserve(first + len(samples))
        self._sound[first : first + len(samples)] = samples

    def take(self, count: int) -> Samples:
        """The next samples, silence where nothing was put."""
        self._reserve(count)
        taken, self._sound = self._sound[:count], self._sound[count:]
        self._begin += count
        return taken

    def _reserve(self, count: int) -> None:
        missing = count - len(self._sound)
        if missing > 0:
            self._sound = np.concatenate((self._sound, np.zeros(missing + _AHEAD, np.float32)))

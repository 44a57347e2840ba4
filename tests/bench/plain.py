"""The plain design that the figures of sound are held against."""

from __future__ import annotations

import numpy as np

PREBUFFER_MS = 300


class PlainPlayout:
    """Waits until 300 ms are there, then plays what there is and zeros where there is nothing; never gives back."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._held = np.zeros(0, np.float32)
        self._playing = False
        self.concealed = 0
        """Samples that were zeros because nothing was there."""

    @property
    def depth_ms(self) -> int:
        """How much is held."""
        return len(self._held) * 1000 // self._rate

    def push(self, samples: np.ndarray, position: int) -> None:
        """Take a piece."""
        self._held = np.concatenate((self._held, samples))

    def pull(self, count: int) -> np.ndarray:
        """The next samples."""
        self._playing = self._playing or self.depth_ms >= PREBUFFER_MS
        if not self._playing:
            return np.zeros(count, np.float32)
        out, self._held = self._held[:count], self._held[count:]
        self.concealed += count - len(out)
        return np.concatenate((out, np.zeros(count - len(out), np.float32)))


class LinearResampler:
    """Straight lines between the samples."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._step = rate_in / rate_out
        self._last = np.zeros(0, np.float32)
        self._next = 0.0

    def process(self, samples: np.ndarray) -> np.ndarray:
        """The next samples at the other rate."""
        known = np.concatenate((self._last, samples))
        at = np.arange(self._next, len(known) - 1, self._step)
        out = np.interp(at, np.arange(len(known)), known).astype(np.float32)
        self._next += len(at) * self._step - (len(known) - 1)
        self._last = known[-1:]
        return out

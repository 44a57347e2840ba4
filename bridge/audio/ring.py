"""A ring of samples between a device's callback and everything else: one writes, the other reads, nobody waits."""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples


class Ring:
    """Room for `capacity` samples, allocated once. One thread writes, one reads; each moves only its own count."""

    def __init__(self, capacity: int) -> None:
        self._data = np.zeros(capacity, np.float32)
        self._written = 0
        self._read = 0

    @property
    def held(self) -> int:
        """Samples written and not yet read."""
        return self._written - self._read

    def write(self, samples: Samples) -> int:
        """Append as many of the samples as there is room for; returns how many those were."""
        count = min(len(samples), len(self._data) - self.held)
        start = self._written % len(self._data)
        first = min(count, len(self._data) - start)
        self._data[start : start + first] = samples[:first]
        self._data[: count - first] = samples[first:count]
        self._written += count
        return count

    def rewrite(self, samples: Samples) -> None:
        """Put these in the place of the newest ones; what of them has been read in the meantime stays as it was."""
        at = (self._written - len(samples)) % len(self._data)
        first = min(len(samples), len(self._data) - at)
        self._data[at : at + first] = samples[:first]
        self._data[: len(samples) - first] = samples[first:]

    def read_into(self, out: Samples) -> int:
        """Take the oldest samples, at most as many as `out` has room for; returns how many those were."""
        count = min(len(out), self.held)
        start = self._read % len(self._data)
        first = min(count, len(self._data) - start)
        out[:first] = self._data[start : start + first]
        out[first:count] = self._data[: count - first]
        self._read += count
        return count

    def read(self) -> Samples:
        """Take all that is held."""
        out = np.empty(self.held, np.float32)
        self.read_into(out)
        return out

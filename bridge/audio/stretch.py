"""Making sound shorter or longer by whole periods of its pitch, so that nobody hears it (as WSOLA and NetEQ do).

Periods of 2.5 to 15 ms are looked for: voices from 67 to 400 Hz. What has no pitch is joined where it is most alike.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples

SHORTEST_PERIOD_MS = 2.5
LONGEST_PERIOD_MS = 15
_COMPARED_MS = 10
_QUIETEST = 0.003
"""Root mean square of what is quiet at any rate: -50 dBFS."""
_QUIET_SHARE = 0.03
"""So much of the recent loudness (-30 dB) is quiet, too."""
_QUIET_STEP_MS = 5


class Stretch:
    """Finds periods and quiet in a sound at `rate` (Hz), and takes out or puts in pieces of it."""

    def __init__(self, rate: int) -> None:
        self._shortest = int(rate * SHORTEST_PERIOD_MS / 1000)
        self._longest = rate * LONGEST_PERIOD_MS // 1000
        self._compared = rate * _COMPARED_MS // 1000
        self._step = rate * _QUIET_STEP_MS // 1000
        self._loudness = 0.0

    def follow(self, played: Samples) -> None:
        """Take note of how loud it is; the loudest counts, and fades over seconds."""
        self._loudness = max(loudness(played), 0.999 * self._loudness)

    def quiet(self, samples: Samples) -> int:
        """How many of the first samples are quiet."""
        steps = len(samples) // self._step
        energy = np.square(samples[: steps * self._step]).reshape(steps, self._step).mean(axis=1)
        loud = np.flatnonzero(energy > max(_QUIETEST, _QUIET_SHARE * self._loudness) ** 2)
        return (int(loud[0]) if len(loud) else steps) * self._step

    def period_ahead(self, coming: Samples, most: int) -> tuple[int, float]:
        """The period of what is coming, at most `most` samples, and its likeness (1: the same again); 0: none fits."""
        longest = min(self._longest, most, len(coming) // 2)
        if longest < self._shortest:
            return 0, 0.0
        compared = min(self._compared, len(coming) - longest)
        at, likeness = _most_alike(coming[:compared], coming[self._shortest : longest + compared])
        return self._shortest + at, likeness

    def period_behind(self, past: Samples, coming: Samples) -> tuple[int, float]:
        """The period with which the past leads into what is coming, and its likeness."""
        compared = min(self._compared, len(coming))
        longest = min(self._longest, len(past))
        if longest < self._shortest or not compared:
            return 0, 0.0
        around = np.concatenate((past[len(past) - longest :], coming[:compared]))
        at, likeness = _most_alike(coming[:compared], around[: len(around) - self._shortest])
        return longest - at, likeness


def loudness(samples: Samples) -> float:
    """Root mean square."""
    return float(np.sqrt(np.dot(samples, samples) / max(1, len(samples))))


def shortened(coming: Samples, count: int, fade: int) -> Samples:
    """What is coming without `count` samples, going over from the first of it to what follows them within `fade`."""
    return np.concatenate((faded(coming[:fade], coming[count : count + fade]), coming[count + fade :]))


def lengthened(past: Samples, coming: Samples, count: int, fade: int) -> Samples:
    """What is coming with the last `count` samples of the past before it once more, begun within `fade`."""
    again = past[len(past) - count :]
    return np.concatenate((faded(coming[:fade], again[:fade]), again[fade:], coming))


def faded(from_samples: Samples, to_samples: Samples) -> Samples:
    """From one sound over to another of the same length."""
    rise = np.arange(len(from_samples), dtype=np.float32) / np.float32(max(1, len(from_samples)))
    gone_over: Samples = from_samples + rise * (to_samples - from_samples)
    return gone_over


def _most_alike(wanted: Samples, among: Samples) -> tuple[int, float]:
    """Where in `among` it is most like `wanted`, by normalised correlation, and how much."""
    windows = np.lib.stride_tricks.sliding_window_view(among, len(wanted))
    energies = np.convolve(np.square(among), np.ones(len(wanted), np.float32), "valid")
    likeness = windows @ wanted / np.sqrt(np.maximum(energies * np.dot(wanted, wanted), 1e-12))
    at = int(np.argmax(likeness))
    return at, float(likeness[at])

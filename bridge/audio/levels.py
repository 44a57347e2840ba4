"""Loudness as meters show it: root mean square in dBFS, where 0 is a square wave at full scale (a sine is -3)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from math import log10

import numpy as np

from bridge.audio.codec import Samples, decode
from bridge.wire.formats import AudioFormat

SILENCE_DBFS = -90.0
"""Below this (one step of 16 bits) there is nothing to hear: the level is None."""

_SILENCE_POWER = 10 ** (SILENCE_DBFS / 10)


def payload_dbfs(payload: bytes, audio_format: AudioFormat) -> float | None:
    """Level of a payload as it came; None for silence, or for none at all."""
    return samples_dbfs(decode(payload, audio_format))


def payloads_dbfs(payloads: Sequence[bytes], audio_format: AudioFormat) -> list[float | None]:
    """The level of each of several payloads.

    Cheap, as it is asked for both legs of every stream ten times a second.
    """
    whole = [audio_format.whole(payload) for payload in payloads]
    counts = [len(payload) // audio_format.sample_bytes for payload in whole]
    samples = np.append(decode(b"".join(whole), audio_format), np.float32(0))  # so that one without any has a place
    energies = np.add.reduceat(samples * samples, [0, *accumulate(counts[:-1])])
    return [_dbfs(energy, count) if count else None for energy, count in zip(energies.tolist(), counts, strict=True)]


def samples_dbfs(samples: Samples) -> float | None:
    """Level of samples; None for silence, or for none at all."""
    return _dbfs(float(np.dot(samples, samples)), len(samples))


class Meter:
    """The level of all that passed since it was last read."""

    def __init__(self) -> None:
        self._energy = 0.0
        self._count = 0

    def add(self, samples: Samples) -> None:
        """Count these samples in."""
        self._energy += float(np.dot(samples, samples))
        self._count += len(samples)

    def read(self) -> float | None:
        """The level in dBFS since the last reading; None for silence, or when nothing passed."""
        energy, self._energy = self._energy, 0.0
        count, self._count = self._count, 0
        return _dbfs(energy, count)


def _dbfs(energy: float, count: int) -> float | None:
    if energy <= _SILENCE_POWER * count:
        return None
    return 10 * log10(energy / count)

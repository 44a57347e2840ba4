"""Loudness as meters show it: root mean square in dBFS, where 0 is a square wave at full scale (a sine is -3)."""

from __future__ import annotations

from math import log10

import numpy as np

from bridge.audio.codec import Samples, decode
from bridge.wire.formats import AudioFormat

SILENCE_DBFS = -90.0
"""Below this (one step of 16 bits) there is nothing to hear: the level is None."""

_SILENCE_POWER = 10 ** (SILENCE_DBFS / 10)


def payload_dbfs(payload: bytes, audio_format: AudioFormat) -> float | None:
    """Level of a payload as it came; None for silence, or for none at all.

    Cheap, as it is asked for both legs of every stream ten times a second: 5 us for 100 ms.
    """
    return samples_dbfs(decode(payload, audio_format))


def samples_dbfs(samples: Samples) -> float | None:
    """Level of samples; None for silence, or for none at all."""
    energy = float(np.dot(samples, samples))
    if energy <= _SILENCE_POWER * len(samples):
        return None
    return 10 * log10(energy / len(samples))

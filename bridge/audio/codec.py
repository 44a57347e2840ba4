"""The two codings of a stream, mu-law and L16, to samples and back.

Samples are float32 in [-1, 1), one step of 16 bits being 1/32768, so a round trip through `decode` and `encode`
changes no byte of L16. mu-law is ITU-T G.711 by table, bit for bit what Python's former `audioop` did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bridge.wire.formats import MULAW, AudioFormat

Samples = NDArray[np.float32]
"""Mono audio in [-1, 1)."""

_FULL_SCALE = 32768.0
_BIAS = 33
"""G.711 adds this to a 14-bit magnitude, so that every segment starts at a power of two."""
_LOUDEST = 8191 - _BIAS
"""The largest magnitude that the last segment holds."""


def _mulaw_samples() -> Samples:
    """What each of the 256 codes means."""
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) * 2 + _BIAS) << ((code & 0x70) >> 4)) - _BIAS
    return (np.where(code & 0x80, -magnitude, magnitude) * 4 / _FULL_SCALE).astype(np.float32)


def _mulaw_codes() -> NDArray[np.uint8]:
    """The code of every 16-bit sample, in the order of its bits as an unsigned number."""
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32) >> 2
    magnitude = np.minimum(np.abs(sample), _LOUDEST) + _BIAS
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    code = (segment << 4) | ((magnitude >> (segment + 1)) & 0x0F)
    codes: NDArray[np.uint8] = (code ^ np.where(sample < 0, 0x7F, 0xFF)).astype(np.uint8)
    return codes


_MULAW_SAMPLES = _mulaw_samples()
_MULAW_CODES = _mulaw_codes()


def decode(payload: bytes, audio_format: AudioFormat) -> Samples:
    """Samples of a payload. Of L16, half a sample at the end is dropped: the payload may come from anybody."""
    if audio_format.encoding == MULAW:
        return _MULAW_SAMPLES.take(np.frombuffer(payload, np.uint8))  # a third of the time of an index
    return np.frombuffer(payload, "<i2", len(payload) // 2).astype(np.float32) / np.float32(_FULL_SCALE)


def encode(samples: Samples, audio_format: AudioFormat) -> bytes:
    """A payload of these samples; what is louder than full scale is cut off there."""
    scaled = np.clip(np.rint(samples * np.float32(_FULL_SCALE)), -_FULL_SCALE, _FULL_SCALE - 1)
    rounded: NDArray[np.int16] = scaled.astype(np.int16)
    if audio_format.encoding == MULAW:
        return _MULAW_CODES.take(rounded.view(np.uint16)).tobytes()
    return rounded.astype("<i2", copy=False).tobytes()

"""Reading WAV files as people have them: PCM of 8 to 32 bits, float, mu-law; any rate; stereo is mixed to mono.

The standard library's `wave` knows PCM only, and gives up where a program was stopped while writing. Here a length
that is wrong, or was never filled in, costs nothing but what is missing. Source: Microsoft's multimedia standards
update of 1994 (`fmt `, `data`) and its later WAVE_FORMAT_EXTENSIBLE.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.audio.codec import Samples, decode
from bridge.wire.formats import MULAW_8K

_PCM, _FLOAT, _MULAW, _EXTENSIBLE = 1, 3, 7, 0xFFFE
_LOWEST_RATE, _HIGHEST_RATE = 1000, 384_000
_MOST_CHANNELS = 32


class WavError(ValueError):
    """A file that cannot be played; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True, eq=False)
class Wav:
    """A recording: mono samples in [-1, 1], and their rate in Hz."""

    samples: Samples
    rate: int


@dataclass(frozen=True, slots=True)
class _Layout:
    coding: int
    channels: int
    rate: int
    bits: int


def read_wav(content: bytes) -> Wav:
    """Read the content of a WAV file. Raises WavError with a sentence that says why it cannot be played."""
    chunks = dict(_chunks(content))
    if b"fmt " not in chunks:
        raise WavError("This WAV file does not say what format it has: it has no fmt chunk.")
    if b"data" not in chunks:
        raise WavError("This WAV file has no sound in it: it has no data chunk.")
    layout = _read_layout(chunks[b"fmt "])
    samples = _decode(chunks[b"data"], layout)
    if not len(samples):
        raise WavError("This WAV file has no sound in it.")
    return Wav(samples, layout.rate)


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise WavError("This is not a WAV file.")
    at = 12
    while at + 8 <= len(content):
        name, length = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + length]
        if name == b"data":
            return
        at += 8 + length + length % 2


def _read_layout(chunk: bytes) -> _Layout:
    if len(chunk) < 16:
        raise WavError("This WAV file is broken: its fmt chunk is cut off.")
    coding, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if coding == _EXTENSIBLE and len(chunk) >= 26:
        (coding,) = struct.unpack_from("<H", chunk, 24)
    if not 1 <= channels <= _MOST_CHANNELS:
        raise WavError(f"This WAV file is broken: it claims to have {channels} channels.")
    if not _LOWEST_RATE <= rate <= _HIGHEST_RATE:
        raise WavError(f"This WAV file is broken: it claims to have {rate} samples a second.")
    return _Layout(coding, channels, rate, bits)


def _decode(data: bytes, layout: _Layout) -> Samples:
    to_samples = _CODINGS.get((layout.coding, layout.bits))
    if to_samples is None:
        raise WavError(
            f"This WAV file's coding (number {layout.coding}, {layout.bits} bits) is not one that offhook can play: "
            "convert it, for example with `ffmpeg -i FILE -c:a pcm_s16le NEW.wav`."
        )
    frame_bytes = layout.channels * layout.bits // 8
    samples = to_samples(data[: len(data) // frame_bytes * frame_bytes])
    mono: Samples = samples.reshape(-1, layout.channels).mean(axis=1, dtype=np.float32)
    return mono


def _from_24_bits(data: bytes) -> Samples:
    padded = np.zeros((len(data) // 3, 4), np.uint8)
    padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return _from_integers(padded.view("<i4").ravel(), 2.0**31)


def _from_integers(values: NDArray[np.integer], full_scale: float) -> Samples:
    samples: Samples = (values / full_scale).astype(np.float32)
    return samples


def _from_floats(values: NDArray[np.floating]) -> Samples:
    samples: Samples = np.nan_to_num(np.clip(values, -1, 1)).astype(np.float32)
    return samples


_CODINGS: dict[tuple[int, int], Callable[[bytes], Samples]] = {
    (_PCM, 8): lambda data: _from_integers(np.frombuffer(data, np.uint8).astype(np.int16) - 128, 2.0**7),
    (_PCM, 16): lambda data: _from_integers(np.frombuffer(data, "<i2"), 2.0**15),
    (_PCM, 24): _from_24_bits,
    (_PCM, 32): lambda data: _from_integers(np.frombuffer(data, "<i4"), 2.0**31),
    (_FLOAT, 32): lambda data: _from_floats(np.frombuffer(data, "<f4")),
    (_FLOAT, 64): lambda data: _from_floats(np.frombuffer(data, "<f8")),
    (_MULAW, 8): lambda data: decode(data, MULAW_8K),
}
"""By coding and bits a sample."""

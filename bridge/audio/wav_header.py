"""The header of the WAV files that offhook writes: 16-bit PCM, and nothing else before the samples.

Source: Microsoft's "Multimedia Programming Interface and Data Specifications 1.0" of 1991 (RIFF, `fmt `, `data`).
"""

from __future__ import annotations

import struct

HEADER_BYTES = 44
MOST_DATA_BYTES = 2**32 - 1 - HEADER_BYTES
"""Sizes are 32 bits: 37 hours of stereo at 8 kHz."""

_LAYOUT = struct.Struct("<4sI4s4sIHHIIHH4sI")
_PCM = 1
_SAMPLE_BYTES = 2


def wav_header(rate: int, channels: int, data_bytes: int) -> bytes:
    """The first bytes of a file that goes on with `data_bytes` of samples at `rate` Hz, channels in turn."""
    frame = channels * _SAMPLE_BYTES
    layout = (_PCM, channels, rate, rate * frame, frame, 8 * _SAMPLE_BYTES)
    return _LAYOUT.pack(
        b"RIFF", HEADER_BYTES - 8 + data_bytes, b"WAVE", b"fmt ", HEADER_BYTES - 28, *layout, b"data", data_bytes
    )


def seconds_of(header: bytes) -> float:
    """How long a file with a header of ours plays; 0 for anything else."""
    if len(header) < HEADER_BYTES or header[:4] != b"RIFF":
        return 0.0
    bytes_per_second, data_bytes = struct.unpack_from("<I", header, 28)[0], struct.unpack_from("<I", header, 40)[0]
    return data_bytes / bytes_per_second if bytes_per_second else 0.0

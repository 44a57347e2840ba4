"""The link's binary frames: pieces of audio, each of one leg of a stream."""

from __future__ import annotations

import struct
from enum import IntEnum

from msgspec import Struct


class Leg(IntEnum):
    """Whose voice a piece of audio is."""

    CALLER = 1
    AGENT = 2
    """The far end as the caller hears it: operators, the bot, or a one-way stream's outbound track."""
    OPERATOR = 3
    """From an operator's microphone (or file) to the bridge."""


class Audio(Struct, frozen=True):
    """A piece of one leg, in the stream's own coding."""

    leg: Leg
    handle: int
    position: int
    """Samples of this leg before this piece; it jumps where media was lost or nothing was played."""
    payload: bytes
    """Empty: what is held of this leg was cleared, and is not to be heard any more."""


_AUDIO_HEAD = struct.Struct("<BxxxIQ")
MAX_AUDIO_BYTES = 64 * 1024


def pack_audio(audio: Audio) -> bytes:
    """Binary frame: leg (1 byte), 3 zero bytes, handle (uint32), position (uint64), payload; little-endian."""
    return _AUDIO_HEAD.pack(audio.leg, audio.handle, audio.position) + audio.payload


def unpack_audio(frame: bytes) -> Audio:
    """Read a binary frame. Raises ValueError when it is none."""
    if not _AUDIO_HEAD.size <= len(frame) <= MAX_AUDIO_BYTES:
        raise ValueError(f"an audio frame of {len(frame)} bytes")
    leg, handle, position = _AUDIO_HEAD.unpack_from(frame)
    return Audio(Leg(leg), handle, position, frame[_AUDIO_HEAD.size :])

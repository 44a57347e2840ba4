"""The codings that a stream's audio can have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

FRAME_MS = 20
"""Plivo sends media, and offhook sends microphone audio, in pieces of this many milliseconds."""

L16 = "audio/x-l16"
MULAW = "audio/x-mulaw"

_ALIASES = {
    "audio/x-l16": L16,
    "audio/l16": L16,
    "audio/x-mulaw": MULAW,
    "audio/mulaw": MULAW,
    "audio/pcmu": MULAW,
}


class UnknownFormatError(ValueError):
    """A content type or rate that no stream has; the message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """One coding of mono audio: `encoding` is `audio/x-l16` (little-endian) or `audio/x-mulaw`, `rate` in Hz."""

    encoding: str
    rate: int
    sample_bytes: int = field(init=False, repr=False, compare=False)
    """Bytes of one sample."""
    bytes_per_second: int = field(init=False, repr=False, compare=False)
    """Bytes of one second of audio."""

    def __post_init__(self) -> None:
        sample_bytes = 1 if self.encoding == MULAW else 2
        object.__setattr__(self, "sample_bytes", sample_bytes)
        object.__setattr__(self, "bytes_per_second", self.rate * sample_bytes)

    @property
    def content_type(self) -> str:
        """As `<Stream contentType>` spells it, e.g. `audio/x-mulaw;rate=8000`."""
        return f"{self.encoding};rate={self.rate}"

    @property
    def label(self) -> str:
        """Short, for people: `mu-law 8k`, `L16 16k`."""
        return f"{'mu-law' if self.encoding == MULAW else 'L16'} {self.rate // 1000}k"

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame of 20 ms."""
        return self.bytes_per_second * FRAME_MS // 1000

    @property
    def silence(self) -> bytes:
        """One silent sample: 0xFF in mu-law, 0 in L16."""
        return b"\xff" if self.encoding == MULAW else b"\x00\x00"

    def whole(self, payload: bytes) -> bytes:
        """A payload without half a sample at its end, which would make noise of all behind it."""
        over = len(payload) % self.sample_bytes
        return payload[:-over] if over else payload

    def seconds(self, payload_bytes: int) -> float:
        """How long a payload of this many bytes plays."""
        return payload_bytes / self.bytes_per_second


MULAW_8K = AudioFormat(MULAW, 8000)
L16_8K = AudioFormat(L16, 8000)
L16_16K = AudioFormat(L16, 16000)
L16_24K = AudioFormat(L16, 24000)

STREAM_FORMATS = (L16_8K, L16_16K, MULAW_8K, L16_24K)
"""Every content type that a `<Stream>` may ask for; the last is on Plivo's newer pages only."""


def parse_format(content_type: str, rate: int | None = None) -> AudioFormat:
    """Read a content type with or without `;rate=`; `rate` (Hz) is used where it names none.

    Raises UnknownFormatError for a coding or rate that no stream has.
    """
    kind, _, parameters = content_type.partition(";")
    encoding = _ALIASES.get(kind.strip().lower())
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "rate" and re.fullmatch("[0-9]{1,6}", value.strip()):
            rate = int(value)
    parsed = AudioFormat(encoding or kind, rate or 8000)
    if parsed not in STREAM_FORMATS:
        known = ", ".join(f.content_type for f in STREAM_FORMATS)
        raise UnknownFormatError(f"{parsed.content_type[:80]!r} is not a stream's format; known are {known}")
    return parsed

"""The frames of the load: Plivo's `media` and a bot's `playAudio`, 20 ms of mu-law each, with the time in them.

They are ready but for a number and a stamp, and are read no further than the stamp: 16 hexadecimal digits in place of
the first 16 of the payload's Base64, which is valid Base64, too.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from websockets.frames import apply_mask  # type: ignore[attr-defined]

from bridge.wire.commands import play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Media, Start, media_frame, start_frame

FRAME_NS = 20_000_000
STAMP_LENGTH = 16
TEXT, CLOSE = 0x1, 0x8
_FIRST_NUMBER = 1_000_000
_MASK = bytes.fromhex("5f3a91c7")
_PAYLOAD = bytes((i * 37) % 251 for i in range(160))
_ENCODED = base64.b64encode(_PAYLOAD)


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the two kinds of frames: how long its text is, and where in it the stamp is."""

    template: bytes
    length: int
    stamp_at: int
    build: Callable[[bytes, int, int], bytes]
    """The frame as it goes over the wire, of a template, a number and a stamp."""


def _kind(text: str, build: Callable[[bytes, int, int], bytes]) -> Kind:
    ready = text.encode()
    stamp_at = ready.index(_ENCODED)
    template = ready.replace(_ENCODED[:STAMP_LENGTH], b"%016x").replace(b"%d" % _FIRST_NUMBER, b"%d")
    return Kind(template, len(ready), stamp_at, build)


def _media(template: bytes, number: int, stamp: int) -> bytes:
    return client_frame(TEXT, template % (_FIRST_NUMBER + number, stamp))


def _play_audio(template: bytes, number: int, stamp: int) -> bytes:
    return server_frame(TEXT, template % stamp)


def media_of(stream_id: str) -> Kind:
    """The caller's media on a stream."""
    media = Media(stream_id=stream_id, sequence=_FIRST_NUMBER, chunk=1, timestamp="1705312200000", payload=_PAYLOAD)
    return _kind(media_frame(media), _media)


PLAY_AUDIO = _kind(play_audio_command(_PAYLOAD, MULAW_8K), _play_audio)


def start_of(stream_id: str) -> bytes:
    """The frame before a stream's media."""
    start = Start(
        stream_id=stream_id, call_id=stream_id, account_id="MA", tracks=["inbound"], sequence=_FIRST_NUMBER - 1
    )
    return client_frame(TEXT, start_frame(start).encode())


def client_frame(opcode: int, body: bytes) -> bytes:
    """A whole message as a client sends it."""
    return _head(opcode, len(body), 0x80) + _MASK + apply_mask(body, _MASK)


def server_frame(opcode: int, body: bytes) -> bytes:
    """A whole message as a server sends it."""
    return _head(opcode, len(body), 0) + body


def _head(opcode: int, length: int, mask_bit: int) -> bytes:
    if length < 126:
        return bytes((0x80 | opcode, mask_bit | length))
    return bytes((0x80 | opcode, mask_bit | 126)) + length.to_bytes(2, "big")


class Reader:
    """Bytes of one connection in, stamps out; frames of another length than the expected kind's have none."""

    def __init__(self, expected: Kind) -> None:
        self._length = expected.length
        self._stamp_at = expected.stamp_at
        self._rest = b""
        self.frames = 0
        """Text frames that came."""
        self.closing = False
        """True when a close frame came."""

    def stamps(self, data: bytes) -> list[int]:
        """The stamps of the frames that are complete with these bytes."""
        data = self._rest + data if self._rest else data
        found: list[int] = []
        at, end = 0, len(data)
        while end - at >= 4:
            length, body = data[at + 1] & 0x7F, at + 2
            if length == 126:
                length, body = int.from_bytes(data[body : body + 2], "big"), body + 2
            masked = data[at + 1] & 0x80
            body += 4 if masked else 0
            if body + length > end:
                break
            if length == self._length:
                found.append(self._stamp(data, body, bool(masked)))
            self.frames += data[at] & 0x0F == TEXT
            self.closing = self.closing or data[at] & 0x0F == CLOSE
            at = body + length
        self._rest = data[at:]
        return found

    def _stamp(self, data: bytes, body: int, masked: bool) -> int:
        stamp_at = body + self._stamp_at
        digits = data[stamp_at : stamp_at + STAMP_LENGTH]
        if masked:
            turn = self._stamp_at % 4
            digits = apply_mask(digits, data[body - 4 + turn : body] + data[body - 4 : body - 4 + turn])
        return int(digits, 16)

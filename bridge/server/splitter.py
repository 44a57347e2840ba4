"""Where WebSocket frames begin and end (RFC 6455, section 5.2), without looking into them.

A frame is kept as the bytes it came as, so that it can be passed on unchanged: one that came masked from a client is
as valid on the next leg. Whoever wants to know what it says asks `payload`.
"""

from __future__ import annotations

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the compiled one, where there is one

FINAL, CONTROL = 0x80, 0x08
"""In the first byte of a frame that ends its message, and of one that is a ping, a pong or a close."""
END_OF_MESSAGE = bytes((FINAL, 0))
"""A frame of a server's, with nothing in it, that ends a message."""
_RESERVED = 0x70
MASKED, _LENGTH = 0x80, 0x7F
_CONTINUATION, _TEXT, _BINARY = 0x0, 0x1, 0x2
WHOLE_TEXT = FINAL | _TEXT
"""The first byte of a frame that is a whole message of text."""
_AT_ONCE = 100
"""Frames after which the other connections have their turn, so that no flood of empty ones holds up their calls."""
_NONE = (b"", -1)


class Splitter:
    """Cuts one direction of a connection into data frames and control frames.

    `masked`: whether frames must be masked, as a client's are. A frame of more than `max_bytes`, or one that breaks
    the protocol, is not cut out: it and all that follows it stays in `broken`, for whoever closes the connection.
    """

    def __init__(self, *, masked: bool, max_bytes: int) -> None:
        self.broken = b""
        self.more = False
        """Whether frames may be left that are complete: `feed` returns them, with or without new bytes."""
        self.usual = _NONE
        """How the last frame, a whole message of text, began, and its size: bytes that begin like it and have this
        size are one more such frame, and need not be fed. A size of -1 where it was another, or is not at its end."""
        self._mask_bit = MASKED if masked else 0
        self._mask_bytes = 4 if masked else 0
        self._max = max_bytes
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Take the next bytes; returns the frames that are complete with them, up to a number."""
        if self.broken:
            return []
        if self._rest:
            data = self._rest + data
        frames: list[bytes] = []
        at, end = 0, len(data)
        while end - at >= 2 and len(frames) < _AT_ONCE:
            size = self._size(data, at, end)
            if size < 0:
                self.broken = data[at:]
                break
            if not size or at + size > end:
                break
            frames.append(data[at : at + size])
            at += size
        self._rest = b"" if self.broken else data[at:]
        self.more = len(frames) == _AT_ONCE and bool(self._rest)
        self._expect(frames)
        return frames

    def _expect(self, frames: list[bytes]) -> None:
        self.usual = _NONE
        if frames and not self._rest and not self.broken and frames[-1][0] == WHOLE_TEXT:
            self.usual = frames[-1][: _head_bytes(frames[-1])], len(frames[-1])

    def _size(self, data: bytes, at: int, end: int) -> int:
        """Bytes of the frame that begins here; 0 while its head is incomplete, -1 for one that must not be."""
        first, second = data[at], data[at + 1]
        length = second & _LENGTH
        if first & _RESERVED or second & MASKED != self._mask_bit:
            return -1
        if first & CONTROL:
            if first & 0x0F > 0x0A or length > 125 or not first & FINAL:
                return -1
        elif first & 0x0F > _BINARY:
            return -1
        head = _head_bytes(data, at)
        if end - at < head:
            return 0
        if head > 2:
            length = int.from_bytes(data[at + 2 : at + head])
        return head + self._mask_bytes + length if length <= self._max else -1


class Messages:
    """Puts the messages of one direction together from its data frames.

    Raises ValueError for frames in an order that no message has, and for messages of more than `max_bytes`.
    """

    def __init__(self, max_bytes: int) -> None:
        self._parts: list[bytes] = []
        self._size = 0
        self._max = max_bytes
        self.is_text = True
        """Whether the newest message is text."""

    @property
    def unfinished(self) -> bool:
        """Whether a message has begun and not ended: nothing may be put between its frames."""
        return bool(self._parts)

    def add(self, frame: bytes) -> bytes | None:
        """Take a frame; returns the message that it ends, None while there is more to come."""
        if frame[0] == WHOLE_TEXT and not self._parts:
            self.is_text = True
            return payload(frame)
        begins = frame[0] & 0x0F != _CONTINUATION
        if begins == self.unfinished:
            raise ValueError("a message in the middle of another" if begins else "a continuation of nothing")
        if begins:
            self.is_text = frame[0] & 0x0F == _TEXT
            if frame[0] & FINAL:
                return payload(frame)
        self._parts.append(payload(frame))
        self._size += len(self._parts[-1])
        if self._size > self._max:
            raise ValueError("too long")
        if not frame[0] & FINAL:
            return None
        message = b"".join(self._parts)
        self.forget()
        return message

    def forget(self) -> None:
        """What has begun does not go on."""
        self._parts.clear()
        self._size = 0


def payload(frame: bytes) -> bytes:
    """What a frame says, unmasked."""
    head = _head_bytes(frame)
    if not frame[1] & MASKED:
        return frame[head:]
    return apply_mask(frame[head + 4 :], frame[head : head + 4])


def _head_bytes(data: bytes, at: int = 0) -> int:
    """Bytes of the frame that begins here, before its mask: what it is, and how long."""
    length = data[at + 1] & _LENGTH
    if length < 126:
        return 2
    return 4 if length == 126 else 10

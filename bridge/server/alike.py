"""Frames that are like one that was read before: told by their bytes, without being read again.

A call's audio comes in fifty frames a second each way that differ in their audio and their numbers alone; to read each
of them costs more than to pass it on. Here they come one behind the other, as many as have passed.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # the compiled one, where there is one

_IS_MEDIA = re.compile(rb'"event"\s*:\s*"media"')
_BEGINNING = 64
"""Bytes of a message in which its event has to be named."""


class MediaAlike:
    """`media` frames of Plivo's, masked as they come, that begin like the last one that was read."""

    def __init__(self) -> None:
        self._head = self._begins = b""
        self._mask = self._text = self._until = 0
        self._size = 0

    def learn(self, frame: bytes, message: bytes) -> None:
        """This frame was read as media, and this is what it says."""
        named = _IS_MEDIA.search(message, 0, _BEGINNING)
        if named is not None:
            self._size, self._text = len(frame), len(frame) - len(message)
            self._mask, self._until = self._text - 4, self._text + named.end()
            self._head, self._begins = frame[: self._mask], message[: named.end()]

    def newest(self, frames: bytes, count: int) -> list[bytes]:
        """The last ones of these frames, when all are alike; else nothing."""
        size, mask, text, until = self._size, self._mask, self._text, self._until
        if not size or len(frames) % size:
            return []
        for at in range(0, len(frames), size):
            begins = apply_mask(frames[at + text : at + until], frames[at + mask : at + text])
            if begins != self._begins or not frames.startswith(self._head, at):
                return []
        first = max(0, len(frames) - count * size)
        return [frames[at : at + size] for at in range(first, len(frames), size)]


class PlayAlike:
    """`playAudio` frames of a bot's, not masked, that are like the last one that was read but for their audio."""

    def __init__(self) -> None:
        self._begins = self._ends = b""
        self._size = 0

    def learn(self, frame: bytes, payload: bytes) -> None:
        """This frame was read as a `playAudio` with this payload."""
        encoded = b2a_base64(payload, newline=False)
        begins, _, ends = frame.partition(encoded)
        if encoded and ends:
            self._begins, self._ends, self._size = begins, ends, len(frame)

    def payloads(self, frames: bytes) -> list[bytes]:
        """The audio in each of these frames, when all are alike, and all of it is plain Base64; else nothing."""
        if not self._size or len(frames) % self._size:
            return []
        begins, ends = self._begins, self._ends
        audio, behind = len(begins), self._size - len(ends)
        found = []
        try:
            for at in range(0, len(frames), self._size):
                if not frames.startswith(begins, at) or not frames.startswith(ends, at + behind):
                    return []
                found.append(a2b_base64(frames[at + audio : at + behind], strict_mode=True))
        except Error:
            return []
        return found

"""Operators' voices on their way into a mix: each arrives when its network lets it, all are taken at one pace."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from bridge.audio.codec import Samples, decode
from bridge.wire.formats import AudioFormat

_READY_MS = 40
"""Held of a voice before it is taken, so that two frames may come late."""
_MOST_MS = 1_000
"""A voice that comes faster than it is taken loses its oldest part."""


@dataclass(slots=True)
class _Voice:
    waiting: deque[Samples] = field(default_factory=deque)
    held: int = 0
    """Samples waiting."""
    flowing: bool = False

    def take(self, count: int) -> Samples:
        """The next samples, with silence behind where they are fewer."""
        taken = np.zeros(count, np.float32)
        filled = 0
        while self.waiting and filled < count:
            piece = self.waiting.popleft()
            part = piece[: count - filled]
            taken[filled : filled + len(part)] = part
            filled += len(part)
            if len(part) < len(piece):
                self.waiting.appendleft(piece[len(part) :])
        self.held -= filled
        return taken


class Voices:
    """The voices of one stream, by the link that each comes on; samples at the stream's rate."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._ready = audio_format.rate * _READY_MS // 1000
        self._most = audio_format.rate * _MOST_MS // 1000
        self._voices: dict[str, _Voice] = {}

    def add(self, link: str, payload: bytes) -> None:
        """A piece of somebody's voice came, in the stream's format."""
        voice = self._voices.setdefault(link, _Voice())
        samples = decode(payload, self._format)
        voice.waiting.append(samples)
        voice.held += len(samples)
        while voice.held > self._most:
            voice.held -= len(voice.waiting.popleft())

    def take(self, count: int) -> Samples | None:
        """The next `count` samples of all together; None while nobody speaks."""
        mix: Samples | None = None
        for voice in self._voices.values():
            voice.flowing = voice.held > 0 if voice.flowing else voice.held >= self._ready
            if voice.flowing:
                taken = voice.take(count)
                mix = taken if mix is None else mix + taken
        return mix

    def forget(self, link: str) -> None:
        """Nobody speaks on this link any more."""
        self._voices.pop(link, None)

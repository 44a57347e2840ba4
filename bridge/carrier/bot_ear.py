"""A caller's ear for the bot: whether it speaks, for how long, and since when it is silent."""

from __future__ import annotations

from bridge.audio.codec import decode
from bridge.audio.voice import Voice
from bridge.wire.formats import AudioFormat


class BotEar:
    """Fed with what the caller hears; what it tells is decided a moment late, as people do."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self._format = audio_format
        self._voice = Voice(audio_format.rate)
        self._heard = 0
        self._changed_at = 0
        self.speaking = False

    def hear(self, payload: bytes) -> None:
        """Take the next audio."""
        samples = decode(payload, self._format)
        self._heard += len(samples)
        for edge in self._voice.feed(samples):
            self.speaking, self._changed_at = edge.speaking, edge.at

    @property
    def seconds(self) -> float:
        """For how long the bot has been speaking, or been silent."""
        return (self._heard - self._changed_at) / self._format.rate

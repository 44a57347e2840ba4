"""A leg that comes as media, put on a recording's timeline where it was spoken."""

from __future__ import annotations

from bridge.audio.codec import Samples, decode
from bridge.streams.arrivals import Arrivals
from bridge.streams.recording.channel import Channel
from bridge.wire.formats import AudioFormat

_PAUSE = 0.06
"""Seconds between two payloads that are not taken as one sound: something may be missing there."""
_SLIP = 0.02
"""Seconds that the leg may be off its place before it is moved there: the network's jitter is no gap."""


class MediaLeg:
    """Puts media of one format into a channel whose first sample is at `began`; times are monotonic seconds.

    It is decoded and placed in batches, which costs a third of doing so frame by frame.
    """

    def __init__(self, channel: Channel, audio_format: AudioFormat, began: float) -> None:
        self._channel = channel
        self._format = audio_format
        self._began = began
        self._arrivals = Arrivals(audio_format.rate)
        self._waiting = bytearray()
        self._came_at = began
        self._placed = 0

    def take(self, payload: bytes, at: float) -> None:
        """The next media, which came `at`; half a sample at its end is left out."""
        if at - self._came_at > _PAUSE:
            self._place_waiting()
        self._waiting += self._format.whole(payload)
        self._came_at = at

    def hear(self, until: float) -> None:
        """Place what came, and silence for what is missing by now."""
        self._place_waiting()
        self._place(self._arrivals.wait(until - self._began))

    def _place_waiting(self) -> None:
        if self._waiting:
            came = decode(bytes(self._waiting), self._format)
            self._place(self._arrivals.take(came, self._came_at - self._began))
            self._waiting.clear()

    def _place(self, samples: Samples) -> None:
        if len(samples):
            rate = self._format.rate
            at = round(self._arrivals.offset * rate) + self._placed
            self._channel.put(at, samples, slip=round(_SLIP * rate))
            self._placed += len(samples)

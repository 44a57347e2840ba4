"""From what a microphone hears to frames in the stream's own format. Starts muted."""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples, encode
from bridge.audio.levels import Meter
from bridge.audio.resample import Resampler
from bridge.wire.formats import FRAME_MS, AudioFormat

_LATEST_MS = 100
"""Sound that was not fetched for longer than this is skipped: sent late, it would delay all that follows."""


class Microphone:
    """The way of the operator's voice; nothing comes out unless it is open."""

    def __init__(self) -> None:
        self.meter = Meter()
        """What the microphone hears, muted or not."""
        self._device_rate = 48000
        self._format: AudioFormat | None = None

    def use_device(self, rate: int) -> None:
        """Take sound at this rate (Hz) from now on."""
        self._device_rate = rate
        if self._format is not None:
            self.open(self._format)

    def open(self, audio_format: AudioFormat) -> None:
        """Make frames in this format from now on."""
        self._format = audio_format
        self._resampler = Resampler(self._device_rate, audio_format.rate)
        self._pending = np.zeros(0, np.float32)

    def mute(self) -> None:
        """Make no more frames."""
        self._format = None

    def take(self, heard: Samples) -> list[bytes]:
        """Take what was heard; returns the payloads of 20 ms that are complete now, none while muted."""
        self.meter.add(heard)
        if self._format is None or not len(heard):
            return []
        latest = heard[-self._device_rate * _LATEST_MS // 1000 :]
        self._pending = np.concatenate((self._pending, self._resampler.process(latest)))
        size = self._format.rate * FRAME_MS // 1000
        complete = len(self._pending) // size * size
        frames, self._pending = self._pending[:complete], self._pending[complete:]
        return [encode(frames[at : at + size], self._format) for at in range(0, complete, size)]

"""From what a microphone hears to frames in the stream's own format. Starts muted.

Device rate, without the echo, stream rate, less noise, even loudness, frames of 20 ms: in this order.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples, encode
from bridge.audio.gain import AutomaticGain
from bridge.audio.levels import Meter
from bridge.audio.noise import NoiseGate
from bridge.audio.resample import Resampler
from bridge.audio.voice import Voice
from bridge.phone.settings import PhoneSettings
from bridge.phone.unecho import Unecho
from bridge.wire.formats import FRAME_MS, AudioFormat

_LATEST_MS = 100
"""Sound that was not fetched for longer than this is skipped: sent late, it would delay all that follows."""
_PRIVATE_MS = 40
"""What was heard before it was opened may be under way for so long, and nobody is to hear it."""

_OWN_SETTINGS = ("headset", "gain", "noise_suppression")


class Microphone:
    """The way of the operator's voice; nothing comes out unless it is open."""

    def __init__(self) -> None:
        self.meter = Meter()
        """What the microphone hears, muted or not."""
        self._settings = PhoneSettings()
        self._beside = ""
        self._far_rate = 48000
        self._rate = 48000
        self._format: AudioFormat | None = None
        self._begin()

    def use(self, settings: PhoneSettings) -> None:
        """Go by these settings from now on."""
        before, self._settings = self._settings, settings
        if any(getattr(settings, name) != getattr(before, name) for name in _OWN_SETTINGS):
            self._begin()

    def use_speakers(self, name: str, rate: int) -> None:
        """Expect what these play at this rate (Hz) in `far` from now on."""
        self._beside, self._far_rate = name, rate
        self._begin()

    def use_device(self, rate: int) -> None:
        """Take sound at this rate (Hz) from now on."""
        self._rate = rate
        self._begin()

    def open(self, audio_format: AudioFormat) -> None:
        """Make frames in this format from now on."""
        self._format = audio_format
        self._voice = _OperatorVoice(audio_format, self._rate, self._settings, gate=not self.unecho.suppresses_noise)

    def mute(self) -> None:
        """Make no more frames."""
        self._format = None

    def far(self, played: Samples) -> None:
        """Take what the speakers play: it is not the operator's voice."""
        self.unecho.far(played)

    def take(self, heard: Samples) -> list[bytes]:
        """Take what was heard; returns the payloads of 20 ms that are complete now, none while muted."""
        self.meter.add(heard)
        # Muted, too: what the echo is like is known when the first word is spoken.
        near = self.unecho.near(heard[-self._rate * _LATEST_MS // 1000 :])
        return [] if self._format is None else self._voice.frames(near)

    @property
    def gain_db(self) -> float:
        """By how much the voice is raised now."""
        return 0.0 if self._format is None else self._voice.gain_db

    @property
    def silent_seconds(self) -> float:
        """For how long nothing has been said, since it was opened."""
        return 0.0 if self._format is None else self._voice.silent_seconds

    def _begin(self) -> None:
        self.unecho = Unecho(self._rate, self._far_rate, self._beside, self._settings)
        if self._format is not None:
            silent_seconds = self._voice.silent_seconds
            self.open(self._format)
            self._voice.silent_seconds = silent_seconds  # The operator is as silent as before.


class _OperatorVoice:
    """The part of the way at the stream's rate."""

    def __init__(self, audio_format: AudioFormat, rate: int, settings: PhoneSettings, *, gate: bool) -> None:
        self._format = audio_format
        self._resampler = Resampler(rate, audio_format.rate)
        self._heard = self._cleaned = Voice(audio_format.rate)
        self._gate: NoiseGate | None = None
        if gate and settings.noise_suppression:
            self._gate, self._cleaned = NoiseGate(self._heard), Voice(audio_format.rate)
        self._gain = AutomaticGain(audio_format.rate, self._cleaned) if settings.gain else None
        self._private = rate * _PRIVATE_MS // 1000
        self._pending = np.zeros(0, np.float32)
        self.silent_seconds = 0.0

    @property
    def gain_db(self) -> float:
        return self._gain.gain_db if self._gain else 0.0

    def frames(self, heard: Samples) -> list[bytes]:
        private, self._private = self._private, max(0, self._private - len(heard))
        heard = heard[private:]
        if len(heard):
            self._pending = np.concatenate((self._pending, self._resampler.process(heard)))
        size = self._format.rate * FRAME_MS // 1000
        complete = len(self._pending) // size * size
        frames, self._pending = self._pending[:complete], self._pending[complete:]
        return [self._frame(frames[at : at + size]) for at in range(0, complete, size)]

    def _frame(self, samples: Samples) -> bytes:
        self._heard.feed(samples)
        self.silent_seconds = 0.0 if self._heard.speaking else self.silent_seconds + FRAME_MS / 1000
        if self._gate is not None:
            samples = self._gate.process(samples)
            self._cleaned.feed(samples)
        if self._gain is not None:
            samples = self._gain.process(samples)
        return encode(samples, self._format)

"""From the legs of a stream, as the link brings them, to blocks of sound for a device."""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples, decode
from bridge.audio.levels import Meter
from bridge.audio.playout import Playout
from bridge.audio.resample import Resampler
from bridge.phone.device import BLOCK_MS
from bridge.wire.formats import AudioFormat
from bridge.wire.link import Audio, Leg

_BLOCKS_PER_SECOND = 1000 // BLOCK_MS


class _LegPlayout:
    def __init__(self, rate: int) -> None:
        self.playout = Playout(rate)
        self.meter = Meter()


class Speaker:
    """Both legs of the stream in hand, each in its playout buffer, mixed into one sound at the device's rate."""

    def __init__(self) -> None:
        self.meter = Meter()
        """What goes to the device."""
        self._device_rate = 48000
        self._format: AudioFormat | None = None
        self._legs: dict[Leg, _LegPlayout] = {}

    def use_device(self, rate: int) -> None:
        """Make blocks for a device at this rate (Hz) from now on."""
        self._device_rate = rate
        self._begin()

    def use_stream(self, audio_format: AudioFormat) -> None:
        """Take the audio of another stream from now on, and forget the one before."""
        self._format = audio_format
        self._begin()

    def hear(self, audio: Audio) -> None:
        """Take a piece of a leg."""
        leg = self._legs.get(audio.leg)
        if leg is None or self._format is None:
            return
        samples = decode(audio.payload, self._format)
        leg.meter.add(samples)
        leg.playout.push(samples, audio.position)

    def block(self) -> Samples:
        """The next 10 ms for the device (the first after a change of rates are shorter)."""
        if self._format is None:
            return np.zeros(self._device_rate // _BLOCKS_PER_SECOND, np.float32)
        count = self._format.rate // _BLOCKS_PER_SECOND
        mixed = sum((leg.playout.pull(count) for leg in self._legs.values()), np.zeros(count, np.float32))
        block = np.clip(self._resampler.process(mixed), -1, 1)
        self.meter.add(block)
        return block

    def leg_dbfs(self, leg: Leg) -> float | None:
        """Level of a leg since this was last asked for."""
        return self._legs[leg].meter.read() if self._legs else None

    @property
    def depth_ms(self) -> int:
        """How much of the caller's leg is held before it plays."""
        return self._legs[Leg.CALLER].playout.depth_ms if self._legs else 0

    @property
    def underruns(self) -> int:
        """Times that media of a leg came too late."""
        return sum(leg.playout.underruns for leg in self._legs.values())

    def _begin(self) -> None:
        """Begin with nothing held: what came before, nobody has waited for."""
        if self._format is not None:
            self._legs = {leg: _LegPlayout(self._format.rate) for leg in (Leg.CALLER, Leg.AGENT)}
            self._resampler = Resampler(self._format.rate, self._device_rate)

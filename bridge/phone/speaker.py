"""From the legs of a stream, as the link brings them, to blocks of sound for a device.

On a stereo device the caller is heard on the left and the far end on the right, on any other, or where the settings
say so, both in the middle.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.delay import BALANCED, SMOOTH
from bridge.audio.levels import Meter
from bridge.audio.ring import Ring
from bridge.phone.device import BLOCK_MS, Block
from bridge.phone.leg import HeardLeg
from bridge.phone.player import Player
from bridge.phone.settings import PhoneSettings
from bridge.wire.formats import AudioFormat
from bridge.wire.link.audio import Audio, Leg

_BLOCKS_PER_SECOND = 1000 // BLOCK_MS
_AHEAD_MS = 20
"""What is ready for the output device at any time: it may ask for two blocks at once."""
_MOST_TOLD_SECONDS = 10
_LEGS = (Leg.CALLER, Leg.AGENT)
_PROFILES = {"balanced": BALANCED, "smooth": SMOOTH}


class Speaker:
    """Both legs of the stream in hand, each in its playout buffer, and what only the operator is to hear."""

    def __init__(self) -> None:
        self.meter = Meter()
        """What goes to the device."""
        self.player = Player()
        self._settings = PhoneSettings()
        self._ring = Ring(48000)
        self._rate = 48000
        self._channels = 1
        self._format: AudioFormat | None = None
        self._legs: dict[Leg, HeardLeg] = {}
        self._told = np.zeros(0, np.float32)

    def use(self, settings: PhoneSettings) -> None:
        """Go by these volumes, and this profile, from now on."""
        before, self._settings = self._settings, settings
        if settings.profile != before.profile:
            self._begin()
        for leg in self._legs:
            self._legs[leg].volume_db = self._volume_db(leg)

    def use_device(self, ring: Ring, rate: int, channels: int) -> None:
        """Fill this ring, for a device of this rate (Hz), from now on."""
        self._ring, self._rate, self._channels = ring, rate, channels
        self._told = self._told[:0]
        self._begin()

    def use_stream(self, audio_format: AudioFormat) -> None:
        """Take the audio of another stream from now on, and forget the one before."""
        self._format = audio_format
        self._begin()

    def hear(self, audio: Audio) -> None:
        """Take a piece of a leg. An empty one says that what is held of the leg was cleared: it falls silent."""
        leg = self._legs.get(audio.leg)
        if leg is None:
            return
        if audio.payload:
            leg.push(audio)
        else:
            leg.cut()
            while not self._faded_out(leg):
                pass

    def tell(self, sound: Samples) -> None:
        """Let the operator, and nobody else, hear this sound (at `rate`), after what is still to be told."""
        self._told = np.concatenate((self._told, sound))[: _MOST_TOLD_SECONDS * self._rate]

    @property
    def rate(self) -> int:
        """The device's rate in Hz."""
        return self._rate

    def feed(self) -> None:
        """Make sure that the device has enough to play."""
        while self._ring.held < self._rate * self._channels * _AHEAD_MS // 1000:
            self._ring.write(self.block().reshape(-1))

    def block(self) -> Block:
        """The next 10 ms for the device (the first after a change of rates are shorter)."""
        count = self._rate // _BLOCKS_PER_SECOND
        if self._legs:
            count = max(leg.next() for leg in self._legs.values())
        block = self._mixed(count)
        told, self._told = self._told[:count], self._told[count:]
        block[: len(told)] += told[:, np.newaxis]
        if self.player.playing:
            recorded = self.player.take(count, self._rate)
            block += recorded if self._channels == 2 else recorded.sum(axis=1, keepdims=True)
        self.meter.add(block.sum(axis=1))
        return np.clip(block, -1, 1, out=block)

    def leg_dbfs(self, leg: Leg) -> float | None:
        """Level of a leg since this was last asked for."""
        return self._legs[leg].meter.read() if self._legs else None

    @property
    def caller(self) -> HeardLeg | None:
        """The caller's leg, while there is a stream."""
        return self._legs.get(Leg.CALLER)

    def _faded_out(self, leg: HeardLeg) -> bool:
        """Fade a leg out of what the device has not taken yet; False if it took some of that meanwhile."""
        unheard = self._ring.held // self._channels
        leg.fade_out(unheard)
        faded = np.clip(self._mixed(unheard), -1, 1).reshape(-1)
        # Before it is written: what is taken once it has been is as it should be.
        if unheard != self._ring.held // self._channels:
            return False
        self._ring.rewrite(faded)
        return True

    def _mixed(self, count: int) -> Block:
        """The last `count` samples of both legs."""
        block = np.zeros((count, self._channels), np.float32)
        for channel, leg in enumerate(self._legs.values()):
            if self._settings.stereo:
                block[:, channel % self._channels] += leg.last(count)
            else:
                block += leg.last(count)[:, np.newaxis]
        return block

    def _begin(self) -> None:
        """Begin with nothing held: what came before, nobody has waited for."""
        if self._format is not None:
            profile = _PROFILES[self._settings.profile]
            self._legs = {leg: HeardLeg(self._format, self._rate, profile, self._volume_db(leg)) for leg in _LEGS}

    def _volume_db(self, leg: Leg) -> float:
        return self._settings.caller_volume_db if leg is Leg.CALLER else self._settings.agent_volume_db

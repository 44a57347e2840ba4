"""One leg on its way to the ear: its playout buffer, the device's rate, its volume."""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples, decode
from bridge.audio.delay import Profile
from bridge.audio.levels import Meter
from bridge.audio.playout import Playout
from bridge.audio.resample import Resampler
from bridge.wire.formats import AudioFormat
from bridge.wire.link.audio import Audio

_BLOCKS_PER_SECOND = 100
_FADE_MS = 5
_RECENT_MS = 100


class HeardLeg:
    """A leg in a stream's format, to be heard at `rate` (Hz) and at `volume_db`."""

    def __init__(self, audio_format: AudioFormat, rate: int, profile: Profile, volume_db: float) -> None:
        self._format = audio_format
        self._rate = rate
        self._profile = profile
        self._amplitude = _amplitude(volume_db)
        self._recent = self._uncut = np.zeros(rate * _RECENT_MS // 1000, np.float32)
        self.volume_db = volume_db
        self.meter = Meter()
        """The leg as it came."""
        self._empty()

    def push(self, audio: Audio) -> None:
        """Take a piece of the leg."""
        samples = decode(audio.payload, self._format)
        self.meter.add(samples)
        self._playout.push(samples, audio.position)

    def next(self) -> int:
        """Go on by 10 ms; returns how many samples those are (the first after a change of rates are fewer)."""
        sound = self._resampler.process(self._playout.pull(self._format.rate // _BLOCKS_PER_SECOND))
        before, self._amplitude = self._amplitude, _amplitude(self.volume_db)
        sound = sound * np.linspace(before, self._amplitude, len(sound), dtype=np.float32)
        self._recent = np.concatenate((self._recent, sound))[len(sound) :]
        return len(sound)

    def last(self, count: int) -> Samples:
        """The last `count` samples, at most those of 100 ms."""
        return self._recent[len(self._recent) - count :]

    def cut(self) -> None:
        """Drop what is held."""
        self._uncut = self._recent
        self._empty()

    def fade_out(self, unheard: int) -> None:
        """Fade out what was there before the cut within its last `unheard` samples; may be done over again."""
        self._recent = self._uncut.copy()
        tail = self.last(unheard)
        fade = min(self._rate * _FADE_MS // 1000, unheard)
        tail[:fade] *= np.linspace(1, 0, fade, dtype=np.float32)
        tail[fade:] = 0

    @property
    def depth_ms(self) -> int:
        """How much is held before it plays."""
        return self._playout.depth_ms

    @property
    def target_ms(self) -> int:
        """How much ought to be held."""
        return self._playout.target_ms

    @property
    def concealed_ms(self) -> int:
        """Speech that was made up since the last cut."""
        return self._ms(self._playout.concealed)

    @property
    def shortened_ms(self) -> int:
        """Left out to make the delay shorter, since the last cut."""
        return self._ms(self._playout.shortened)

    @property
    def lengthened_ms(self) -> int:
        """Put in to make the delay longer, since the last cut."""
        return self._ms(self._playout.lengthened)

    def _ms(self, samples: int) -> int:
        return samples * 1000 // self._format.rate

    def _empty(self) -> None:
        self._playout = Playout(self._format.rate, self._profile)
        self._resampler = Resampler(self._format.rate, self._rate)


def _amplitude(decibels: float) -> float:
    return 10 ** (decibels / 20)

"""A recording on its way to the ear: a stereo WAV file of this machine, from any instant on, at the device's rate."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from bridge.audio.resample import Resampler
from bridge.phone.device import Block

_READS_PER_SECOND = 50
_FULL_SCALE = 2.0**15


class PlayerError(Exception):
    """A file that cannot be played; the message is a sentence for the user."""


class Player:
    """Plays one file at a time; read as it is played, so that hours of it take no memory."""

    def __init__(self) -> None:
        self._wav: wave.Wave_read | None = None
        self._rate = 0
        self._resamplers: tuple[Resampler, Resampler] | None = None
        self._ready = np.zeros((0, 2), np.float32)
        self._begun_at = 0.0
        self._taken = 0
        self.playing = False

    @property
    def seconds(self) -> float:
        """How far into the file it is."""
        return self._begun_at + (self._taken / self._rate if self._rate else 0.0)

    def play(self, path: Path, seconds: float) -> None:
        """Play this file from here on. Raises PlayerError for what is no stereo recording of 16 bits."""
        self.pause()
        try:
            self._wav = wave.open(str(path), "rb")  # noqa: SIM115 (closed when it ends)
            if (self._wav.getnchannels(), self._wav.getsampwidth()) != (2, 2):
                raise wave.Error("it is not stereo with 16 bits")
            first = round(min(seconds * self._wav.getframerate(), self._wav.getnframes()))
            self._wav.setpos(first)
        except (OSError, EOFError, wave.Error) as error:
            self.pause()
            raise PlayerError(f"{path} cannot be played: {error}.") from error
        self._begun_at, self._taken, self._rate = first / self._wav.getframerate(), 0, 0
        self.playing = True

    def pause(self) -> None:
        """Fall silent, and let go of the file."""
        if self._wav is not None:
            self._wav.close()
        self._wav = None
        self.playing = False

    def take(self, count: int, rate: int) -> Block:
        """The next `count` moments at `rate` (Hz), left and right; silence when it does not play, or no more."""
        if not self.playing:
            return np.zeros((count, 2), np.float32)
        if rate != self._rate:
            self._begin(rate)
        while len(self._ready) < count and self._read():
            pass
        block, self._ready = self._ready[:count], self._ready[count:]
        self._taken += len(block)
        if len(block) < count:
            self.pause()
        return np.concatenate((block, np.zeros((count - len(block), 2), np.float32)))

    def _begin(self, rate: int) -> None:
        assert self._wav is not None
        self._begun_at, self._taken, self._rate = self.seconds, 0, rate
        self._ready = self._ready[:0]
        self._resamplers = (Resampler(self._wav.getframerate(), rate), Resampler(self._wav.getframerate(), rate))

    def _read(self) -> bool:
        """Get the next 20 ms ready; False at the end of the file."""
        assert self._wav is not None
        assert self._resamplers is not None
        data = self._wav.readframes(self._wav.getframerate() // _READS_PER_SECOND)
        legs = np.frombuffer(data[: len(data) // 4 * 4], "<i2").reshape(-1, 2).T.astype(np.float32) / _FULL_SCALE
        sound = [resampler.process(leg, last=not data) for resampler, leg in zip(self._resamplers, legs, strict=True)]
        self._ready = np.concatenate((self._ready, np.stack(sound, axis=1)))
        return bool(data)

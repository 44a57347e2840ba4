"""What people on an emulated call say: a voice is given what was heard in the last 20 ms, and says the next 20 ms.

The sentences in `speech/` were made by `speech/make.sh`; who speaks is the first part of a file's name.
"""

from __future__ import annotations

import wave
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import cycle
from pathlib import Path
from random import Random

from bridge.audio.codec import decode, encode
from bridge.audio.levels import payload_dbfs
from bridge.audio.resample import resample
from bridge.wire.formats import FRAME_MS, L16_8K, AudioFormat

Voice = Callable[[bytes], bytes]
"""Payload heard, to payload said: both in the stream's format, what is said always exactly one frame."""
VoiceOf = Callable[[AudioFormat], Voice]
"""A voice for a stream's format, which is known only when the answer URL has been asked."""

_SPEECH = Path(__file__).parent / "speech"
_QUIET_DBFS = -50.0
_REPLY_AFTER = 0.6
"""Seconds of quiet after which somebody has finished speaking."""
_PARROT_REMEMBERS = 20.0
"""Seconds that a parrot keeps before it interrupts."""


def silence(audio_format: AudioFormat) -> Voice:
    """Somebody who says nothing."""
    frame = _silent_frame(audio_format)
    return lambda heard: frame


class Talker:
    """Somebody who says their sentences in turn, for ever, with pauses, and begins none while another speaks.

    The same seed gives the same pauses. `pauses` are the shortest and the longest, in seconds.
    """

    def __init__(
        self, audio_format: AudioFormat, who: str, *, seed: int = 0, pauses: tuple[float, float] = (1.0, 3.0)
    ) -> None:
        self._format = audio_format
        self._random = Random(seed)
        self._pauses = pauses
        self._sentences = cycle(sentences(who, audio_format))
        self._saying: Iterator[bytes] = iter(())
        self._silent_frame = _silent_frame(audio_format)
        self._quiet_left = _frames(_REPLY_AFTER)

    def __call__(self, heard: bytes) -> bytes:
        """The next frame."""
        frame = next(self._saying, None)
        if frame is not None:
            return frame
        self._quiet_left -= 1
        if _is_speech(heard, self._format):
            self._quiet_left = max(self._quiet_left, _frames(_REPLY_AFTER))
        if self._quiet_left <= 0:
            self._saying = iter(next(self._sentences))
            self._quiet_left = _frames(self._random.uniform(*self._pauses))
        return self._silent_frame


class Parrot:
    """Somebody who says back what they hear, once the other has finished: an operator hears their own voice."""

    def __init__(self, audio_format: AudioFormat, *, seed: int = 0) -> None:
        self._format = audio_format
        self._introduction = Talker(audio_format, "echo", seed=seed, pauses=(15.0, 25.0))
        self._saying: Iterator[bytes] = iter(())
        self._remembered = bytearray()
        self._quiet_frames = 0

    def __call__(self, heard: bytes) -> bytes:
        """The next frame."""
        self._remember(heard)
        return next(self._saying, None) or self._introduction(heard)

    def _remember(self, heard: bytes) -> None:
        speech = _is_speech(heard, self._format)
        self._quiet_frames = 0 if speech else self._quiet_frames + 1
        if speech or self._remembered:
            self._remembered += heard
        finished = self._quiet_frames >= _frames(_REPLY_AFTER)
        if self._remembered and (finished or self._format.seconds(len(self._remembered)) > _PARROT_REMEMBERS):
            self._saying = iter(_cut_in_frames(bytes(self._remembered), self._format))
            self._remembered.clear()


@lru_cache
def sentences(who: str, audio_format: AudioFormat) -> list[list[bytes]]:
    """The frames of each of a speaker's sentences."""
    files = sorted(_SPEECH.glob(f"{who}-*.wav"))
    return [_cut_in_frames(_load(file, audio_format), audio_format) for file in files]


def _load(file: Path, audio_format: AudioFormat) -> bytes:
    with wave.open(str(file)) as recording:
        samples = decode(recording.readframes(recording.getnframes()), L16_8K)
    return encode(resample(samples, L16_8K.rate, audio_format.rate), audio_format)


def _cut_in_frames(payload: bytes, audio_format: AudioFormat) -> list[bytes]:
    size = audio_format.frame_bytes
    frames = [payload[at : at + size] for at in range(0, len(payload), size)]
    missing_samples = (size - len(frames[-1])) // audio_format.sample_bytes
    frames[-1] += audio_format.silence * missing_samples
    return frames


def _silent_frame(audio_format: AudioFormat) -> bytes:
    return audio_format.silence * (audio_format.frame_bytes // audio_format.sample_bytes)


def _is_speech(payload: bytes, audio_format: AudioFormat) -> bool:
    level = payload_dbfs(payload, audio_format)
    return level is not None and level > _QUIET_DBFS


def _frames(seconds: float) -> int:
    return round(seconds * 1000 / FRAME_MS)

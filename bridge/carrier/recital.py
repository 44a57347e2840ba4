"""Somebody who says a recording once, and is silent before and after it."""

from __future__ import annotations

from itertools import chain, repeat

from bridge.audio.codec import Samples, encode
from bridge.audio.resample import resample
from bridge.carrier.voice import Voice, VoiceOf, silence
from bridge.wire.formats import FRAME_MS, AudioFormat


def recital(samples: Samples, rate: int, after: float = 0.0) -> VoiceOf:
    """A voice that says samples of `rate` (Hz), from `after` seconds of the stream on."""

    def begin(audio_format: AudioFormat) -> Voice:
        quiet = silence(audio_format)(b"")
        waiting = round(after * 1000 / FRAME_MS)
        said = chain(repeat(quiet, waiting), frames_of(samples, rate, audio_format), repeat(quiet))
        return lambda heard: next(said)

    return begin


def frames_of(samples: Samples, rate: int, audio_format: AudioFormat) -> list[bytes]:
    """The samples in frames of the stream's format, the last one filled up with silence."""
    payload = encode(resample(samples, rate, audio_format.rate), audio_format)
    size = audio_format.frame_bytes
    missing = -len(payload) % size // audio_format.sample_bytes
    payload += audio_format.silence * missing
    return [payload[at : at + size] for at in range(0, len(payload), size)]

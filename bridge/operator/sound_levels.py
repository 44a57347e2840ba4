"""How loud the legs of a recording are, from its sound: what its waveforms are drawn from."""

from __future__ import annotations

import wave
from datetime import datetime
from pathlib import Path

import numpy as np

from bridge.audio.levels import SILENCE_DBFS
from bridge.operator.levels import Levels, level_byte
from bridge.wire.link.audio import Leg

_STEPS_PER_SECOND = 100
_SECONDS_AT_ONCE = 60
_FULL_SCALE = 2.0**15
_SILENCE = 10 ** (SILENCE_DBFS / 10)


class SoundError(ValueError):
    """A file is no recording's sound; the message is a sentence for the user."""


def levels_of(path: Path, began_at: datetime) -> dict[Leg, Levels]:
    """The levels of both legs of a stereo WAV file, a hundred a second. An hour takes half a second.

    Raises SoundError.
    """
    caller, agent = bytearray(), bytearray()
    try:
        with wave.open(str(path), "rb") as wav:
            if (wav.getnchannels(), wav.getsampwidth()) != (2, 2):
                raise wave.Error("it is not stereo with 16 bits")
            samples = wav.getframerate() // _STEPS_PER_SECOND
            step = samples / wav.getframerate()
            while data := wav.readframes(samples * _STEPS_PER_SECOND * _SECONDS_AT_ONCE):
                caller += _steps(data, 0, samples)
                agent += _steps(data, 1, samples)
    except EOFError as error:
        raise SoundError("The recording's sound cannot be read: it is cut off where it begins.") from error
    except (OSError, wave.Error) as error:
        raise SoundError(f"The recording's sound cannot be read: {error}.") from error
    began = began_at.timestamp()
    return {Leg.CALLER: Levels(began, step, bytes(caller)), Leg.AGENT: Levels(began, step, bytes(agent))}


def _steps(data: bytes, channel: int, samples: int) -> bytes:
    """A level for each so many samples of a channel; a rest of fewer is left out."""
    leg = np.frombuffer(data[: len(data) // 4 * 4], "<i2")[channel::2].astype(np.float32) / _FULL_SCALE
    power = np.square(leg[: len(leg) // samples * samples]).reshape(-1, samples).mean(axis=1)
    halves, which = np.unique(np.round(20 * np.log10(np.maximum(power, _SILENCE))), return_inverse=True)
    codes = [level_byte(half / 2 if half / 2 > SILENCE_DBFS else None) for half in halves]
    return np.array(codes, np.uint8)[which].tobytes()

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from bridge.operator.levels import SILENT_DBFS
from bridge.operator.sound_levels import SoundError, levels_of
from bridge.wire.link.audio import Leg
from tests.operator.fake_bridge import NOW

T = NOW.timestamp()


def a_wav(path: Path, caller: np.ndarray, far: np.ndarray, rate: int = 8000, channels: int = 2) -> Path:
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes((np.stack((caller, far), axis=1)[:, :channels] * 32768).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize("rate", [8000, 16000, 24000])
def test_each_leg_has_its_own_levels(tmp_path: Path, rate: int) -> None:
    at = np.arange(2 * rate) / rate
    caller = 0.1 * np.sin(2 * np.pi * 400 * at) * (at >= 1)
    levels = levels_of(a_wav(tmp_path / "call.wav", caller, np.full(2 * rate, 0.5), rate), NOW)
    assert levels[Leg.CALLER].columns(T, 0.5, 4) == [SILENT_DBFS, SILENT_DBFS, -23, -23]
    assert levels[Leg.AGENT].columns(T, 1, 3) == [-6, -6, None]
    assert levels[Leg.CALLER].seconds == pytest.approx(2)


def test_a_recording_of_minutes_is_read_piece_by_piece(tmp_path: Path) -> None:
    samples = np.zeros(130 * 8000)
    samples[125 * 8000 :] = 0.25
    levels = levels_of(a_wav(tmp_path / "call.wav", samples, samples), NOW)
    assert levels[Leg.CALLER].columns(T + 124.98, 0.01, 4) == [SILENT_DBFS, SILENT_DBFS, -12, -12]
    assert levels[Leg.AGENT].seconds == pytest.approx(130)


def test_what_is_no_stereo_recording_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with pytest.raises(SoundError, match="No such file"):
        levels_of(path, NOW)
    path.write_bytes(io.BytesIO(b"RIFF and not much else").getvalue())
    with pytest.raises(SoundError, match="cannot be read"):
        levels_of(path, NOW)
    for length in (0, 30):
        path.write_bytes(a_wav(path, np.zeros(80), np.zeros(80)).read_bytes()[:length])
        with pytest.raises(SoundError, match="it is cut off"):
            levels_of(path, NOW)
    with pytest.raises(SoundError, match="not stereo"):
        levels_of(a_wav(path, np.zeros(80), np.zeros(80), channels=1), NOW)

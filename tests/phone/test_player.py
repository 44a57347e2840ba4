"""A recording reaches the operator's ears: both sides, at the device's rate, from any instant on."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.ring import Ring
from bridge.phone.player import Player, PlayerError
from bridge.phone.speaker import Speaker
from tests.phone.conftest import TestHandset
from tests.phone.test_hearing import strength
from tests.sound_rig import RATE, SoundRig


def a_recording(path: Path, seconds: float = 2.0, rate: int = 8000, channels: int = 2) -> Path:
    """The caller is 440 Hz, the far end 1 kHz and silent for the first second; each with an amplitude of 0.25."""
    at = np.arange(int(seconds * rate)) / rate
    caller = 0.25 * np.sin(2 * np.pi * 440 * at)
    far = 0.25 * np.sin(2 * np.pi * 1000 * at) * (at >= 1)
    with wave.open(str(path), "wb") as wav:
        wav.setnchannels(channels)
        wav.setsampwidth(2)
        wav.setframerate(rate)
        wav.writeframes((np.stack((caller, far), axis=1)[:, :channels] * 32767).astype("<i2").tobytes())
    return path


def heard(player: Player, seconds: float, rate: int) -> np.ndarray:
    return np.concatenate([player.take(rate // 100, rate) for _ in range(round(seconds * 100))])


@pytest.mark.parametrize("rate", [8000, 44100, 48000])
def test_both_sides_are_heard_at_the_devices_rate_and_then_silence(tmp_path: Path, rate: int) -> None:
    player = Player()
    player.play(a_recording(tmp_path / "call.wav"), 0)
    sound = heard(player, 1.99, rate)
    at = np.arange(len(sound)) / rate
    assert np.corrcoef(sound[rate // 10 :, 0], np.sin(2 * np.pi * 440 * at)[rate // 10 :])[0, 1] > 0.999
    assert not sound[: rate * 9 // 10, 1].any()
    assert np.abs(sound[rate * 11 // 10 :, 1]).max() == pytest.approx(0.25, rel=0.02)
    assert player.seconds == pytest.approx(1.99)
    assert not heard(player, 0.5, rate)[rate // 50 :].any()
    assert not player.playing
    assert player.seconds == pytest.approx(2.0, abs=0.003)


def test_it_plays_from_any_instant_on(tmp_path: Path) -> None:
    player = Player()
    player.play(a_recording(tmp_path / "call.wav"), 1.5)
    sound = heard(player, 0.4, 48000)
    assert np.abs(sound[480:, 1]).max() > 0.24
    assert player.seconds == pytest.approx(1.9)


@pytest.mark.parametrize("instant", [2.0, 99.0])
def test_behind_the_end_there_is_nothing(tmp_path: Path, instant: float) -> None:
    player = Player()
    player.play(a_recording(tmp_path / "call.wav"), instant)
    assert not heard(player, 0.1, 8000).any()
    assert not player.playing


def test_another_device_goes_on_where_the_one_before_was(tmp_path: Path) -> None:
    player = Player()
    player.play(a_recording(tmp_path / "call.wav"), 0)
    heard(player, 0.5, 44100)
    heard(player, 0.5, 48000)
    assert player.seconds == pytest.approx(1.0)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all, but some text that is longer than a header"])
def test_what_is_no_recording_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "call.wav"
    path.write_bytes(content)
    player = Player()
    with pytest.raises(PlayerError, match=r"call\.wav cannot be played"):
        player.play(path, 0)
    assert not player.playing


def test_a_file_that_is_not_there_or_not_stereo_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlayerError, match="No such file"):
        Player().play(tmp_path / "none.wav", 0)
    with pytest.raises(PlayerError, match="not stereo"):
        Player().play(a_recording(tmp_path / "mono.wav", channels=1), 0)


@pytest.mark.parametrize("channels", [1, 2])
def test_the_speakers_play_it_on_their_sides_or_mixed(tmp_path: Path, channels: int) -> None:
    speaker = Speaker()
    speaker.use_device(Ring(48000), 48000, channels)
    speaker.player.play(a_recording(tmp_path / "call.wav"), 1.0)
    sound = np.concatenate([speaker.block() for _ in range(90)])[4800:]
    assert sound.shape == (48000 * 8 // 10, channels)
    assert strength(sound[:, 0], 440) == pytest.approx(0.25, rel=0.02)
    assert strength(sound[:, -1], 1000) == pytest.approx(0.25, rel=0.02)
    assert strength(sound[:, 0], 1000) == pytest.approx(0.25 if channels == 1 else 0, abs=0.005)


async def test_the_phone_plays_it_says_how_far_it_is_and_pauses(
    sound_rig: SoundRig, handset: TestHandset, tmp_path: Path
) -> None:
    path = a_recording(tmp_path / "call.wav", seconds=30)
    await handset.start()
    await handset.until(lambda state: state.output_device)
    async with sound_rig.recording() as recording:
        await handset.play(path, 20)
        await handset.until(lambda state: (state.played_s or 0) > 20.3)
        await recording.discard()
        sound = await recording.next_stereo(0.5)
    assert strength(sound[:, 0], 440) == pytest.approx(0.25, rel=0.05)
    assert strength(sound[:, 1], 1000) == pytest.approx(0.25, rel=0.05)
    assert sound.shape == (RATE // 2, 2)
    await handset.pause()
    await handset.until(lambda state: state.played_s is None)


async def test_the_phone_says_why_it_cannot_play_a_file(handset: TestHandset, tmp_path: Path) -> None:
    await handset.play(tmp_path / "none.wav", 0)
    state = await handset.until(lambda state: state.refused)
    assert "No such file" in state.refused
    assert state.played_s is None

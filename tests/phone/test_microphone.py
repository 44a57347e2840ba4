"""What a microphone hears becomes frames of 20 ms in the stream's format, or nothing."""

from __future__ import annotations

import numpy as np
import pytest

from bridge.audio.codec import decode
from bridge.phone.microphone import Microphone
from bridge.wire.formats import MULAW_8K, STREAM_FORMATS, AudioFormat


def tone(rate: int, seconds: float) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def take(microphone: Microphone, samples: np.ndarray, block: int) -> list[bytes]:
    return [frame for at in range(0, len(samples), block) for frame in microphone.take(samples[at : at + block])]


@pytest.mark.parametrize("device_rate", [44100, 48000])
@pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)
def test_a_second_is_50_frames_less_what_is_under_way_and_was_before(device_rate: int, audio_format: AudioFormat):
    microphone = Microphone()
    microphone.use_device(device_rate)
    microphone.open(audio_format)
    frames = take(microphone, tone(device_rate, 1), device_rate // 100)
    assert len(frames) == 47
    assert {len(frame) for frame in frames} == {audio_format.frame_bytes}
    said = np.concatenate([decode(frame, audio_format) for frame in frames])
    spectrum = np.abs(np.fft.rfft(said * np.hanning(len(said))))
    frequencies = np.fft.rfftfreq(len(said), 1 / audio_format.rate)
    assert frequencies[np.argmax(spectrum)] == pytest.approx(440, abs=1.5)


def test_nothing_is_said_while_muted_but_the_meter_moves():
    microphone = Microphone()
    assert take(microphone, tone(48000, 0.1), 480) == []
    assert microphone.meter.read() == pytest.approx(-9, abs=0.2)
    microphone.open(MULAW_8K)
    assert take(microphone, tone(48000, 0.1), 480) != []
    microphone.mute()
    assert take(microphone, tone(48000, 0.1), 480) == []


def test_nothing_of_what_was_heard_while_muted_is_said_later():
    microphone = Microphone()
    microphone.open(MULAW_8K)
    take(microphone, tone(48000, 0.11), 480)
    microphone.mute()
    microphone.open(MULAW_8K)
    frames = take(microphone, np.zeros(4800, np.float32), 480)
    assert np.abs(np.concatenate([decode(frame, MULAW_8K) for frame in frames])).max() < 0.001


def test_what_waited_too_long_is_skipped():
    microphone = Microphone()
    microphone.open(MULAW_8K)
    assert len(microphone.take(tone(48000, 0.5))) <= 5


def test_another_device_goes_on_in_the_same_format():
    microphone = Microphone()
    microphone.open(MULAW_8K)
    microphone.use_device(44100)
    assert len(take(microphone, tone(44100, 1), 441)) == 47


def test_who_is_silent_is_so_beside_other_devices_too():
    microphone = Microphone()
    microphone.open(MULAW_8K)
    take(microphone, np.zeros(48000, np.float32), 480)
    microphone.use_speakers("others", 44100)
    microphone.use_device(44100)
    take(microphone, np.zeros(44100, np.float32), 441)
    assert microphone.silent_seconds == pytest.approx(2, abs=0.15)
    microphone.open(MULAW_8K)
    assert microphone.silent_seconds == 0


def test_no_samples_are_no_frames():
    microphone = Microphone()
    microphone.open(MULAW_8K)
    assert microphone.take(np.zeros(0, np.float32)) == []

"""The phone's process on a real PortAudio: what the bridge sends is heard, what is said reaches the bridge."""

from __future__ import annotations

import asyncio
import os
import signal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace

from bridge.audio.codec import decode
from bridge.wire.formats import STREAM_FORMATS, AudioFormat
from bridge.wire.link.audio import Audio, Leg
from tests.phone.conftest import TestHandset, running_handset
from tests.phone.fake_bridge import FakeBridge, fake_bridge, until
from tests.sound_rig import RATE, SoundRig

HZ = 440
every_format = pytest.mark.parametrize("audio_format", STREAM_FORMATS, ids=lambda f: f.label)


def tone(seconds: float, rate: int, hz: float = HZ) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def pitch(samples: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.fft.rfftfreq(len(samples), 1 / rate)[np.argmax(spectrum)])


def peaks_by_ms(samples: np.ndarray, rate: int) -> np.ndarray:
    return np.abs(samples[: len(samples) // (rate // 1000) * (rate // 1000)].reshape(-1, rate // 1000)).max(axis=1)


def loudest_click(samples: np.ndarray, rate: int) -> float:
    """How much steeper the sound gets than a tone of this pitch and loudness can be."""
    return float(np.abs(np.diff(samples)).max() / (0.5 * 2 * np.pi * HZ / rate))


async def listening(handset: TestHandset) -> None:
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.output_device and state.listening)


async def on_air(handset: TestHandset) -> None:
    await listening(handset)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)


async def hear_tone(sound_rig: SoundRig, bridge: FakeBridge) -> np.ndarray:
    """What comes out of the speaker when the caller is a tone, from where it begins."""
    async with sound_rig.recording() as recording, asyncio.TaskGroup() as tasks:
        tasks.create_task(bridge.play(tone(1.2, bridge.format.rate)))
        heard = await recording.next(1.1)
    begin = int(np.argmax(peaks_by_ms(heard, RATE) > 0.3))
    assert begin < 300
    return heard[(begin + 10) * RATE // 1000 :]


async def say_tone(bridge: FakeBridge) -> list[tuple[float, Audio]]:
    """What comes to the bridge while the microphone hears a tone."""
    bridge.voice.clear()
    await until(lambda: len(bridge.voice) > 50)
    return bridge.voice[10:50]


def samples_of(voice: list[tuple[float, Audio]], audio_format: AudioFormat) -> np.ndarray:
    return np.concatenate([decode(audio.payload, audio_format) for _, audio in voice])


def gaps_ms(samples: np.ndarray, rate: int) -> int:
    return int((peaks_by_ms(samples, rate) < 0.15).sum())


@every_format
async def test_the_caller_is_heard_at_the_right_pitch_without_a_gap_or_a_click(
    sound_rig: SoundRig, tmp_path: Path, audio_format: AudioFormat
):
    async with fake_bridge(audio_format) as bridge, running_handset(bridge, tmp_path / "log") as handset:
        await listening(handset)
        heard = await hear_tone(sound_rig, bridge)
    assert gaps_ms(heard, RATE) == 0
    assert pitch(heard[-RATE // 2 :], RATE) == pytest.approx(HZ, abs=1.5)
    assert loudest_click(heard, RATE) < 1.3


async def test_both_legs_are_heard_together_and_metered_apart(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await listening(handset)
    async with sound_rig.recording() as recording, asyncio.TaskGroup() as tasks:
        tasks.create_task(bridge.play(tone(2, 8000) * 0.8, Leg.CALLER))
        tasks.create_task(bridge.play(tone(2, 8000, hz=1000) * 0.2, Leg.AGENT))
        await recording.next(0.6)
        heard = await recording.next(1)
        state = await handset.until(lambda state: state.caller_dbfs and state.agent_dbfs and state.speaker_dbfs)
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard)))) * 4 / len(heard)
    assert spectrum[HZ] == pytest.approx(0.4, rel=0.05)
    assert spectrum[1000] == pytest.approx(0.1, rel=0.05)
    assert state.caller_dbfs == pytest.approx(-11, abs=0.5)
    assert state.agent_dbfs == pytest.approx(-23, abs=0.5)
    assert state.speaker_dbfs == pytest.approx(-10.7, abs=0.7)


@every_format
async def test_the_microphone_reaches_the_bridge_as_20_ms_frames_of_the_streams_format(
    sound_rig: SoundRig, tmp_path: Path, audio_format: AudioFormat
):
    async with (
        fake_bridge(audio_format) as bridge,
        running_handset(bridge, tmp_path / "log") as handset,
        sound_rig.speak(tone(6, RATE)),
    ):
        await on_air(handset)
        await handset.until(lambda state: (state.microphone_dbfs or -99) > -12)
        voice = await say_tone(bridge)
    assert {(audio.leg, audio.handle) for _, audio in voice} == {(Leg.OPERATOR, 7)}
    assert {len(audio.payload) for _, audio in voice} == {audio_format.frame_bytes}
    assert {b.position - a.position for (_, a), (_, b) in pairwise(voice)} == {audio_format.rate // 50}
    assert (len(voice) - 1) / (voice[-1][0] - voice[0][0]) == pytest.approx(50, rel=0.03)
    said = samples_of(voice, audio_format)
    assert pitch(said, audio_format.rate) == pytest.approx(HZ, abs=1.5)
    assert gaps_ms(said, audio_format.rate) == 0
    assert loudest_click(said, audio_format.rate) < 1.5


async def test_it_starts_muted_and_is_silent_again_when_told_so(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    async with sound_rig.speak(tone(6, RATE)):
        await listening(handset)
        await handset.until(lambda state: (state.microphone_dbfs or -99) > -12)
        assert bridge.voice == []
        await handset.step("talk")
        await until(lambda: len(bridge.voice) > 5)
        await handset.mute(True)
        await until(lambda: bridge.requests[-1] == "step out")
        said = len(bridge.voice)
        handset.states.clear()
        await handset.until(lambda _: len(handset.states) > 2)
        assert len(bridge.voice) == said
        assert not any(state.on_air for state in handset.states)


async def test_a_sender_that_runs_1_percent_fast_and_a_stall_of_400_ms_add_no_delay(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await listening(handset)
    async with sound_rig.recording() as recording:
        await bridge.play(tone(2, 8000), pace=1.01)
        before = handset.state.depth_ms
        await asyncio.sleep(0.4)
        for number in range(20):
            await bridge.send(tone(0.02, 8000), Leg.CALLER, 16000 + number * 160)
        rest = tone(2.5, 8000)
        handset.states.clear()
        await asyncio.gather(bridge.play(rest, pace=1.01), recording.next(2.5))
    assert max(state.depth_ms for state in handset.states) > before + 150
    assert handset.state.depth_ms <= before + 60


async def test_talking_ends_when_the_sound_server_dies_and_sound_comes_back_with_it(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await on_air(handset)
    sound_rig.stop()
    try:
        lost = await handset.until(lambda state: state.problem, 2)
        assert "sound device is gone" in lost.problem
        assert not lost.on_air
        await until(lambda: bridge.requests[-1] == "step out")
        await handset.until(lambda state: "no sound device" in state.problem)
        assert handset.state.listening
    finally:
        sound_rig.start()
    back = await handset.until(lambda state: state.output_device and not state.problem)
    assert not back.on_air
    async with sound_rig.recording() as recording, asyncio.TaskGroup() as tasks:
        tasks.create_task(bridge.play(tone(1.1, 8000)))
        heard = await recording.next(1.0)
    assert pitch(heard[-RATE // 2 :], RATE) == pytest.approx(HZ, abs=1.5)


async def test_a_sound_server_that_hangs_ends_the_phone_and_a_new_one_can_be_started(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await on_air(handset)
    os.kill(sound_rig.pid, signal.SIGSTOP)
    try:
        lost = await handset.until(lambda state: state.problem, 2)
        assert not lost.on_air
        await until(lambda: bridge.requests[-1] == "step out")
        hung = await handset.until(lambda state: "does not answer" in state.problem)
        assert not hung.running
        assert not hung.listening
    finally:
        os.kill(sound_rig.pid, signal.SIGCONT)
    await listening(handset)


async def test_devices_are_listed_and_chosen_by_name(sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset):
    await handset.start()
    state = await handset.until(lambda state: state.input_device)
    assert (state.input_device, state.output_device) == ("default", "default")
    assert "pulse" in state.inputs
    await handset.change(replace(handset.settings, input="pulse", output="pulse"))
    await handset.until(lambda state: (state.input_device, state.output_device) == ("pulse", "pulse"))
    gone = replace(handset.settings, input="", output="a device that was unplugged")
    await handset.change(gone)
    await handset.until(lambda state: (state.input_device, state.output_device) == ("default", "default"))
    assert handset.state.problem == ""

"""What the operator hears on a stereo device: sides, volumes, tones, and silence after a clear."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from bridge.audio.tones import DTMF_HZ
from bridge.phone.settings import PhoneSettings
from bridge.wire.link.audio import Audio, Leg, pack_audio
from tests.phone.conftest import TestHandset, running_handset
from tests.phone.fake_bridge import FakeBridge
from tests.phone.test_sound import listening, peaks_by_ms, tone
from tests.sound_rig import RATE, SoundRig


def strength(samples: np.ndarray, hz: float) -> float:
    """Amplitude of a tone of this frequency in one second or less."""
    at = np.arange(len(samples)) / RATE
    window = np.hanning(len(samples))
    return float(2 * abs(np.sum(samples * window * np.exp(-2j * np.pi * hz * at))) / window.sum())


async def play_both(bridge: FakeBridge) -> None:
    """A caller of 440 Hz and a far end of 1 kHz, each with an amplitude of 0.25, for 2 s."""
    await asyncio.gather(
        bridge.play(tone(2, 8000) * 0.5, Leg.CALLER), bridge.play(tone(2, 8000, hz=1000) * 0.5, Leg.AGENT)
    )


async def test_the_caller_is_left_and_the_far_end_right_each_with_its_volume(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await listening(handset)
    await handset.volume(Leg.CALLER, 6)
    await handset.volume(Leg.AGENT, -12)
    state = await handset.until(lambda state: state.agent_volume_db)
    assert (state.caller_volume_db, state.agent_volume_db, state.stereo) == (6, -12, True)
    async with sound_rig.recording() as recording, asyncio.TaskGroup() as tasks:
        tasks.create_task(play_both(bridge))
        await recording.next(0.6)
        heard = await recording.next_stereo(1)
    left, right = heard[:, 0], heard[:, 1]
    assert strength(left, 440) == pytest.approx(0.5, rel=0.05)
    assert strength(left, 1000) < 0.005
    assert strength(right, 1000) == pytest.approx(0.063, rel=0.05)
    assert strength(right, 440) < 0.005


async def hear_a_clear(sound_rig: SoundRig, bridge: FakeBridge) -> np.ndarray:
    """Both sides from the clear of the far end on, half a second."""
    async with sound_rig.recording() as recording, asyncio.TaskGroup() as tasks:
        tasks.create_task(bridge.play(tone(2, 8000) * 0.5, Leg.CALLER))
        sentence = tasks.create_task(bridge.play(tone(2, 8000) * 0.5, Leg.AGENT))
        await recording.next(0.9)
        sentence.cancel()
        for link in bridge.listeners:
            await link.send(pack_audio(Audio(Leg.AGENT, bridge.view.handle, 0, b"")))
        return await recording.next_stereo(0.5)


def steepness(samples: np.ndarray) -> float:
    """How much steeper the sound gets than the tone of either leg can be."""
    return float(np.abs(np.diff(samples)).max() / (0.25 * 2 * np.pi * 440 / RATE))


async def test_after_a_clear_the_far_end_is_silent_at_once_without_a_click_and_the_caller_goes_on(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await listening(handset)
    heard = await hear_a_clear(sound_rig, bridge)
    silent_after = int(np.flatnonzero(peaks_by_ms(heard[:, 1], RATE) > 0.01).max()) + 1
    assert silent_after < 10 + 5 + handset.state.output_latency_ms + 60, "60 ms for the rig's own recording"
    assert steepness(heard[:, 1]) < 1.5
    assert strength(heard[RATE // 10 :, 0], 440) == pytest.approx(0.25, rel=0.05)


async def test_digits_are_heard_as_their_tones(sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset):
    await listening(handset)
    async with sound_rig.recording() as recording:
        await handset.tones("5")
        heard = await recording.next(0.6)
    begin = int(np.argmax(peaks_by_ms(heard, RATE) > 0.05))
    digit = heard[begin * RATE // 1000 :][: RATE // 10]
    low, high = DTMF_HZ["5"]
    assert min(strength(digit, low), strength(digit, high)) > 0.2
    assert strength(digit, DTMF_HZ["6"][1]) < 0.05


async def test_going_on_the_air_is_heard_by_the_operator_and_by_nobody_else(
    sound_rig: SoundRig, bridge: FakeBridge, tmp_path
):
    settings = PhoneSettings(gain=False, noise_suppression=False, headset="on")
    async with running_handset(bridge, tmp_path / "log", settings) as handset:
        await listening(handset)
        async with sound_rig.recording() as recording:
            await handset.step("talk")
            await handset.until(lambda state: state.on_air)
            heard = await recording.next(0.5)
    assert peaks_by_ms(heard, RATE).max() > 0.02
    assert all(set(audio.payload) <= {0xFF, 0x7F} for _, audio in bridge.voice)


async def test_who_says_nothing_is_muted_in_the_end_and_told_why(sound_rig: SoundRig, bridge: FakeBridge, tmp_path):
    async with running_handset(bridge, tmp_path / "log", PhoneSettings(mute_after=1)) as handset:
        await listening(handset)
        await handset.step("talk")
        await handset.until(lambda state: state.on_air)
        state = await handset.until(lambda state: not state.on_air, 3)
        assert state.muted_because == "you said nothing for 1 s"
        await handset.step("talk")
        assert (await handset.until(lambda state: state.on_air)).muted_because == ""

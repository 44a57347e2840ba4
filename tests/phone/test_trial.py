"""The trial of the devices: what the microphone hears for half a second comes out of the speaker."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bridge.phone.device import Kind
from bridge.phone.trial import Trial, _hear, _play, try_devices
from tests.phone.test_sound import tone
from tests.sound_rig import RATE, SoundRig


async def test_half_a_second_is_heard_and_played_back(sound_rig: SoundRig):
    async with sound_rig.recording() as recording, sound_rig.speak(tone(3, RATE)):
        await recording.next(0.5)
        await recording.discard()
        trial = await asyncio.to_thread(try_devices, "", "")
        heard = await recording.next(2.2)
    loud = np.flatnonzero(np.abs(heard) > 0.2)
    assert np.ptp(loud) / RATE == pytest.approx(0.5, abs=0.06)
    assert trial.problems == []
    assert (trial.input, trial.output) == ("default", "default")
    assert trial.heard_dbfs == pytest.approx(-9, abs=1)
    assert trial.input_latency_ms > 0
    assert trial.output_latency_ms > 0


def test_another_device_stands_in_for_one_that_is_not_there(sound_rig: SoundRig):
    trial = try_devices("a microphone that was unplugged", "")
    assert trial.input == "default"
    assert "a microphone that was unplugged is not there, so default is used" in trial.problems[0]


def busy_device(kind: Kind, **ring: Any) -> SimpleNamespace:
    """A device that has lost two blocks."""
    return SimpleNamespace(
        kind=kind,
        name="a headset",
        rate=RATE,
        channels=2,
        latency_ms=0.0,
        xruns=2,
        ring=SimpleNamespace(**ring),
        start=lambda: None,
        lost=lambda: False,
        close=lambda: None,
    )


def test_blocks_that_either_device_lost_are_told():
    trial = Trial()
    heard = _hear(busy_device("input", read=lambda: tone(0.5, RATE)), trial)
    _play(busy_device("output", write=len, held=0), heard, RATE, trial)
    assert trial.problems == [
        f"The {kind} device a headset lost blocks of sound (2): this machine is too busy."
        for kind in ("input", "output")
    ]


def test_no_sound_server_is_told(sound_rig: SoundRig, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    trial = try_devices("", "")
    assert (trial.input, trial.output) == ("", "")
    assert "no sound device" in trial.problems[0]

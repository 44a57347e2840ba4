"""Devices come and go on a real sound server: it is noticed, another one stands in, and the chosen one comes back."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from tests.phone.conftest import TestHandset
from tests.phone.fake_bridge import FakeBridge
from tests.sound_rig import SoundRig


@pytest.fixture
def headset(sound_rig: SoundRig) -> Iterator[None]:
    """A headset that is plugged in, and gone after the test."""
    sound_rig.plug_in()
    yield
    sound_rig.unplug()


async def on_air_with_the_headset(handset: TestHandset) -> None:
    await handset.change(replace(handset.settings, output="headset"))
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.output_device == "headset" and state.input_device and state.listening)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)


async def seconds_until_output(handset: TestHandset, name: str) -> float:
    began = time.monotonic()
    await handset.until(lambda state: state.output_device == name and state.input_device)
    return time.monotonic() - began


@pytest.mark.usefixtures("headset")
async def test_for_an_unplugged_headset_the_default_stands_in_until_it_is_back(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await on_air_with_the_headset(handset)
    sound_rig.unplug()
    try:
        assert await seconds_until_output(handset, "default") < 1.5
        assert "headset is not there, so default is used" in handset.state.notice
        assert handset.state.problem == ""
        assert handset.state.listening
        assert handset.state.on_air, "the microphone was there all the time"
    finally:
        sound_rig.plug_in()
    assert await seconds_until_output(handset, "headset") < 2.5
    assert handset.state.notice == ""
    assert bridge.requests == ["listen on", "step talk"]


@pytest.mark.usefixtures("headset")
async def test_a_headset_that_stands_still_is_noticed_in_time_and_used_again(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await on_air_with_the_headset(handset)
    began = time.monotonic()
    sound_rig.pactl("suspend-sink", "headset", "1")
    try:
        await handset.until(lambda state: state.problem or state.output_device != "headset")
        assert time.monotonic() - began < 0.8, "0.6 s, and a report every 0.1 s"
        await handset.until(lambda state: state.output_device == "default")
        assert time.monotonic() - began < 1.5, "the headset is not waited for before the default stands in"
    finally:
        sound_rig.pactl("suspend-sink", "headset", "0")
    assert await seconds_until_output(handset, "headset") < 2.5
    assert handset.state.on_air


async def test_a_device_that_comes_while_others_are_in_use_is_listed_when_looked_for(
    sound_rig: SoundRig, handset: TestHandset
):
    await handset.start()
    state = await handset.until(lambda state: state.input_device and state.output_device)
    assert "newcomer" not in state.outputs
    with sound_rig.another_name("newcomer"):
        await handset.look()
        state = await handset.until(lambda state: "newcomer" in state.outputs)
        assert (state.input_device, state.output_device) == ("default", "default")
    await handset.look()
    await handset.until(lambda state: "newcomer" not in state.outputs)


async def test_without_its_microphone_the_phone_is_muted_and_says_why_and_looks_for_it(
    sound_rig: SoundRig, bridge: FakeBridge, handset: TestHandset
):
    await handset.listen("stream-1", True)
    await handset.until(lambda state: state.input_device and state.listening)
    await handset.step("talk")
    await handset.until(lambda state: state.on_air)
    sound_rig.pactl("suspend-sink", "mic", "1")
    try:
        state = await handset.until(lambda state: not state.on_air, 1)
        assert state.muted_because == "the microphone was lost"
        await handset.until(lambda state: "There is no microphone" in state.problem)
        assert handset.state.output_device == "default"
    finally:
        sound_rig.pactl("suspend-sink", "mic", "0")
    began = time.monotonic()
    await handset.until(lambda state: state.input_device and not state.problem)
    assert time.monotonic() - began < 2.5
    assert not handset.state.on_air

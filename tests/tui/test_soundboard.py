from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from bridge.audio.codec import decode
from bridge.wire.formats import MULAW_8K
from bridge.wire.link.answers import Failed
from bridge.wire.link.requests import StepIn, StepOut
from tests.cli.test_play import write_tone
from tests.operator.fake_bridge import FakeBridge, a_stream
from tests.tui.rig import Rig, running

FIRST, SECOND = a_stream(1), a_stream(2)


@pytest.fixture
async def rig(bridge: FakeBridge, tmp_path: Path) -> AsyncIterator[Rig]:
    write_tone(tmp_path / "hello.wav", 0.3)
    write_tone(tmp_path / "music.wav", 30)
    sounds = {"F2": tmp_path / "hello.wav", "f3": tmp_path / "music.wav", "f4": tmp_path / "gone.wav"}
    async with running(bridge, sounds={**sounds, "greeting": tmp_path / "hello.wav"}) as rig:
        yield rig


def talks(rig: Rig) -> list[tuple[str, bool]]:
    return [
        (message.stream_id, isinstance(message, StepIn))
        for message in rig.bridge.asked
        if isinstance(message, StepIn | StepOut)
    ]


async def test_a_key_plays_its_sound_to_the_caller(rig: Rig) -> None:
    await rig.press("f2")
    await rig.says("Played hello to 00000001: 0.3 s.")
    assert talks(rig) == [(FIRST.stream_id, True), (FIRST.stream_id, False)]
    assert [audio.handle for audio in rig.bridge.voice] == [1] * 15
    assert np.abs(decode(b"".join(audio.payload for audio in rig.bridge.voice), MULAW_8K)).max() > 0.2
    assert rig.session.soundboard.playing == ""


async def test_its_progress_is_on_the_status_line(rig: Rig) -> None:
    await rig.press("f3")
    await rig.until(lambda: "music → 00000001 0.2 of 30.0 s · s stops" in rig.text("StatusLine"))
    rig.session.say("Something else happened.")
    await rig.until(lambda: "Something else happened." in rig.text("StatusLine"))
    assert "of 30.0 s" in rig.text("StatusLine")


@pytest.mark.parametrize("key", ["f3", "s"])
async def test_the_same_key_or_s_stops_it(rig: Rig, key: str) -> None:
    await rig.press("f3")
    await rig.until(lambda: len(rig.bridge.voice) > 5)
    await rig.press(key)
    await rig.says("music was stopped")
    await rig.until(lambda: "s stops" not in rig.text("StatusLine"))
    await rig.until(lambda: rig.bridge.links == 1)
    sent = len(rig.bridge.voice)
    await rig.pilot.pause(0.1)
    assert len(rig.bridge.voice) == sent


async def test_another_sound_takes_the_place_of_the_one_before(rig: Rig) -> None:
    await rig.press("f3")
    await rig.until(lambda: rig.bridge.voice)
    await rig.press("down", "f2")
    await rig.says("Played hello to 00000002")
    assert talks(rig) == [(FIRST.stream_id, True), (SECOND.stream_id, True), (SECOND.stream_id, False)]


async def test_a_sound_goes_where_the_microphone_goes_and_beside_it(rig: Rig) -> None:
    rig.handset.become(mode="takeover", on_air=True, listening=True, stream_id=FIRST.stream_id)
    await rig.press("f2")
    step = await rig.bridge.was_asked(StepIn)
    assert (step.stream_id, step.mode) == (FIRST.stream_id, None)
    await rig.says("Played hello to 00000001")
    assert rig.session.phone.on_air


async def test_what_cannot_be_played_is_said(rig: Rig) -> None:
    await rig.press("f4")
    await rig.says("gone.wav cannot be read: No such file or directory.")
    rig.bridge.answers[StepIn] = Failed(id=0, error="anna is talking to this stream.")
    await rig.press("f2")
    await rig.says("anna is talking to this stream.")
    await rig.press("f12")
    await rig.says("F12 has no sound: give it one in [sounds] of offhook.toml.")


async def test_a_sound_without_a_key_is_found_by_its_name(rig: Rig) -> None:
    await rig.press("colon", *"Play greeting")
    await rig.until(lambda: "hello.wav to the caller" in rig.text())
    await rig.press("down", "enter")
    await rig.until(lambda: rig.bridge.voice)


async def test_leaving_frees_the_microphone(rig: Rig) -> None:
    await rig.press("f3")
    await rig.until(lambda: rig.bridge.voice)
    await rig.session.close()
    await rig.until(lambda: rig.bridge.links == 1)

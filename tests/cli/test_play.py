"""`offhook play` on a real bridge, with the test as Plivo."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import time
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection

from bridge.audio.codec import decode
from bridge.operator.client import OperatorLink
from bridge.wire.commands import PlayAudio, SetCheckpoint, read_command
from bridge.wire.formats import L16_8K, L16_16K, MULAW_8K, AudioFormat
from bridge.wire.frames import PlayedStream, played_stream_frame
from bridge.wire.link.requests import Shutdown, StepIn
from tests.cli.conftest import Offhook, Result
from tests.server.rig import Rig

STREAM = "20170ada-f610-433b-8758-c02a2aab3662"
TONE_HZ = 440


def write_tone(path: Path, seconds: float, rate: int = 44_100) -> None:
    samples = (8000 * np.sin(2 * math.pi * TONE_HZ * np.arange(round(seconds * rate)) / rate)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())


@asynccontextmanager
async def live(rig: Rig, audio_format: AudioFormat = MULAW_8K) -> AsyncIterator[ClientConnection]:
    async with rig.watcher() as watcher, rig.carrier(STREAM, audio_format=audio_format) as plivo:
        await watcher.state(STREAM, "live")
        yield plivo


async def heard(plivo: ClientConnection, frames: int) -> tuple[list[bytes], list[float]]:
    """Payloads of so many playAudio commands, and when they came."""
    payloads, times = [], []
    for _ in range(frames):
        command = read_command(await asyncio.wait_for(plivo.recv(), 5))
        assert isinstance(command, PlayAudio)
        payloads.append(command.payload)
        times.append(time.monotonic())
    return payloads, times


def pitch(payload: bytes, audio_format: AudioFormat) -> float:
    samples = decode(payload, audio_format)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * audio_format.rate / len(samples)


@pytest.mark.realtime
@pytest.mark.parametrize("audio_format", [MULAW_8K, L16_8K, L16_16K], ids=lambda audio_format: audio_format.label)
async def test_a_file_is_sent_in_the_streams_format_at_the_pace_it_plays(
    offhook: Offhook, rig: Rig, audio_format: AudioFormat
) -> None:
    write_tone(offhook.folder / "tone.wav", 1.01)
    async with live(rig, audio_format) as plivo:
        playing = asyncio.create_task(offhook("play", "tone.wav", "--stream", STREAM))
        payloads, times = await heard(plivo, 51)
        assert await playing == Result(0, "Sent 1.0 s.\n", "")
    assert {len(payload) for payload in payloads} == {audio_format.frame_bytes}
    assert pitch(b"".join(payloads), audio_format) == pytest.approx(TONE_HZ, abs=2)
    assert times[-1] - times[0] == pytest.approx(0.9, abs=0.1), "paced, and a tenth of a second ahead"


async def test_with_wait_it_returns_when_the_caller_has_heard_it(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    async with live(rig) as plivo:
        playing = asyncio.create_task(offhook("play", "tone.wav", "--wait", "--stream", STREAM))
        await heard(plivo, 5)
        checkpoint = read_command(await asyncio.wait_for(plivo.recv(), 5))
        assert isinstance(checkpoint, SetCheckpoint)
        assert not playing.done()
        await plivo.send(played_stream_frame(PlayedStream(stream_id=STREAM, name=checkpoint.name)))
        assert await playing == Result(0, "Played 0.1 s.\n", "")


async def test_with_timeout_it_gives_up(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    async with live(rig):
        result = await offhook("play", "tone.wav", "--stream", STREAM, "--timeout", "0.3")
        told = await offhook("play", "tone.wav", "--stream", STREAM[:8], "--timeout", "0.3", "--json")
    words = "tone.wav was not played to its end within 0.3 s."
    assert result == Result(1, "", f"Error: {words}\n")
    assert json.loads(told.out) == {"outcome": "failed", "text": words, "stream_id": STREAM}


async def test_programs_are_told_what_was_sent(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    async with live(rig):
        result = await offhook("play", "tone.wav", "--stream", STREAM[:8], "--json")
    done = {"outcome": "done", "text": "Sent 0.1 s.", "stream_id": STREAM, "seconds": 0.1}
    assert (result.code, json.loads(result.out)) == (0, done)
    missing = await offhook("play", "missing.wav", "--stream", STREAM, "--json")
    assert (missing.code, json.loads(missing.out)["outcome"]) == (1, "failed")


async def test_it_says_when_the_stream_ends_before_the_file(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    async with live(rig) as plivo:
        playing = asyncio.create_task(offhook("play", "tone.wav", "--stream", STREAM))
        await heard(plivo, 10)
        await plivo.close()
        result = await playing
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Error: The stream ended after ")
    assert result.err.endswith(" of 10.0 s were sent.\n")


async def test_it_says_in_a_line_when_the_bridge_ends(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 10)
    async with live(rig) as plivo, OperatorLink(rig.address) as link:
        playing = asyncio.create_task(offhook("play", "tone.wav", "--stream", STREAM))
        await heard(plivo, 10)
        await link.request(Shutdown())
        result = await playing
    assert (result.code, result.out, result.err.count("\n")) == (1, "", 1)


async def test_it_waits_for_nobody_who_talks(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 0.1)
    async with live(rig), OperatorLink(rig.address, "anna") as anna:
        await anna.request(StepIn(stream_id=STREAM))
        result = await offhook("play", "tone.wav", "--stream", STREAM)
    assert (result.code, result.out) == (1, "")
    assert "anna" in result.err


async def test_ctrl_c_stops_it_and_lets_go_of_the_microphone(offhook: Offhook, rig: Rig) -> None:
    write_tone(offhook.folder / "tone.wav", 30)
    async with rig.watcher() as watcher, rig.carrier(STREAM) as plivo:
        await watcher.state(STREAM, "live")
        process = await offhook.start("play", "tone.wav", "--stream", STREAM)
        await heard(plivo, 5)
        process.send_signal(signal.SIGINT)
        out, err = await asyncio.wait_for(process.communicate(), 5)
        assert (process.returncode, out, err.strip()) == (130, b"", b"")
        await watcher.event("is off the air")
        assert watcher.stream(STREAM).operator == ""

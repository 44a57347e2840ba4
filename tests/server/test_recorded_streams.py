"""Streams recorded by a real bridge, asked for over the operators' link."""

from __future__ import annotations

import asyncio
import io
import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection

from bridge.audio.codec import decode, encode
from bridge.operator.client import RefusedError
from bridge.operator.recordings import fetch, recordings
from bridge.server import recording_file
from bridge.wire.commands import clear_audio_command, play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.link.answers import TurnsAnswer
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import ListTurns, Record, StepIn
from bridge.wire.notes import read_notes
from bridge.wire.views import StreamView
from tests.server.bot import a_bot
from tests.server.rig import Rig, Watcher, media, running

FRAME = 160
SPOKEN_S = 1.2


def tone(hz: float, seconds: float = SPOKEN_S) -> bytes:
    at = np.arange(round(seconds * 8000)) / 8000
    return encode((0.5 * np.sin(2 * np.pi * hz * at)).astype(np.float32), MULAW_8K)


def legs_of(content: bytes) -> tuple[NDArray[np.int16], NDArray[np.int16]]:
    with wave.open(io.BytesIO(content)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, 8000)
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return frames[:, 0], frames[:, 1]


async def speak(socket: ClientConnection, sound: bytes, track: str = "inbound") -> None:
    """A track's sound comes in real time."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, first in enumerate(range(0, len(sound), FRAME)):
        await asyncio.sleep(began + number * 0.02 - loop.time())
        await socket.send(media(payload=sound[first : first + FRAME], track=track))


async def ended(watcher: Watcher) -> StreamView:
    return await watcher.state("s-1", "ended")


def place_of(sound: bytes, leg: NDArray[np.int16]) -> tuple[int, int]:
    """Where a tone begins and ends in a leg that has nothing else, each sample in its place; it may be cut short."""
    samples = (decode(sound, MULAW_8K) * 32768).astype(np.int16)
    sounding = np.flatnonzero(leg)
    begins, ends = int(sounding[0]) - 1, int(sounding[-1]) + 1  # a sine begins with 0
    assert np.array_equal(leg[begins:ends], samples[: ends - begins])
    return begins, ends


@pytest.mark.realtime
async def test_both_legs_of_a_stream_are_recorded_side_by_side(rig: Rig, watcher: Watcher) -> None:
    said, answered = tone(440), tone(600)
    async with rig.carrier() as plivo:
        view = await watcher.state("s-1", "live")
        done = await watcher.link.request(Record(stream_id="s-1"))
        recording = await watcher.until(lambda: watcher.stream("s-1").recording)
        assert recording in done.text
        await watcher.link.request(StepIn(stream_id="s-1"))
        await watcher.link.send_audio(Audio(Leg.OPERATOR, view.handle, 0, answered))
        await speak(plivo, said)
    await ended(watcher)
    await watcher.until(lambda: watcher.stream("s-1").recording == "")
    left, right = legs_of(await fetch(watcher.link, recording))
    (said_at, said_until), (answered_at, answered_until) = place_of(said, left), place_of(answered, right)
    assert abs(said_at - answered_at) < 0.3 * 8000
    assert min(said_until - said_at, answered_until - answered_at) > 1.1 * 8000
    notes = read_notes(await fetch(watcher.link, recording, "json"))
    names = [event.event for event in notes.events]
    assert names[0] == "record"
    assert "talk" in names
    assert names[-1] == "ended"
    assert (notes.stream.stream_id, notes.stream.state) == ("s-1", "ended")
    assert notes.ended.startswith("The carrier closed the socket")
    assert notes.turns is not None


@pytest.mark.realtime
async def test_what_an_agent_cleared_is_not_in_the_recording(tmp_path: Path) -> None:
    said, answered = tone(440), tone(600, 3.0)
    async with a_bot() as bot, running(tmp_path, agent=bot.url, record=True) as rig, rig.watcher() as watcher:
        async with rig.carrier() as plivo:
            await watcher.state("s-1", "live")
            await bot.connected()
            await bot.say(play_audio_command(answered, MULAW_8K))
            await speak(plivo, said)
            await bot.say(clear_audio_command("s-1"))
            await speak(plivo, tone(440, 0.1))
        await ended(watcher)
        (view,) = await recordings(watcher.link)
        _, right = legs_of(await fetch(watcher.link, view.name))
    begins, ends = place_of(answered, right)
    assert SPOKEN_S - 0.1 < (ends - begins) / 8000 < SPOKEN_S + 0.2


@pytest.mark.realtime
async def test_a_one_way_stream_is_recorded_with_both_tracks(rig: Rig, watcher: Watcher) -> None:
    said, answered = tone(440), tone(600)
    async with rig.carrier(tracks=["inbound", "outbound"]) as plivo:
        await watcher.state("s-1", "live")
        await watcher.link.request(Record(stream_id="s-1"))
        await asyncio.gather(speak(plivo, said), speak(plivo, answered, track="outbound"))
    await ended(watcher)
    (view,) = await recordings(watcher.link)
    left, right = legs_of(await fetch(watcher.link, view.name))
    (said_at, said_until), (answered_at, answered_until) = place_of(said, left), place_of(answered, right)
    assert abs(said_at - answered_at) < 0.06 * 8000
    assert min(said_until - said_at, answered_until - answered_at) > 1.1 * 8000


async def test_a_disk_that_fails_ends_the_recording_and_not_the_call(rig: Rig, watcher: Watcher) -> None:
    (rig.data / "recordings").write_text("in the way")
    async with rig.carrier() as plivo:
        await watcher.state("s-1", "live")
        with pytest.raises(RefusedError, match="recordings cannot be written: File exists"):
            await watcher.link.request(Record(stream_id="s-1"))
        event = await watcher.event("cannot be written")
        assert (event.event, event.level, event.source) == ("record", "error", "bridge")
        await speak(plivo, tone(440, 0.1))
        view = await watcher.until(lambda: (view := watcher.stream("s-1")) and view.frames_in == 5 and view)
        assert (view.state, view.recording) == ("live", "")


async def test_a_disk_that_stands_still_costs_the_next_call_its_recording_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording_file, "QUEUED", 0)
    async with running(tmp_path, record=True) as rig, rig.watcher() as watcher, rig.carrier() as plivo:
        await watcher.event("The disk is too slow: the recording was stopped.")
        await plivo.send(media(sequence=2))
        view = await watcher.until(lambda: (v := watcher.stream("s-1")) and v.frames_in == 1 and v)
        assert (view.state, view.recording) == ("live", "")


async def test_turns_are_told_live_afterwards_and_after_a_restart(tmp_path: Path) -> None:
    async def turns(watcher: Watcher) -> int:
        answer = await watcher.link.request(ListTurns(stream_id="s-1"))
        assert isinstance(answer, TurnsAnswer)
        return answer.turns.at_ms

    async with running(tmp_path, record=True) as rig, rig.watcher() as watcher:
        async with rig.carrier() as plivo:
            await watcher.state("s-1", "live")
            await speak(plivo, tone(440, 1.0))
            live = await turns(watcher)
        await ended(watcher)
        over = await turns(watcher)
        assert over >= 980
        assert over >= live
        with pytest.raises(RefusedError, match="No stream unknown is known here"):
            await watcher.link.request(ListTurns(stream_id="unknown"))
    async with running(tmp_path) as rig, rig.watcher() as watcher:
        assert await turns(watcher) == over

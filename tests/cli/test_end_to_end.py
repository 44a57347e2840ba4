"""The whole line: a bridge as a process, calls from the emulator, driven by the commands as a script would."""

from __future__ import annotations

import asyncio
import json
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bridge.audio.codec import decode
from bridge.carrier.call import Call
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.voice import Talker
from bridge.wire.document import StreamElement
from bridge.wire.formats import L16_8K, L16_16K, L16_24K, MULAW_8K, AudioFormat
from tests.server.rig import Watcher, bridge_process

FORMATS = [MULAW_8K, L16_8K, L16_16K]


Offhook = Callable[..., Awaitable[Any]]
"""The `offhook` fixture: runs the command and returns its exit code and output."""


@dataclass
class Line:
    """A bridge process with one call on it, and the `offhook` command."""

    offhook: Offhook
    watcher: Watcher
    call: Call
    stream_id: str

    async def done(self, *arguments: str) -> str:
        """Run a command that must succeed; returns what it printed."""
        result = await self.offhook(*arguments)
        assert result.code == 0, result.err
        return result.out

    async def on_stream(self, *arguments: str) -> str:
        return await self.done(*arguments, "--stream", self.stream_id)


@asynccontextmanager
async def line(offhook: Offhook, folder: Path, **plan: Any) -> AsyncIterator[Line]:
    """A call that talks, live on a bridge of its own; it is over, and its outcome complete, at the block's end."""
    async with bridge_process(folder / "data") as (_, rig), rig.watcher() as watcher:
        parties = Parties(from_="+493023125001", to="+14155550100")
        target = plan.pop("target", None) or f"{rig.ready.public}/answer"
        if isinstance(target, StreamElement):
            target.url = rig.ready.public.replace("http", "ws") + "/stream"
        given = CallPlan(parties=parties, target=target, hangup_url=f"{rig.ready.public}/hangup")
        call = Call(replace(given, caller=partial(Talker, who="emma", seed=1), **plan))
        running = asyncio.create_task(call.run(), name="call")
        try:
            await watcher.state(parties.stream_id, "live")
            yield Line(offhook, watcher, call, parties.stream_id)
        finally:
            call.hang_up()
            await asyncio.wait_for(running, 10)


def tone_file(path: Path, hertz: float, seconds: float, rate: int = 44_100) -> Path:
    samples = np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate) * 16_000
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


def rows(out: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in out.splitlines()]


def loudest_hertz(outcome: Outcome, audio_format: AudioFormat) -> float:
    heard = decode(outcome.heard, audio_format)
    return float(np.argmax(np.abs(np.fft.rfft(heard))) * audio_format.rate / len(heard))


async def test_a_call_comes_in_and_is_listed_with_all_that_is_known(offhook: Offhook, tmp_path: Path) -> None:
    async with line(offhook, tmp_path) as call:
        await call.watcher.until(lambda: call.watcher.stream(call.stream_id).frames_in > 20)
        await call.watcher.event("audio begins to stream")
        (stream,) = json.loads(await call.done("streams", "--json"))
        expected = {
            "stream_id": call.stream_id,
            "from": "+493023125001",
            "to": "+14155550100",
            "state": "live",
            "end_reason": "",
            "bidirectional": True,
            "content_type": "audio/x-mulaw;rate=8000",
            "sample_rate": 8000,
            "gaps": 0,
            "queued_ms": 0,
            "checkpoints": [],
            "ended_at": None,
        }
        assert {name: stream[name] for name in expected} == expected
        assert datetime.fromisoformat(stream["started_at"]).tzinfo == UTC
        assert stream["frames_in"] > 20
        events = rows(await call.done("events", "--json"))
        assert {"id", "at", "source", "event", "stream_id", "call_uuid", "text", "data"} <= set(events[0])
        assert [event["event"] for event in rows(await call.on_stream("events", "--json"))][:3] == [
            *("answer", "start", "StartStream"),
        ]


@pytest.mark.parametrize("audio_format", FORMATS, ids=lambda f: f.content_type)
async def test_a_played_file_is_heard_by_the_caller_at_its_pitch(
    offhook: Offhook, tmp_path: Path, audio_format: AudioFormat
) -> None:
    document = StreamElement(url="", bidirectional=True, content_type=audio_format.content_type)
    async with line(offhook, tmp_path, target=document) as call:
        file = tone_file(tmp_path / "tone.wav", 700, 1.0)
        assert "Played 1.0 s" in await call.on_stream("play", str(file), "--wait")
    outcome = call.call.outcome
    assert loudest_hertz(outcome, audio_format) == pytest.approx(700, abs=3)
    assert outcome.findings == []


async def test_a_checkpoint_is_played_after_what_is_queued_before_it(offhook: Offhook, tmp_path: Path) -> None:
    async with line(offhook, tmp_path) as call:
        assert "was played after" in await call.on_stream("checkpoint", "menu")
        view = await call.watcher.until(lambda: call.watcher.stream(call.stream_id).checkpoints)
        assert view[0].name == "menu"
    assert call.call.outcome.played == ["menu"]


async def test_clear_digits_and_hangup_reach_the_caller(offhook: Offhook, tmp_path: Path) -> None:
    async with line(offhook, tmp_path) as call:
        assert "Plivo acknowledged after" in await call.on_stream("clear")
        await call.on_stream("dtmf", "12#")
        await call.on_stream("hangup")
        ended = await call.watcher.state(call.stream_id, "ended")
        assert ended.closed_by == "operator"
        assert json.loads(await call.done("streams", "--json")) == []
        (stream,) = json.loads(await call.done("streams", "--all", "--json"))
        assert stream["ended_at"] is not None
        refused = await offhook("clear", "--stream", call.stream_id)
        assert (refused.code, refused.out) == (1, "")
        assert "has ended: nothing can be sent on it" in refused.err
    outcome = call.call.outcome
    assert (outcome.clears, outcome.digits, outcome.ending) == (1, "12#", Ending.FAR_END)


async def test_a_one_way_stream_has_both_legs_and_takes_no_commands(offhook: Offhook, tmp_path: Path) -> None:
    document = StreamElement(url="", audio_track="both", content_type=L16_16K.content_type)
    far_end = partial(Talker, who="sam", seed=2)
    async with line(offhook, tmp_path, target=document, far_end=far_end) as call:
        view = await call.watcher.state(call.stream_id, "live")
        await call.watcher.until(lambda: call.watcher.streams[view.handle].agent_dbfs is not None, 10)
        refused = await offhook("dtmf", "1", "--stream", call.stream_id)
        assert refused.code == 1
        assert "one-way" in refused.err


async def test_a_format_of_plivos_newer_pages_works_as_well(offhook: Offhook, tmp_path: Path) -> None:
    document = StreamElement(url="", bidirectional=True, content_type=L16_24K.content_type)
    async with line(offhook, tmp_path, target=document) as call:
        await call.watcher.until(lambda: call.watcher.stream(call.stream_id).frames_in > 5)
        await call.on_stream("play", str(tone_file(tmp_path / "tone.wav", 700, 0.3, rate=8_000)))
    assert loudest_hertz(call.call.outcome, L16_24K) == pytest.approx(700, abs=8)


async def test_events_are_followed_as_they_come(offhook: Any, tmp_path: Path) -> None:
    async with line(offhook, tmp_path) as call:
        following = await offhook.start("events", "--follow", "--json")
        try:
            async with asyncio.timeout(20):
                assert await following.stdout.readline()
                await call.on_stream("dtmf", "7")
                while json.loads(await following.stdout.readline())["event"] != "sendDTMF":
                    pass
        finally:
            following.terminate()
            await following.communicate()

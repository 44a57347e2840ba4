"""The operators' port that makes the phone the caller of an emulated call."""

from __future__ import annotations

import asyncio

import pytest

from bridge.cli.phone_line import STREAM_ID, PhoneLine
from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError
from bridge.wire.formats import MULAW_8K
from bridge.wire.link.answers import Done
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Hangup, Listen, StepIn

SILENCE = MULAW_8K.silence * MULAW_8K.frame_bytes


def frame(number: int) -> bytes:
    return bytes([number]) * MULAW_8K.frame_bytes


async def test_the_phone_hears_the_bot_and_is_the_voice_of_the_caller() -> None:
    opened = asyncio.Event()
    async with PhoneLine(opened.set) as line, OperatorLink(line.address) as link:
        voice = line.caller(MULAW_8K)
        assert opened.is_set()
        assert voice(frame(1)) == SILENCE, "nobody is at the phone yet"
        done = await link.request(Listen(stream_id=STREAM_ID))
        assert isinstance(done, Done)
        assert done.stream is not None
        assert (done.stream.state, done.stream.content_type, done.stream.sample_rate) == ("live", "audio/x-mulaw", 8000)
        done = await link.request(StepIn(stream_id=STREAM_ID, mode="takeover"))
        assert isinstance(done, Done)
        assert done.stream is not None
        assert done.stream.mode == "takeover"
        assert voice(frame(2)) == SILENCE
        heard = await anext(aiter(link.pushes()))
        assert heard == Audio(Leg.CALLER, 1, MULAW_8K.frame_bytes, frame(2))
        for number in (3, 4, 5):
            await link.send_audio(Audio(Leg.OPERATOR, 1, 0, frame(number)))
        await link.request(Listen(stream_id=STREAM_ID, on=False))  # Answered when the audio before it is there.
        assert [voice(SILENCE) for _ in range(4)] == [frame(3), frame(4), frame(5), SILENCE]


async def test_a_voice_that_comes_in_a_burst_is_not_said_late() -> None:
    async with PhoneLine(lambda: None) as line, OperatorLink(line.address) as link:
        voice = line.caller(MULAW_8K)
        for number in range(50):
            await link.send_audio(Audio(Leg.OPERATOR, 1, 0, frame(number)))
        await link.request(Listen(stream_id=STREAM_ID))
        assert voice(SILENCE) == frame(44), "120 ms are held, and what is older is left out"


async def test_a_piece_of_another_length_is_not_said() -> None:
    async with PhoneLine(lambda: None) as line, OperatorLink(line.address) as link:
        voice = line.caller(MULAW_8K)
        for _ in range(4):
            await link.send_audio(Audio(Leg.OPERATOR, 1, 0, b"short"))
        await link.request(Listen(stream_id=STREAM_ID))
        assert voice(SILENCE) == SILENCE


async def test_nobody_else_is_let_in_and_it_is_no_bridge() -> None:
    async with PhoneLine(lambda: None) as line:
        with pytest.raises(LinkError, match="does not accept this token"):
            async with OperatorLink(Address(line.address.url, "guessed")):
                pass
        async with OperatorLink(line.address) as link:
            with pytest.raises(RefusedError, match="not a bridge"):
                await link.request(Hangup(stream_id=STREAM_ID))

"""A caller whose every frame is another, so that what somebody plays tells whom they heard, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random
from typing import TypeVar

from bridge.carrier.call import Call
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.voice import Voice
from bridge.wire.commands import ClearAudio, PlayAudio, read_command
from bridge.wire.document import StreamElement
from bridge.wire.formats import MULAW_8K, AudioFormat
from bridge.wire.frames import Media, read_frame
from tests.bots.wiretap import Wiretap

STREAM_ID = "5ef0ad5c-61f4-4c4c-a9a5-3d1b2c0b7a11"
CALL_UUID = "c1a72a5e-8f0f-4f8e-9d6a-0c6c3a1d9b22"

_CODES = bytes(code for code in range(256) if code != 0x7F)
"""All codes of mu-law but its second zero, which becomes the first where a bot decodes and codes again."""

T = TypeVar("T")


def noise(who: str) -> Voice:
    """Somebody's voice: 20 ms of mu-law at a time that nobody says twice."""
    random = Random(who)
    return lambda heard: bytes(random.choices(_CODES, k=MULAW_8K.frame_bytes))


def _caller(audio_format: AudioFormat) -> Voice:
    return noise("caller")


@asynccontextmanager
async def calling(url: str, digits: tuple[tuple[float, str], ...] = ()) -> AsyncIterator[Outcome]:
    """A signed call that is hung up at the end of the block."""
    plan = CallPlan(
        parties=Parties(from_="+447700900123", to="+14155550100", stream_id=STREAM_ID, call_uuid=CALL_UUID),
        target=StreamElement(url=url, bidirectional=True, content_type=MULAW_8K.content_type),
        auth_token="of-plivo",
        caller=_caller,
        digits=digits,
    )
    call = Call(plan)
    running = asyncio.create_task(call.run(), name="call")
    try:
        yield call.outcome
    finally:
        call.hang_up()
        await asyncio.wait_for(running, 15)


def frames(tap: Wiretap, kind: type[T]) -> list[T]:
    """The carrier's frames of one kind."""
    return [frame for frame in map(read_frame, tap.to_bot.texts) if isinstance(frame, kind)]


def commands(tap: Wiretap, kind: type[T]) -> list[T]:
    """The bot's commands of one kind."""
    return [command for command in map(read_command, tap.to_carrier.texts) if isinstance(command, kind)]


def said(tap: Wiretap) -> bytes:
    """All that the caller said."""
    return b"".join(media.payload for media in frames(tap, Media))


def played(tap: Wiretap) -> list[bytes]:
    """What the bot played: a piece for each time between two clears."""
    pieces = [b""]
    for command in commands(tap, PlayAudio | ClearAudio):
        if isinstance(command, PlayAudio):
            pieces[-1] += command.payload
        else:
            pieces.append(b"")
    return pieces

"""A call to a bot through a bridge, with a wiretap on either side of it and an operator at it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge.operator.client import OperatorLink
from bridge.wire.link.answers import Done
from bridge.wire.link.audio import Audio, Leg
from bridge.wire.link.requests import Listen, Record, StepIn, StepOut
from tests.bots.calling import STREAM_ID, calling, noise
from tests.bots.wiretap import Wiretap, wiretap
from tests.server.rig import running


@dataclass
class Through:
    """The call as the carrier has it (`outside`) and as the bot has it (`inside`)."""

    outside: Wiretap
    inside: Wiretap
    operator: OperatorLink
    handle: int = 0

    async def listen(self) -> None:
        done = await self.operator.request(Listen(stream_id=STREAM_ID))
        assert isinstance(done, Done)
        assert done.stream is not None
        self.handle = done.stream.handle

    async def record(self) -> None:
        await self.operator.request(Record(stream_id=STREAM_ID))

    async def hear(self, leg: Leg, size: int) -> list[bytes]:
        """The next pieces of a leg that is listened to, of so many bytes together."""
        heard: list[bytes] = []
        async with asyncio.timeout(8):
            async for push in self.operator.pushes():
                if isinstance(push, Audio) and push.leg == leg:
                    heard.append(push.payload)
                    if sum(map(len, heard)) >= size:
                        break
        return heard

    async def take_over(self) -> Done:
        done = await self.operator.request(StepIn(stream_id=STREAM_ID, mode="takeover"))
        assert isinstance(done, Done)
        return done

    async def speak(self, frames: int) -> bytes:
        """Speak for so many frames, at the caller's pace; returns what was said."""
        voice, words = noise("operator"), b""
        for _ in range(frames):
            before = len(self.outside.to_bot.frames)
            await self.outside.until(lambda before=before: len(self.outside.to_bot.frames) > before)
            word = voice(b"")
            await self.operator.send_audio(Audio(Leg.OPERATOR, self.handle, len(words), word))
            words += word
        return words

    async def hand_back(self) -> None:
        await self.operator.request(StepOut(stream_id=STREAM_ID))


@asynccontextmanager
async def through_a_bridge(bot: str, data: Path, **call: Any) -> AsyncIterator[Through]:
    """The call is hung up at the end of the block, and over on both sides after it."""
    async with (
        wiretap(bot) as inside,
        running(data, agent=inside.url) as rig,
        wiretap(f"{rig.ready.public.replace('http', 'ws')}/stream?customer=7") as outside,
        OperatorLink(rig.address, "anna") as operator,
    ):
        async with calling(outside.url, **call):
            await inside.until(lambda: inside.to_bot.frames)
            yield Through(outside, inside, operator)
        await outside.until(lambda: outside.over)
        await inside.until(lambda: inside.over)

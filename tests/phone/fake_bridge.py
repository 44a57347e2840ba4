"""The operators' port of a bridge, with one stream and no carrier behind it: what the phone meets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve

from bridge.audio.codec import encode as encode_samples
from bridge.operator.client import Address
from bridge.wire.formats import AudioFormat
from bridge.wire.link.answers import Changes, Done, Failed, Welcome
from bridge.wire.link.audio import Audio, Leg, pack_audio, unpack_audio
from bridge.wire.link.messages import LINK_VERSION, decode_client, encode
from bridge.wire.link.requests import ClientMessage, Listen, StepIn, StepOut
from bridge.wire.views import BridgeView, StreamView

TOKEN = "a-token"
NOW = datetime(2025, 1, 1, tzinfo=UTC)


class FakeBridge:
    def __init__(self, audio_format: AudioFormat) -> None:
        self.format = audio_format
        self.view = StreamView(
            handle=7,
            stream_id="stream-1",
            state="live",
            content_type=audio_format.encoding,
            sample_rate=audio_format.rate,
        )
        self.voice: list[tuple[float, Audio]] = []
        """What operators said, with the time it came."""
        self.requests: list[str] = []
        """`listen on`, `step takeover`, `step out` and so on, as they came."""
        self.refusal = ""
        """When set, the answer to each StepIn and Listen."""
        self.silent = False
        """When set, nothing is answered."""
        self.links: set[ServerConnection] = set()
        self.listeners: set[ServerConnection] = set()
        self.port = 0
        self._server: Server | None = None

    @property
    def address(self) -> Address:
        return Address(f"ws://127.0.0.1:{self.port}", TOKEN)

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, compression=None, close_timeout=0.5)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def play(self, samples: np.ndarray, leg: Leg = Leg.CALLER, pace: float = 1.0) -> None:
        """Send samples at the stream's rate as media of 20 ms at real time; `pace` 1.01 is 1 % fast."""
        size = self.format.rate // 50
        begin = time.monotonic()
        for number, at in enumerate(range(0, len(samples) - size + 1, size)):
            await asyncio.sleep(begin + number * 0.02 / pace - time.monotonic())
            await self.send(samples[at : at + size], leg, at)

    async def send(self, samples: np.ndarray, leg: Leg, position: int) -> None:
        frame = pack_audio(Audio(leg, self.view.handle, position, encode_samples(samples, self.format)))
        for link in list(self.listeners):
            await link.send(frame)

    async def end_stream(self) -> None:
        await self.change(state="ended")

    async def change(self, **fields: Any) -> None:
        """The stream is different from now on, and everybody is told."""
        for name, value in fields.items():
            setattr(self.view, name, value)
        for link in list(self.links):
            await link.send(encode(Changes(at=NOW, streams=[self.view])).decode())

    async def _serve(self, link: ServerConnection) -> None:
        assert link.request is not None
        assert link.request.headers["Authorization"] == f"Bearer {TOKEN}"
        view = BridgeView(version="0", pid=1, public_url="", control_url="", started_at=NOW)
        await link.send(encode(Welcome(link_version=LINK_VERSION, operator="test", bridge=view)).decode())
        self.links.add(link)
        try:
            async for frame in link:
                if isinstance(frame, bytes):
                    self.voice.append((time.monotonic(), unpack_audio(frame)))
                elif not self.silent:
                    await link.send(encode(self._answer(link, frame)).decode())
        finally:
            self.links.discard(link)
            self.listeners.discard(link)

    def _answer(self, link: ServerConnection, frame: str) -> Done | Failed:
        request = decode_client(frame)
        match request:
            case Listen(on=True):
                self.requests.append("listen on")
            case Listen():
                self.requests.append("listen off")
            case StepIn():
                self.requests.append(f"{'seize' if request.seize else 'step'} {request.mode}")
            case StepOut():
                self.requests.append("step out")
        if self.refusal and not isinstance(request, StepOut):
            return Failed(id=request.id, error=self.refusal)
        return Done(id=request.id, stream=self.view, took_ms=self._carry_out(link, request))

    def _carry_out(self, link: ServerConnection, request: ClientMessage) -> float | None:
        agent = self.view.agent is not None
        match request:
            case Listen():
                (self.listeners.add if request.on else self.listeners.discard)(link)
            case StepIn():
                self.view.operator, self.view.mode = "test", (request.mode or "talk") if agent else "direct"
            case StepOut():
                self.view.operator, self.view.mode = "", "agent" if agent else "direct"
        return 84.0 if self.view.mode == "takeover" else None


@asynccontextmanager
async def fake_bridge(audio_format: AudioFormat) -> AsyncIterator[FakeBridge]:
    bridge = FakeBridge(audio_format)
    await bridge.start()
    try:
        yield bridge
    finally:
        await bridge.stop()


async def until(condition: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for something that no event tells of."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)

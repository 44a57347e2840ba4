"""A voice bot in the test's own loop that does what the test says, and remembers what it was told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response


@dataclass
class Bot:
    """`frames` are all that it was sent, as they came."""

    url: str = ""
    frames: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    sockets: list[ServerConnection] = field(default_factory=list)
    closes: list[tuple[int | None, str]] = field(default_factory=list)
    refuse_with: int | None = None
    wait_before_answer: asyncio.Event | None = None
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> Any:
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(predicate)
        return predicate()

    def events(self, name: str) -> list[dict[str, Any]]:
        return [frame for frame in map(json.loads, self.frames) if frame["event"] == name]

    async def event(self, name: str, count: int = 1) -> dict[str, Any]:
        """Wait until so many frames of this name have come; the newest of them."""
        await self.until(lambda: len(self.events(name)) >= count)
        return self.events(name)[-1]

    async def say(self, *frames: str) -> None:
        for frame in frames:
            await self.sockets[-1].send(frame)

    async def connected(self, count: int = 1) -> None:
        await self.until(lambda: len(self.sockets) >= count)

    async def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.wait_before_answer is not None:
            await self.wait_before_answer.wait()
        if self.refuse_with is not None:
            return connection.respond(self.refuse_with, "no\n")
        return None

    async def serve(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        async with self._changed:
            self.requests.append(socket.request)
            self.sockets.append(socket)
            self._changed.notify_all()
        try:
            async for frame in socket:
                async with self._changed:
                    self.frames.append(frame if isinstance(frame, str) else repr(frame))
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        async with self._changed:
            self.closes.append((socket.close_code, socket.close_reason or ""))
            self._changed.notify_all()


@asynccontextmanager
async def a_bot() -> AsyncIterator[Bot]:
    bot = Bot()
    options = {"process_request": bot.admit, "compression": None, "close_timeout": 0.5}
    async with serve(bot.serve, "127.0.0.1", 0, **options) as server:
        bot.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/ws"
        yield bot

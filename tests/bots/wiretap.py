"""A wiretap on a WebSocket: it passes every byte on as it came, and keeps the frames that went by."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader as Bytes


class Way:
    """What went one way: the head of the handshake, and the frames after it."""

    def __init__(self, *, masked: bool) -> None:
        self.head: list[str] = []
        """The lines of the handshake."""
        self.frames: list[Frame] = []
        self._unread = Bytes()
        self._parser = self._parse(masked)
        next(self._parser)

    def feed(self, data: bytes) -> None:
        self._unread.feed_data(data)
        next(self._parser)

    @property
    def texts(self) -> list[bytes]:
        """The text frames."""
        return [bytes(frame.data) for frame in self.frames if frame.opcode is Opcode.TEXT]

    def _parse(self, masked: bool) -> Generator[None, None, None]:
        while line := (yield from self._unread.read_line(8192)).decode().strip():
            self.head.append(line)
        while True:
            self.frames.append((yield from Frame.parse(self._unread.read_exact, mask=masked, max_size=None)))


class Wiretap:
    """One call's socket."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target)
        self.url = ""
        self.to_bot = Way(masked=True)
        self.to_carrier = Way(masked=False)
        self.over = False
        self._changed = asyncio.Condition()

    async def until(self, happened: Callable[[], Any], seconds: float = 8.0) -> Any:
        """Wait until something has gone by; returns what `happened` returned."""
        async with asyncio.timeout(seconds), self._changed:
            return await self._changed.wait_for(happened)

    async def take(self, carrier: StreamReader, to_carrier: StreamWriter) -> None:
        bot, to_bot = await asyncio.open_connection(self.target.hostname, self.target.port)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pass_on(carrier, to_bot, self.to_bot), name="wiretap to the bot")
            group.create_task(self._pass_on(bot, to_carrier, self.to_carrier), name="wiretap to the carrier")
        await self._tell(over=True)

    async def _pass_on(self, source: StreamReader, sink: StreamWriter, way: Way) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                way.feed(data)
                sink.write(data)
                await self._tell()
        sink.close()

    async def _tell(self, *, over: bool = False) -> None:
        async with self._changed:
            self.over = over
            self._changed.notify_all()


@asynccontextmanager
async def wiretap(target: str) -> AsyncIterator[Wiretap]:
    """Listens at `url` for one call, which it passes on to `target`."""
    tapped = Wiretap(target)
    async with await asyncio.start_server(tapped.take, "127.0.0.1", 0) as server:
        host, port = server.sockets[0].getsockname()
        tapped.url = tapped.target._replace(netloc=f"{host}:{port}").geturl()
        yield tapped

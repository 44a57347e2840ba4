"""A bad network between two TCP ends: everything arrives, in order, but late and unevenly, as over a poor Wi-Fi.

The kernel's own means (netem) are not on every machine, so this is a proxy that holds each piece back.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from random import Random

_AT_ONCE = 64 * 1024


@dataclass(frozen=True)
class Weather:
    """Seconds: each piece takes `delay` give or take `jitter`; every so many (`stall_share`) a stall more."""

    delay: float = 0.08
    jitter: float = 0.03
    stall_share: float = 0.01
    stalls: tuple[float, float] = (0.02, 0.06)

    def late_by(self, random: Random) -> float:
        stalled = random.random() < self.stall_share
        return self.delay + random.uniform(-self.jitter, self.jitter) + stalled * random.uniform(*self.stalls)


@asynccontextmanager
async def bad_link(port: int, weather: Weather, seed: int = 1) -> AsyncIterator[int]:
    """A port of this machine that leads to another one through the weather."""
    random = Random(seed)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        there = asyncio.create_task(_carry(reader, far_writer, weather, random), name="bad link there")
        back = asyncio.create_task(_carry(far_reader, writer, weather, random), name="bad link back")
        tasks.update((there, back))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, weather: Weather, random: Random) -> None:
    """One direction; a piece never overtakes the one before it."""
    loop = asyncio.get_running_loop()
    under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

    async def deliver() -> None:
        while True:
            due, data = await under_way.get()
            await asyncio.sleep(max(0.0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            with suppress(ConnectionError):
                await writer.drain()
        writer.close()

    delivery = asyncio.create_task(deliver(), name="bad link delivery")
    due = 0.0
    try:
        while True:
            data = b""
            with suppress(ConnectionError):
                data = await reader.read(_AT_ONCE)
            due = max(due, loop.time() + weather.late_by(random))
            under_way.put_nowait((due, data))
            if not data:
                break
        await delivery
    finally:
        delivery.cancel()

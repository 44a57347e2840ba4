"""A bridge in the test's own loop, on real sockets, and the means to be Plivo and an operator towards it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from websockets.asyncio.client import ClientConnection, connect

from bridge.operator.client import Address, OperatorLink
from bridge.server.run import Ready, run_bridge
from bridge.server.settings import checked
from bridge.wire.events import Event
from bridge.wire.formats import MULAW_8K, AudioFormat
from bridge.wire.frames import Media, Start, media_frame, start_frame
from bridge.wire.link.answers import Changes
from bridge.wire.link.audio import Audio
from bridge.wire.link.requests import ClientMessage, Subscribe
from bridge.wire.views import StreamView

TONE = bytes((i * 37) % 251 for i in range(160))


@dataclass
class Watcher:
    """An operator who sees everything."""

    link: OperatorLink
    streams: dict[int, StreamView] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    audio: list[Audio] = field(default_factory=list)
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def follow(self) -> None:
        async for push in self.link.pushes():
            async with self._changed:
                self._take(push)
                self._changed.notify_all()

    def _take(self, push: Changes | Audio) -> None:
        if isinstance(push, Audio):
            self.audio.append(push)
            return
        self.streams.update({view.handle: view for view in push.streams})
        for handle in push.removed:
            self.streams.pop(handle, None)
        for meter in push.meters:
            view = self.streams[meter.handle]
            view.frames_in, view.queued_ms, view.caller_dbfs = meter.frames_in, meter.queued_ms, meter.caller_dbfs
            view.agent_dbfs = meter.agent_dbfs
        self.events.extend(push.events)

    async def until(self, predicate: Callable[[], Any], timeout: float = 5.0) -> Any:
        """Wait until the predicate holds and return what it returned."""
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(predicate)
        return predicate()

    async def until_answer(self, request: ClientMessage, predicate: Callable[[Any], Any], timeout: float = 5.0) -> Any:
        """Ask until the answer is as expected: of a file on disk nothing is pushed."""
        async with asyncio.timeout(timeout):
            while not predicate(answer := await self.link.request(request)):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        return answer

    def stream(self, stream_id: str) -> StreamView | None:
        return next((view for view in self.streams.values() if view.stream_id == stream_id), None)

    async def state(self, stream_id: str, state: str) -> StreamView:
        def there() -> StreamView | None:
            view = self.stream(stream_id)
            return view if view is not None and view.state == state else None

        found: StreamView = await self.until(there)
        return found

    async def event(self, text: str) -> Event:
        """The first event whose text contains this."""
        found: Event = await self.until(lambda: next((event for event in self.events if text in event.text), None))
        return found


@dataclass
class Rig:
    """A running bridge."""

    ready: Ready
    token: str
    http: aiohttp.ClientSession
    data: Path

    @property
    def address(self) -> Address:
        return Address(self.ready.control, self.token)

    async def post(self, path: str, **fields: str) -> tuple[int, str]:
        async with self.http.post(self.ready.public + path, data=fields) as response:
            return response.status, await response.text()

    async def get(self, path: str, **fields: str) -> tuple[int, str]:
        async with self.http.get(self.ready.public + path, params=fields) as response:
            return response.status, await response.text()

    def socket(self, path: str = "/stream", **options: Any) -> connect:
        return connect(self.ready.public.replace("http", "ws") + path, proxy=None, **options)

    @asynccontextmanager
    async def carrier(
        self, stream_id: str = "s-1", call_id: str = "c-1", audio_format: AudioFormat = MULAW_8K, **fields: Any
    ) -> AsyncIterator[ClientConnection]:
        """A socket that has said `start`."""
        async with self.socket() as socket:
            start = Start(stream_id=stream_id, call_id=call_id, sequence=1, format=audio_format, **fields)
            await socket.send(start_frame(start))
            yield socket

    @asynccontextmanager
    async def watcher(self, name: str = "watcher") -> AsyncIterator[Watcher]:
        async with OperatorLink(self.address, name) as link:
            watcher = Watcher(link)
            following = asyncio.create_task(watcher.follow(), name="watcher")
            await link.request(Subscribe(events_after=0))
            try:
                yield watcher
            finally:
                await link.close()
                await following


def media(stream_id: str = "s-1", payload: bytes = TONE, **fields: Any) -> str:
    return media_frame(Media(stream_id=stream_id, payload=payload, timestamp="1", **fields))


@contextmanager
def failing_journal(data: Path) -> Iterator[None]:
    """In this block the journal can neither be written nor read."""
    with closing(sqlite3.connect(data / "journal.db", isolation_level=None)) as other:
        other.execute("ALTER TABLE events RENAME TO away")
        yield
        other.execute("ALTER TABLE away RENAME TO events")


@asynccontextmanager
async def running(data: Path, **settings: Any) -> AsyncIterator[Rig]:
    """A bridge on free ports, until the end of the block."""
    is_ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
    defaults = {"listen": "127.0.0.1:0", "control": "127.0.0.1:0", "data": data}
    bridge = asyncio.create_task(run_bridge(checked({**defaults, **settings}), is_ready.set_result), name="bridge")
    try:
        done, _ = await asyncio.wait({bridge, is_ready}, return_when=asyncio.FIRST_COMPLETED)
        if bridge in done:
            bridge.result()
        ready = is_ready.result()
        token = (data / "token").read_text().strip()
        async with aiohttp.ClientSession() as http:
            yield Rig(ready, token, http, data)
    finally:
        bridge.cancel()
        await asyncio.gather(bridge, return_exceptions=True)


@asynccontextmanager
async def bridge_process(data: Path) -> AsyncIterator[tuple[Process, Rig]]:
    """A bridge on free ports in a process of its own, as a user starts it; killed at the end of the block."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bridge", "bridge", "--json", "--data", str(data)),
        *("--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"),
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None
        ready = Ready(**json.loads(await asyncio.wait_for(process.stdout.readline(), 20)))
        async with aiohttp.ClientSession() as http:
            yield process, Rig(ready, (data / "token").read_text().strip(), http, data)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()

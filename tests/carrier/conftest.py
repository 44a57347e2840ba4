"""The far end of an emulated call: a bot's server for HTTP and WebSocket, which keeps what comes."""

import asyncio
import time
from dataclasses import dataclass, field, replace

import msgspec
import pytest
from aiohttp import WSMsgType, web

from bridge.carrier.call import Call
from bridge.carrier.plan import CallPlan, Parties
from bridge.wire.document import StreamElement, write_document
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Media, read_frame


@dataclass
class Request:
    """An HTTP request as it came."""

    method: str
    path: str
    url: str
    fields: dict[str, str]
    headers: dict[str, str]


@dataclass
class Socket:
    """A stream's socket, and the request that opened it."""

    connection: web.WebSocketResponse
    upgrade: web.Request

    async def close(self, code: int, reason: str) -> None:
        await self.connection.close(code=code, message=reason.encode())

    def vanish(self) -> None:
        self.upgrade.transport.abort()


@dataclass
class FarEnd:
    """Keeps every frame (with its monotonic time) and every request, in the order they came."""

    http: str = ""
    document: str = ""
    documents: dict[str, str] = field(default_factory=dict)
    """What other paths than /answer return."""
    answer_status: int = 200
    statuses: list[int] = field(default_factory=list)
    """What the next status callbacks are answered with; 200 when there is nothing."""
    sockets: list[Socket] = field(default_factory=list)
    frames: list[tuple[float, dict]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    close_codes: list[int | None] = field(default_factory=list)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def stream(self, **attributes) -> StreamElement:
        usual = {
            "url": f"{self.http.replace('http', 'ws')}/stream",
            "status_callback_url": f"{self.http}/status",
            "bidirectional": True,
            "content_type": MULAW_8K.content_type,
        }
        return StreamElement(**{**usual, **attributes})

    def plan(self, target=None, **rest) -> CallPlan:
        parties = Parties(from_="+447700900123", to="+14155550100", caller_name="Alex")
        plan = CallPlan(parties=parties, target=target or self.stream(), hangup_url=f"{self.http}/hangup")
        return replace(plan, **rest)

    def named(self, event: str) -> list[dict]:
        return [frame for _, frame in self.frames if frame["event"] == event]

    def at(self, event: str) -> list[float]:
        """When the frames of this event came."""
        return [at for at, frame in self.frames if frame["event"] == event]

    def audio(self, track: str = "inbound") -> bytes:
        """All that came on a track."""
        media = [read_frame(msgspec.json.encode(frame)) for frame in self.named("media")]
        return b"".join(frame.payload for frame in media if isinstance(frame, Media) and frame.track == track)

    def callbacks(self) -> list[str]:
        return [request.fields["Event"] for request in self.requests if request.path == "/status"]

    async def until(self, happened, seconds=10.0):
        """Wait until something has happened."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(happened)

    async def until_frames(self, event: str, count: int = 1):
        await self.until(lambda: len(self.named(event)) >= count)

    async def send(self, *messages: str | bytes) -> float:
        """Send commands one right after the other; returns when."""
        now = time.monotonic()
        for message in messages:
            send = self.sockets[-1].connection
            await (send.send_bytes(message) if isinstance(message, bytes) else send.send_str(message))
        return now

    async def serve_socket(self, request: web.Request) -> web.WebSocketResponse:
        connection = web.WebSocketResponse()
        await connection.prepare(request)
        self.sockets.append(Socket(connection, request))
        async for message in connection:
            assert message.type is WSMsgType.TEXT
            await self._keep(self.frames, (time.monotonic(), msgspec.json.decode(message.data)))
        await self._keep(self.close_codes, connection.close_code)
        return connection

    async def serve_request(self, request: web.Request) -> web.Response:
        fields = dict(await request.post() if request.method == "POST" else request.query)
        got = Request(request.method, request.path, str(request.url), fields, dict(request.headers))
        await self._keep(self.requests, got)
        if request.path == "/answer":
            return web.Response(text=self.document, content_type="application/xml", status=self.answer_status)
        if request.path in self.documents:
            return web.Response(text=self.documents[request.path], content_type="text/xml")
        return web.Response(status=self.statuses.pop(0) if request.path == "/status" and self.statuses else 200)

    async def _keep(self, where: list, what) -> None:
        async with self.changed:
            where.append(what)
            self.changed.notify_all()


@pytest.fixture
async def far_end():
    end = FarEnd()
    app = web.Application()
    app.router.add_get("/stream", end.serve_socket)
    app.router.add_route("*", "/{path:.*}", end.serve_request)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    end.http = f"http://127.0.0.1:{runner.addresses[0][1]}"
    end.document = write_document(end.stream())
    yield end
    await runner.cleanup()


@dataclass
class Ringing:
    """A call in the background."""

    call: Call
    task: asyncio.Task

    async def over(self):
        """Its outcome, when it is over."""
        async with asyncio.timeout(15):
            return await self.task

    async def hang_up(self):
        self.call.hang_up()
        return await self.over()


@pytest.fixture
async def ring():
    """Start a call by its plan; those that a test leaves are hung up after it."""
    ringing = []

    def start(plan: CallPlan) -> Ringing:
        call = Call(plan)
        ringing.append(Ringing(call, asyncio.create_task(call.run())))
        return ringing[-1]

    yield start
    for call in ringing:
        call.call.hang_up()
    await asyncio.gather(*(call.task for call in ringing), return_exceptions=True)

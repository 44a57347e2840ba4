"""The operators' port of a bridge that does what a test says: what the store, the feed and the screens meet."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bridge.operator.client import Address
from bridge.wire.events import Event
from bridge.wire.link.answers import Answer, Changes, Done, Events, RecordingPart, Streams, Welcome
from bridge.wire.link.audio import Audio, unpack_audio
from bridge.wire.link.messages import LINK_VERSION, decode_client, encode
from bridge.wire.link.requests import ClientMessage, FetchRecording, ListEvents, ListStreams, StepIn, StepOut, Subscribe
from bridge.wire.recordings import PART_BYTES, What
from bridge.wire.views import AgentView, BridgeView, CheckpointView, ClearView, StreamView

NOW = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
TOKEN = "a-token"


def a_bridge(**fields: Any) -> BridgeView:
    return BridgeView(
        **{
            "version": "0.1.0",
            "pid": 1,
            "public_url": "https://calls.example.com",
            "control_url": "ws://127.0.0.1:7481",
            "started_at": NOW - timedelta(hours=2),
            "operators": 1,
            **fields,
        }
    )


def a_stream(handle: int, **fields: Any) -> StreamView:
    """A live stream that began `handle` seconds ago; its StreamID begins with its handle in hexadecimal."""
    return StreamView(
        **{
            "handle": handle,
            "stream_id": f"{handle:08x}-0000-4000-8000-{handle:012x}",
            "call_uuid": f"{handle:08x}-1111-4000-8000-{handle:012x}",
            "from_": f"+4930231250{handle % 100:02}",
            "to": "+14155550100",
            "direction": "inbound",
            "state": "live",
            "bidirectional": True,
            "tracks": ["inbound"],
            "content_type": "audio/x-mulaw",
            "sample_rate": 8000,
            "started_at": NOW - timedelta(seconds=handle),
            **fields,
        }
    )


def an_event(number: int, **fields: Any) -> Event:
    return Event(
        **{
            "id": number,
            "at": NOW - timedelta(seconds=100 - number / 10),
            "source": "carrier",
            "event": "dtmf",
            "stream_id": a_stream(1).stream_id,
            "text": f"The caller pressed {number % 10}.",
            "data": {"digit": str(number % 10)},
            "raw": f'{{"event":"dtmf","dtmf":{{"digit":"{number % 10}"}}}}',
            **fields,
        }
    )


def an_agent(**fields: Any) -> AgentView:
    return AgentView(**{"url": "ws://127.0.0.1:7860/ws", "state": "open", **fields})


def a_busy_stream(handle: int = 1, **fields: Any) -> StreamView:
    """A stream with something in every field."""
    sent = NOW - timedelta(seconds=30)
    busy = a_stream(
        handle,
        caller_dbfs=-18.0,
        agent_dbfs=-31.0,
        frames_in=2400,
        frames_out=1900,
        gaps=2,
        queued_ms=8400,
        extra_headers={"customer": "c1234", "tier": "gold"},
        service_url="wss://calls.example.com/stream",
        remote="203.0.113.7:41234",
        account_id="MAEXAMPLE",
        dtmf_in="12#",
        dtmf_out="9",
        callbacks={"StartStream": 1, "PlayedStream": 2},
        problems={"A frame had no event name.": 2},
        health="warning",
        health_text="2 frames could not be read",
        mode="takeover",
        operator="alex",
        mode_since=NOW - timedelta(seconds=42),
        agent=an_agent(tried=["ws://127.0.0.1:7861/ws"]),
        recording="20260314T115930Z-00000001",
        listeners=1,
        checkpoints=[
            CheckpointView(name="greeting", sent_at=sent, played_at=sent + timedelta(milliseconds=812)),
            CheckpointView(name="menu", sent_at=sent + timedelta(seconds=9), cleared=True),
            CheckpointView(name="goodbye", sent_at=sent + timedelta(seconds=20), overdue=True),
        ],
        clears=[ClearView(sent_at=sent + timedelta(seconds=12), acknowledged_at=sent + timedelta(seconds=12.084))],
    )
    return structs.replace(busy, **fields)


class FakeBridge:
    """Holds streams and events, remembers what it was asked, and answers as `answers` says."""

    def __init__(self) -> None:
        self.view = a_bridge()
        self.read_only = False
        self.streams: list[StreamView] = []
        self.past: list[StreamView] = []
        self.events: list[Event] = []
        self.journal: list[Event] = []
        self.asked: list[ClientMessage] = []
        self.answers: dict[type[ClientMessage], Answer] = {}
        """How a kind of request is answered; else `Done` without a word."""
        self.held: set[type[ClientMessage]] = set()
        """Kinds of requests that are not answered."""
        self.files: dict[tuple[str, What], bytes] = {}
        """Recordings that can be fetched."""
        self.part_bytes = PART_BYTES
        self.voice: list[Audio] = []
        """What operators sent."""
        self.changed = asyncio.Event()
        self._links: set[ServerConnection] = set()
        self._server: Server | None = None

    async def open(self, port: int = 0) -> None:
        self._server = await serve(self._serve, "127.0.0.1", port)

    async def close(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None
        return self._server.sockets[0].getsockname()[1]

    @property
    def links(self) -> int:
        return len(self._links)

    @property
    def address(self) -> Address:
        return Address(f"ws://127.0.0.1:{self.port}", TOKEN)

    async def push(self, **changes: Any) -> None:
        frame = encode(Changes(at=NOW, **changes)).decode()
        for link in list(self._links):
            await link.send(frame)

    async def was_asked(self, kind: type[ClientMessage]) -> Any:
        """Wait for a request of this kind; returns the first."""
        async with asyncio.timeout(5):
            while True:
                found = next((message for message in self.asked if isinstance(message, kind)), None)
                if found is not None:
                    return found
                self.changed.clear()
                await self.changed.wait()

    async def _serve(self, link: ServerConnection) -> None:
        await link.send(
            encode(
                Welcome(link_version=LINK_VERSION, operator="test#1", bridge=self.view, read_only=self.read_only)
            ).decode()
        )
        self._links.add(link)
        try:
            async for frame in link:
                if isinstance(frame, bytes):
                    self.voice.append(unpack_audio(frame))
                    self.changed.set()
                    continue
                await self._answer(link, decode_client(frame))
        except ConnectionClosed:
            pass
        finally:
            self._links.discard(link)

    async def _answer(self, link: ServerConnection, message: ClientMessage) -> None:
        self.asked.append(message)
        if type(message) not in self.held:
            answer = self.answers.get(type(message)) or self._usual(message)
            answer.id = message.id
            await link.send(encode(answer).decode())
        if isinstance(message, Subscribe):
            after = message.events_after or 0
            events = [event for event in self.events if event.id > after]
            changes = Changes(at=NOW, full=True, streams=self.streams, events=events, bridge=self.view)
            await link.send(encode(changes).decode())
        self.changed.set()

    def _usual(self, message: ClientMessage) -> Answer:
        match message:
            case ListStreams():
                return Streams(id=0, streams=[*self.streams, *self.past])
            case ListEvents():
                kept = {event.id: event for event in [*self.journal, *self.events]}
                events = [kept[number] for number in sorted(kept) if _is_asked_for(kept[number], message)]
                return Events(id=0, events=events[: message.limit])
            case FetchRecording(name=name, what=what, offset=at) if (name, what) in self.files:
                content = self.files[name, what]
                data = content[at : at + self.part_bytes]
                return RecordingPart(id=0, name=name, offset=at, data=data, total=len(content))
            case StepIn() | StepOut():
                return Done(id=0, stream=next(view for view in self.streams if view.stream_id == message.stream_id))
            case _:
                return Done(id=0, text=f"{type(message).__name__} done.")


def _is_asked_for(event: Event, question: ListEvents) -> bool:
    after = event.id - 1 if question.after is None else question.after
    return question.stream_id in {"", event.stream_id} and after < event.id < (question.before or event.id + 1)


@asynccontextmanager
async def fake_bridge() -> AsyncIterator[FakeBridge]:
    bridge = FakeBridge()
    await bridge.open()
    try:
        yield bridge
    finally:
        await bridge.close()

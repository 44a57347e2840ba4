"""The phone as the caller of an emulated call.

The phone is a process that knows the operators' link and nothing else. So here is an operators' port with one stream
on it, whose caller's leg is the bot; what the phone says into that stream is the caller's voice in the call.
"""

from __future__ import annotations

import os
import secrets
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from types import TracebackType

import msgspec
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.http11 import Request, Response

import bridge
from bridge.carrier.voice import Voice
from bridge.operator.client import Address
from bridge.wire.formats import AudioFormat
from bridge.wire.link.answers import Done, Failed, Welcome
from bridge.wire.link.audio import Audio, Leg, pack_audio, unpack_audio
from bridge.wire.link.messages import LINK_VERSION, decode_client, encode
from bridge.wire.link.requests import ClientMessage, Listen, StepIn, StepOut
from bridge.wire.views import AgentView, BridgeView, StreamView

STREAM_ID = "call"
_HANDLE = 1
_HELD_BACK = 2
"""Frames of the voice that wait before the first is said, so that a late one leaves no hole."""
_MOST_HELD = 6
_MOST_UNREAD_BYTES = 64 * 1024
"""What waits for a phone that does not read; beyond it, it hears nothing."""


class PhoneLine:
    """The operators' port while the block lasts: `async with PhoneLine(opened) as line:`.

    `on_open` is called when the call has a stream that can be listened to.
    """

    def __init__(self, on_open: Callable[[], None]) -> None:
        self._on_open = on_open
        self._token = secrets.token_urlsafe()
        self._listeners: set[ServerConnection] = set()
        self._view = StreamView(handle=_HANDLE, stream_id=STREAM_ID, agent=AgentView(url=""))
        self._voice: deque[bytes] = deque(maxlen=_MOST_HELD)
        self._speaking = False
        self._heard_samples = 0
        self.address = Address("", "")

    async def __aenter__(self) -> PhoneLine:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, compression=None, close_timeout=1, process_request=self._let_in
        )
        host, port = next(iter(self._server.sockets)).getsockname()
        self.address = Address(f"ws://{host}:{port}", self._token)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        await self._server.wait_closed()

    def caller(self, audio_format: AudioFormat) -> Voice:
        """Whoever is at the phone, as the caller of a stream in this format."""
        quiet = audio_format.silence * (audio_format.frame_bytes // audio_format.sample_bytes)
        self._view.content_type, self._view.sample_rate = audio_format.encoding, audio_format.rate
        self._view.state = "live"
        self._on_open()

        def voice(heard: bytes) -> bytes:
            self._tell(Audio(Leg.CALLER, _HANDLE, self._heard_samples, heard))
            self._heard_samples += len(heard) // audio_format.sample_bytes
            said = self._said()
            return said if len(said) == len(quiet) else quiet

        return voice

    def _tell(self, audio: Audio) -> None:
        reading = [link for link in self._listeners if link.transport.get_write_buffer_size() < _MOST_UNREAD_BYTES]
        broadcast(reading, pack_audio(audio))

    def _said(self) -> bytes:
        """The next 20 ms from the phone; nothing while it is silent, or has only begun to speak."""
        self._speaking = len(self._voice) > (0 if self._speaking else _HELD_BACK)
        return self._voice.popleft() if self._speaking else b""

    def _let_in(self, link: ServerConnection, request: Request) -> Response | None:
        given = request.headers.get("Authorization", "")
        if secrets.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return None
        return link.respond(HTTPStatus.UNAUTHORIZED, "This port is for the phone of one call.\n")

    async def _serve(self, link: ServerConnection) -> None:
        view = BridgeView(
            version=bridge.__version__, pid=os.getpid(), public_url="", control_url="", started_at=datetime.now(UTC)
        )
        await link.send(encode(Welcome(link_version=LINK_VERSION, operator="", bridge=view)).decode())
        try:
            async for frame in link:
                if isinstance(frame, bytes):
                    self._voice.append(unpack_audio(frame).payload)
                else:
                    await link.send(encode(self._answer(link, decode_client(frame))).decode())
        except (msgspec.MsgspecError, ValueError):
            await link.close(1008)
        finally:
            self._listeners.discard(link)

    def _answer(self, link: ServerConnection, request: ClientMessage) -> Done | Failed:
        match request:
            case Listen(on=True):
                self._listeners.add(link)
            case Listen():
                self._listeners.discard(link)
            case StepIn():
                self._view.operator, self._view.mode = STREAM_ID, "takeover"
            case StepOut():
                self._view.operator, self._view.mode = "", "agent"
            case _:
                return Failed(id=request.id, error="This is a call with one phone, not a bridge.")
        return Done(id=request.id, stream=self._view)

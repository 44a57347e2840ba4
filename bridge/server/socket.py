"""The carrier's socket of one stream: turns its frames into what the stream takes, and the stream's commands into
frames; what a frame means is the stream's business. Nothing that comes in can raise into the loop: what is wrong
becomes a problem of the row. With an agent behind it, a relay gets the frames first.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.server import ServerProtocol

from bridge.server.relay import Relay
from bridge.server.routes import Way
from bridge.server.site import Site
from bridge.server.splitter import Messages, Splitter
from bridge.server.websocket import WebSocket
from bridge.streams.clock import Moment, moment
from bridge.streams.recording.recorder import RecordingError
from bridge.streams.stream import Stream
from bridge.streams.switchboard import DuplicateStreamError
from bridge.streams.tap import Verdict
from bridge.wire.fields import FrameError
from bridge.wire.frames import MAX_FRAME_BYTES, Media, Start, read_frame

_START_WITHIN = 10.0
"""Seconds in which a socket must send `start`."""
_PING_AFTER = 30.0
_GIVE_UP_AFTER = 120.0
"""Seconds without a byte after which a socket is taken for half-open: neither media nor a pong came."""
_ANSWER_WITHIN = 3.0
"""Seconds that the upgrade waits for the agent's answer, so that Plivo sees a refusal as one."""
MAX_SOCKETS = 2_000
"""Sockets open at a time; a core holds far fewer calls."""
_RAW_BYTES = 16 * 1024
_SHOWN_PATH = 80
_UNREAD_LIMIT = 1024 * 1024
"""Bytes that may wait for a carrier that does not read, before commands to it are dropped."""
_RELAYED_UNREAD_LIMIT = 256 * 1024
"""The same with an agent behind it, before the agent has to wait."""


class CarrierSocket(WebSocket[ServerProtocol]):
    """One socket of the carrier's, from its upgrade request to its close. It is the stream's `Line`."""

    def __init__(self, site: Site) -> None:
        super().__init__(
            ServerProtocol(max_size=MAX_FRAME_BYTES),
            Splitter(masked=True, max_bytes=MAX_FRAME_BYTES),
            self._assemble,
        )
        self.stream: Stream | None = None
        self._site = site
        self._request: Request
        self._relay: Relay | None = None
        self._messages = Messages(MAX_FRAME_BYTES)
        self._frames: list[bytes] = []
        """Those of the message that is coming."""
        self._early = b""
        self._closed_by = "carrier"
        self._opened = 0.0

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection was handed over with its upgrade request still to be read."""
        super().connection_made(transport)
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opened = self.last_byte
        peer = transport.get_extra_info("peername")
        self._remote = f"{peer[0]}:{peer[1]}" if peer else ""
        self._transport.set_write_buffer_limits(high=2 * _UNREAD_LIMIT)
        self._site.sockets.add(self)

    def pause_writing(self) -> None:
        """The carrier has not read for long, with no agent not even the pongs to its pings."""
        if self._relay is not None:
            self._relay.carrier_full(True)
            return
        if self.stream is not None:
            self.stream.problem(moment(), "Plivo stopped reading: the connection was given up.", level="error")
        self.abort()

    def resume_writing(self) -> None:
        """The carrier reads again."""
        if self._relay is not None:
            self._relay.carrier_full(False)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(error)
        self._site.sockets.discard(self)
        self.closed.set_result(None)
        now = moment()
        if self._handshake is not None and self._handshake.handshake_exc is not None:
            self._refused(now, f"A socket was refused: {self._handshake.handshake_exc}.")
        close = self._core.close_rcvd or self._core.close_sent
        code, reason = (close.code, close.reason) if close else (1006, "")
        if self._relay is not None:
            self._relay.traffic.catch_up(now)
            self._relay.carrier_closed(None if code == 1005 else code, reason)
        if self.stream is None or not self.stream.alive:
            return
        broken = self._core.parser_exc
        if broken is not None and not isinstance(broken, EOFError):
            self.stream.problem(now, f"The socket broke the protocol: {broken}.")
            self._closed_by = "bridge"
        self.stream.closed(now, self._closed_by, code, reason)

    # Line

    def send(self, text: str) -> bool:
        """Send a text frame; False when it was dropped because the carrier does not read."""
        if not self.open or self.unread_bytes > _UNREAD_LIMIT:
            return False
        self.send_text(text)
        return True

    def close(self, code: int, reason: str) -> None:
        """Close the socket for an operator."""
        self.end("operator", code, reason)

    # The relay

    def end(self, by: str, code: int | None, reason: str) -> None:
        """Close the socket for whoever closed first, with 1006 without a close."""
        if self.open:
            self._closed_by = by
        if code == 1006:
            self.abort()
        else:
            self.start_close(code, reason)

    def answer_upgrade(self, refusal: int | None = None, why: str = "") -> None:
        """Take the connection, if that was left open; or refuse it with this HTTP status: `why` is for the log."""
        handshake = self._handshake
        if handshake is None or handshake.state is not State.CONNECTING or self._transport.is_closing():
            return
        if refusal is None:
            self._accept(handshake)
        else:
            self._refuse(handshake, _status(refusal), "The agent behind this bridge does not take the call.\n")
            self._refused(moment(), f"A call was refused with {refusal}: {why}")
            self.flush()

    def read(self, message: bytes, is_text: bool, now: Moment) -> Verdict:
        """Read a message for the stream; what becomes of it on its way to an agent."""
        assert self.stream is not None
        if not is_text:
            self.stream.problem(now, "A binary frame came and was ignored: Plivo's frames are text.")
            return True
        try:
            frame = read_frame(message)
        except FrameError as error:
            self.stream.problem(now, str(error), raw=_text(message))
            return True
        if self.stream.view.state == "live":
            meant = self.stream.take(frame, now, "" if isinstance(frame, Media) else _text(message))
            return meant and self.stream.agent.given(frame, message)
        if isinstance(frame, Start):
            self._start(frame, now, _text(message))
        else:
            self.stream.problem(now, "A frame came before start and was ignored.", raw=_text(message))
        return True

    # The site

    def stop(self) -> None:
        """Close the socket because the bridge ends."""
        self.end("bridge", 1001, "the bridge stops")

    def watch(self, now: Moment) -> None:
        """Once a second: no `start`, or nothing at all for long?"""
        silent = now.mono - self.last_byte
        if not self.open:
            return
        if self._relay is not None:
            self._relay.watch(now)
        if self.stream is not None and self.stream.view.state == "connecting":
            if now.mono - self._opened > _START_WITHIN:
                self.stream.problem(now, f"The socket sent no start within {_START_WITHIN:.0f} s.")
                self.end("bridge", 1002, "no start")
        elif self._relay is not None and self._relay.carrier_waits:
            if silent > _GIVE_UP_AFTER:
                self._relay.give_up_agent(f"has read nothing for {_GIVE_UP_AFTER:.0f} s", now)
        elif silent > _GIVE_UP_AFTER:
            if self.stream is not None:
                self.stream.problem(now, f"Nothing came for {_GIVE_UP_AFTER:.0f} s, not even a pong.", level="error")
            self.abort()
        elif silent > _PING_AFTER:
            self._core.send_ping(b"")
            self.flush()

    # WebSocket

    def shake_hands(self, message: Request | Response) -> None:
        """Plivo asks for the upgrade: take it, refuse it, or ask the agent first."""
        assert isinstance(message, Request)
        assert self._handshake is not None
        self._request, handshake = message, self._handshake
        now = moment()
        path = self._site.path_of(message.path)
        if path != "/stream" and not self._site.routes.takes_path(path):
            self._refuse(handshake, HTTPStatus.NOT_FOUND, "Streams connect to /stream.\n")
            self._refused(now, f"A socket was refused: {path[:_SHOWN_PATH]} is not /stream.")
        elif len(self._site.sockets) > MAX_SOCKETS:
            self._refuse(handshake, HTTPStatus.SERVICE_UNAVAILABLE, "Too many sockets are open.\n")
            self._refused(now, "A socket was refused: too many are open.")
        elif not self._site.authorised(now, "GET", message.path, (), message.headers, self._remote):
            self._refuse(handshake, HTTPStatus.FORBIDDEN, "The request is not signed as it should be.\n")
        elif way := self._site.routes.at_upgrade(path):
            self._relay_to(way)
            asyncio.get_running_loop().call_later(_ANSWER_WITHIN, self.answer_upgrade)
        else:
            self._accept(handshake)

    def behind_head(self, data: bytes) -> None:
        """Frames that came before the upgrade was answered."""
        self._early = (self._early + data)[: 2 * MAX_FRAME_BYTES]

    def control(self, frame: bytes) -> None:
        """A ping or a pong came."""
        if self._relay is None or not self._relay.carrier_control(frame):
            super().control(frame)

    # Inside

    def _assemble(self, frame: bytes, at: float) -> None:
        """A data frame came, and there is no agent for it."""
        try:
            message = self._messages.add(frame)
        except ValueError as error:
            self.broke_protocol(str(error))
            return
        self._frames.append(frame)
        if message is not None:
            frames, self._frames = self._frames, []
            self.read(message, self._messages.is_text, moment())
            if self._relay is not None:
                self._relay.begin_with(frames)

    def _accept(self, handshake: ServerProtocol) -> None:
        handshake.send_response(handshake.accept(self._request))
        self.flush()
        if not self.open:
            return
        self.stream = self._site.switchboard.socket(self, self._remote, moment())
        self.stream.view.service_url = self._site.public_form(self._request.path)
        if self._early:
            early, self._early = self._early, b""
            self.data_received(early)

    @staticmethod
    def _refuse(handshake: ServerProtocol, status: HTTPStatus, text: str) -> None:
        handshake.send_response(handshake.reject(status, text))

    def _refused(self, now: Moment, text: str) -> None:
        self._site.complaints.add(now, "refused", text, remote=self._remote)

    def _start(self, frame: Start, now: Moment, raw: str) -> None:
        assert self.stream is not None
        try:
            self.stream = self._site.switchboard.identify(self.stream, self, frame, now, raw)
        except DuplicateStreamError as error:
            self.stream.problem(now, str(error), raw=raw)
            self.end("bridge", 1008, "this stream is live on another socket")
            return
        view, routes = self.stream.view, self._site.routes
        call = self._site.path_of(self._request.path), view.to, view.extra_headers
        way = routes.at_start(*call) if self._relay is None else None
        if way is not None:
            self._relay_to(way)
        if self._relay is not None:
            self._relay.started(self.stream)
        if routes.records(*call):
            try:
                self._site.record(self.stream, now, "bridge")
            except RecordingError as error:
                self.stream.event(now, "bridge", "record", str(error), level="error")

    def _relay_to(self, way: Way) -> None:
        self._transport.set_write_buffer_limits(high=_RELAYED_UNREAD_LIMIT)
        self._relay = Relay(self, self._request, way, self._site.routes)
        self._take = self._relay.traffic.from_carrier
        self._relay.begin()


def _status(code: int) -> HTTPStatus:
    """A status that says the same as the agent's, where it is one that refuses."""
    try:
        status = HTTPStatus(code)
    except ValueError:
        return HTTPStatus.BAD_GATEWAY
    return status if status >= HTTPStatus.BAD_REQUEST else HTTPStatus.BAD_GATEWAY


def _text(message: bytes) -> str:
    return message[:_RAW_BYTES].decode(errors="replace")

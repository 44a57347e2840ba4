"""The carrier's socket of one stream, as an asyncio protocol on websockets' Sans-I/O core.

It turns bytes into frames for the stream and the stream's commands into bytes; what a frame means is the stream's
business. Nothing that comes in can raise into the loop: what is wrong becomes a problem of the row.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from bridge.server.site import Site
from bridge.streams.clock import Moment, moment
from bridge.streams.stream import Stream
from bridge.streams.switchboard import DuplicateStreamError
from bridge.wire.fields import FrameError
from bridge.wire.frames import MAX_FRAME_BYTES, Media, Start, read_frame

_START_WITHIN = 10.0
"""Seconds in which a socket must send `start`."""
_PING_AFTER = 30.0
_GIVE_UP_AFTER = 120.0
"""Seconds without a byte after which a socket is taken for half-open: neither media nor a pong came."""
_CLOSE_WITHIN = 5.0
MAX_SOCKETS = 2_000
"""Sockets open at a time; a core holds far fewer calls."""
_RAW_BYTES = 16 * 1024
_SHOWN_PATH = 80
_UNREAD_LIMIT = 1024 * 1024
"""Bytes that may wait for a carrier that does not read, before commands to it are dropped."""
_READ_AT_ONCE = 4 * 1024
"""Bytes taken from one socket before the others have their turn: more than a frame of any format, and no flood of
empty frames that holds up other calls."""


class CarrierSocket(asyncio.BufferedProtocol):
    """One socket of the carrier's, from its upgrade request to its close. It is the stream's `Line`."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._core = ServerProtocol(max_size=MAX_FRAME_BYTES)
        self._read = bytearray(_READ_AT_ONCE)
        self._stream: Stream | None = None
        self._parts = bytearray()
        self._is_text = True
        self._closed_by = "carrier"
        self._last_byte = 0.0
        self._opened = 0.0

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection was handed over with its upgrade request still to be read."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._opened = self._last_byte = moment().mono
        peer = transport.get_extra_info("peername")
        self._remote = f"{peer[0]}:{peer[1]}" if peer else ""
        transport.set_write_buffer_limits(high=2 * _UNREAD_LIMIT)
        self._site.sockets.add(self)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next bytes go."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self.data_received(self._read[:nbytes])

    def data_received(self, data: bytes | bytearray) -> None:
        """These bytes came, or had come before the connection was handed over."""
        now = moment()
        self._last_byte = now.mono
        self._core.receive_data(data)
        for event in self._core.events_received():
            if isinstance(event, Request):
                self._upgrade(event, now)
            elif isinstance(event, Frame):
                self._frame(event, now)
        self._flush()

    def eof_received(self) -> None:
        """The carrier sends no more."""
        self._core.receive_eof()
        self._flush()

    def pause_writing(self) -> None:
        """The carrier has not read for long, not even the pongs to its pings: nothing more can wait for it."""
        if self._stream is not None:
            self._stream.problem(moment(), "Plivo stopped reading: the connection was given up.", level="error")
        self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._site.sockets.discard(self)
        self.closed.set_result(None)
        now = moment()
        if self._core.handshake_exc is not None:
            self._refused(now, f"A socket was refused: {self._core.handshake_exc}.")
        if self._stream is None or not self._stream.alive:
            return
        broken = self._core.parser_exc
        if broken is not None and not isinstance(broken, EOFError):
            self._stream.problem(now, f"The socket broke the protocol: {broken}.")
            self._closed_by = "bridge"
        close = self._core.close_rcvd or self._core.close_sent
        self._stream.closed(now, self._closed_by, close.code if close else 1006, close.reason if close else "")

    # Line

    @property
    def open(self) -> bool:
        """False once either side has begun to close."""
        return self._core.state is State.OPEN

    def send(self, text: str) -> bool:
        """Send a text frame; False when it was dropped because the carrier does not read."""
        if not self.open or self._transport.get_write_buffer_size() > _UNREAD_LIMIT:
            return False
        self._core.send_text(text.encode())
        self._flush()
        return True

    def close(self, code: int, reason: str) -> None:
        """Close the socket for an operator."""
        self._close("operator", code, reason)

    # The site

    def stop(self) -> None:
        """Close the socket because the bridge ends."""
        self._close("bridge", 1001, "the bridge stops")

    def watch(self, now: Moment) -> None:
        """Once a second: no `start`, or nothing at all for long?"""
        silent = now.mono - self._last_byte
        if not self.open:
            return
        if self._stream is not None and self._stream.view.state == "connecting":
            if now.mono - self._opened > _START_WITHIN:
                self._stream.problem(now, f"The socket sent no start within {_START_WITHIN:.0f} s.")
                self._close("bridge", 1002, "no start")
        elif silent > _GIVE_UP_AFTER:
            if self._stream is not None:
                self._stream.problem(now, f"Nothing came for {_GIVE_UP_AFTER:.0f} s, not even a pong.", level="error")
            self._transport.abort()
        elif silent > _PING_AFTER:
            self._core.send_ping(b"")
            self._flush()

    # Inside

    def _upgrade(self, request: Request, now: Moment) -> None:
        path = request.path.partition("?")[0]
        if path.removeprefix(self._site.prefix) != "/stream":
            response = self._core.reject(HTTPStatus.NOT_FOUND, "Streams connect to /stream.\n")
            self._refused(now, f"A socket was refused: {path[:_SHOWN_PATH]} is not /stream.")
        elif len(self._site.sockets) > MAX_SOCKETS:
            response = self._core.reject(HTTPStatus.SERVICE_UNAVAILABLE, "Too many sockets are open.\n")
            self._refused(now, "A socket was refused: too many are open.")
        elif not self._site.authorised(now, "GET", request.path, (), request.headers, self._remote):
            response = self._core.reject(HTTPStatus.FORBIDDEN, "The request is not signed as it should be.\n")
        else:
            response = self._core.accept(request)
        self._core.send_response(response)
        if self.open:
            self._stream = self._site.switchboard.socket(self, self._remote, now)
            self._stream.view.service_url = self._site.public_form(request.path)

    def _refused(self, now: Moment, text: str) -> None:
        self._site.complaints.add(now, "refused", text, remote=self._remote)

    def _frame(self, frame: Frame, now: Moment) -> None:
        if self._stream is None:
            return
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            self._is_text = frame.opcode is Opcode.TEXT
            self._parts.clear()
        elif frame.opcode is not Opcode.CONT:
            return
        self._parts += frame.data
        if not frame.fin:
            return
        if self._is_text:
            self._message(bytes(self._parts), now)
        else:
            self._stream.problem(now, "A binary frame came and was ignored: Plivo's frames are text.")

    def _message(self, message: bytes, now: Moment) -> None:
        assert self._stream is not None
        try:
            frame = read_frame(message)
        except FrameError as error:
            self._stream.problem(now, str(error), raw=_text(message))
            return
        if isinstance(frame, Media) and self._stream.view.state == "live":
            self._stream.take(frame, now, "")
        elif self._stream.view.state == "live":
            self._stream.take(frame, now, _text(message))
        elif isinstance(frame, Start):
            self._start(frame, now, _text(message))
        else:
            text = "A frame came before start and was ignored."
            self._stream.problem(now, text, raw=_text(message))

    def _start(self, frame: Start, now: Moment, raw: str) -> None:
        assert self._stream is not None
        try:
            self._stream = self._site.switchboard.identify(self._stream, self, frame, now, raw)
        except DuplicateStreamError as error:
            self._stream.problem(now, str(error), raw=raw)
            self._close("bridge", 1008, "this stream is live on another socket")

    def _close(self, by: str, code: int, reason: str) -> None:
        if not self.open:
            self._transport.abort()
            return
        self._closed_by = by
        self._core.send_close(code, reason)
        self._flush()
        self._end_soon()

    def _flush(self) -> None:
        for data in self._core.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
                self._end_soon()

    def _end_soon(self) -> None:
        """A carrier that neither reads nor closes keeps no stream alive."""
        asyncio.get_running_loop().call_later(_CLOSE_WITHIN, self._transport.abort)


def _text(message: bytes) -> str:
    return message[:_RAW_BYTES].decode(errors="replace")

"""One WebSocket connection as an asyncio protocol: websockets' Sans-I/O core shakes hands, answers pings and closes;
data frames are only cut apart, so that they can be passed on as they came.
"""

from __future__ import annotations

import asyncio
import time
from typing import Generic, TypeVar

from websockets.frames import CloseCode, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol, State

from bridge.server.splitter import CONTROL, Splitter

Core = TypeVar("Core", bound=Protocol)

_READ_AT_ONCE = 4 * 1024
"""Bytes taken from one socket before the others have their turn: more than a frame of any format, and no flood of
empty frames that holds up other calls."""
_read = memoryview(bytearray(_READ_AT_ONCE))
"""One for all sockets: what was read is copied out of it in the same turn."""
_CLOSE_WITHIN = 5.0
_MOST_WAITING = 100
"""Frames of our own that wait for the end of a message."""
_MOST_UNREAD = 4 * 1024 * 1024
"""Bytes, of pongs at last, that may wait for somebody who does not read at all."""
_HEAD_END = b"\r\n\r\n"
_MOST_HEAD_BYTES = 64 * 1024


class WebSocket(asyncio.BufferedProtocol, Generic[Core]):
    """What the carrier's socket and the agent's have in common. `core` is the Sans-I/O connection of either side."""

    def __init__(self, core: Core, splitter: Splitter) -> None:
        self._core = core
        self._splitter = splitter
        self._head = b""
        self._head_taken = False
        self._ending = False
        self._mid_message = False
        self._waiting: list[str] = []
        self._transport: asyncio.Transport
        self.open = False
        """False before the handshake, and once either side has begun to close."""
        self.last_byte = 0.0
        """Monotonic seconds at which something came."""

    # For the two kinds of sockets to fill in

    def shake_hands(self, message: Request | Response) -> None:
        """The other side's half of the handshake came."""
        raise NotImplementedError

    def behind_head(self, data: bytes) -> None:
        """Bytes came behind the other side's half of the handshake, before it was answered or refused."""
        raise NotImplementedError

    def take(self, frame: bytes) -> None:
        """A data frame came, as the bytes that it came as."""
        raise NotImplementedError

    def control(self, frame: bytes) -> None:
        """A ping or a pong came."""
        self._core_only(frame)

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.last_byte = time.monotonic()

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        return _read

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self.data_received(bytes(_read[:nbytes]))

    def data_received(self, data: bytes) -> None:
        """These bytes came, or had come before the connection was handed over."""
        self.last_byte = time.monotonic()
        if self._core.state is State.CONNECTING:
            data = self._handshake(data)
        for frame in self._splitter.feed(data):
            if not frame[0] & CONTROL:
                if self.open:
                    self.take(frame)
            elif frame[0] & 0x0F == Opcode.CLOSE:
                self._core_only(frame)
            else:
                self.control(frame)
        if self._splitter.broken:
            self._core_only(self._splitter.broken)

    def eof_received(self) -> None:
        """The other side sends no more."""
        self._core.receive_eof()
        self.flush()

    # To be used

    @property
    def unread_bytes(self) -> int:
        """Bytes that wait for the other side to read them."""
        return self._transport.get_write_buffer_size()

    def pass_on(self, frame: bytes) -> None:
        """Send a frame as it came from the other leg."""
        if not self.open:
            return
        self._transport.write(frame)
        if not frame[0] & CONTROL:
            self._mid_message = not frame[0] & 0x80
            if self._waiting and not self._mid_message:
                texts, self._waiting = self._waiting, []
                for text in texts:
                    self.send_text(text)

    def send_text(self, text: str) -> None:
        """Send a text frame of our own, not in the middle of a message that is passed on."""
        if self._mid_message:
            self._waiting = [*self._waiting, text][-_MOST_WAITING:]
            return
        self._core.send_text(text.encode())
        self.flush()

    def start_close(self, code: int | None, reason: str) -> None:
        """Begin to close, with this code (None: without one); a side that does not answer is cut off."""
        if not self.open:
            self._transport.abort()
            return
        self._core.send_close(code, reason)
        self.flush()
        self._end_soon()

    def abort(self) -> None:
        """End the connection without a close."""
        self._transport.abort()

    def pause_reading(self) -> None:
        """Take nothing more for now, so that the other side has to wait."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what comes again."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def flush(self) -> None:
        """Send what the core has to say."""
        self.open = self._core.state is State.OPEN
        for data in self._core.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
                self._end_soon()
        if self.unread_bytes > _MOST_UNREAD:
            self.abort()

    def broke_protocol(self, what: str) -> None:
        """Close because of frames in an order that no message has."""
        self._core.fail(CloseCode.PROTOCOL_ERROR, what)
        self._core.parser_exc = self._core.parser_exc or ValueError(what)
        self.flush()

    # Inside

    def _handshake(self, data: bytes) -> bytes:
        """Give the core the head alone: frames may have come with it. Returns what is behind the handshake."""
        if self._head_taken:
            self.behind_head(data)
            return b""
        self._head += data
        end = self._head.find(_HEAD_END)
        if end < 0 and len(self._head) < _MOST_HEAD_BYTES:
            return b""
        end = len(self._head) if end < 0 else end + len(_HEAD_END)
        head, rest = self._head[:end], self._head[end:]
        self._head, self._head_taken = b"", True
        self._core_only(head)
        if self._core.state is State.CONNECTING:
            self.behind_head(rest)
            return b""
        return rest

    def _core_only(self, data: bytes) -> None:
        self._core.receive_data(data)
        self.open = self._core.state is State.OPEN
        for event in self._core.events_received():
            if isinstance(event, Request | Response):
                self.shake_hands(event)
        self.flush()
        if self._core.state is State.CLOSING:
            self._end_soon()

    def _end_soon(self) -> None:
        """Whoever neither reads nor closes keeps nothing alive."""
        if not self._ending:
            self._ending = True
            asyncio.get_running_loop().call_later(_CLOSE_WITHIN, self._transport.abort)

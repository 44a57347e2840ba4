"""One WebSocket connection as an asyncio protocol: websockets' Sans-I/O core shakes hands, answers pings and closes;
data frames are only cut apart, so that they can be passed on as they came.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Generic, TypeVar, cast

from websockets.frames import CloseCode, Opcode
from websockets.http11 import Request, Response
from websockets.protocol import Protocol, State

from bridge.server.passed import Passage
from bridge.server.splitter import CONTROL, FINAL, Splitter

Core = TypeVar("Core", bound=Protocol)

_CLOSE_WITHIN = 5.0
_MOST_WAITING = 100
"""Frames of our own that wait for the end of a message."""
_MOST_UNREAD = 4 * 1024 * 1024
"""Bytes, of pongs at last, that may wait for somebody who does not read at all."""
_HEAD_END = b"\r\n\r\n"
_MOST_HEAD_BYTES = 64 * 1024


Taker = Callable[[bytes, float], None]
"""Takes a data frame, as the bytes that it came as, and the monotonic seconds at which it came."""


_NOWHERE = Passage(lambda: None)
"""Of a socket that has no other behind it."""


class WebSocket(asyncio.Protocol, Generic[Core]):
    """What the carrier's socket and the agent's have in common.

    `handshake` is the Sans-I/O connection of either side, which is let go of when the other side has taken it; `take`
    is given each data frame.
    """

    __slots__ = (
        "_behind",
        "_ending",
        "_handshake",
        "_head",
        "_head_taken",
        "_held",
        "_made_core",
        "_max_message",
        "_mid_message",
        "_side",
        "_splitter",
        "_take",
        "_transport",
        "_usual_head",
        "_usual_size",
        "_waiting",
        "entrance",
        "exit",
        "last_byte",
        "open",
    )

    def __init__(self, handshake: Core, splitter: Splitter, take: Taker) -> None:
        self._handshake: Core | None = handshake
        """Until the connection is open."""
        self._made_core: Protocol | None = None
        self._side, self._max_message = handshake.side, handshake.max_message_size
        self._splitter = splitter
        self._take = take
        self._head = b""
        self._head_taken = False
        self._usual_head, self._usual_size = splitter.usual
        self.exit = self.entrance = _NOWHERE
        """Where messages pass that come here, and where those come from that pass to here."""
        self._ending = False
        self._behind = False
        """Whether frames that came wait for their turn."""
        self._held = False
        """Whether nothing is to be taken for now."""
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

    def control(self, frame: bytes) -> None:
        """A ping or a pong came."""
        self._core_only(frame)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one by its methods alone
        self.last_byte = time.monotonic()

    def data_received(self, data: bytes) -> None:
        """These bytes came, or had come before the connection was handed over."""
        at = self.last_byte = time.monotonic()
        passage = self.exit
        if passage.open and len(data) == self._usual_size and data.startswith(self._usual_head):
            # As Passage.add: nothing is called here that need not be.
            passage.write(data)
            passage.frames.append(data)
            passage.times.append(at)
            if len(passage.times) >= passage.most:
                passage.full()
            return
        if self._handshake is not None:
            data = self._shake(self._handshake, data)
        self._cut(data)

    def eof_received(self) -> None:
        """The other side sends no more."""
        self._core.receive_eof()
        self.flush()

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        self._shut()

    # To be used

    @property
    def write(self) -> Callable[[bytes], None]:
        """Sends bytes as they are, and asks nothing."""
        return self._transport.write

    @property
    def unread_bytes(self) -> int:
        """Bytes that wait for the other side to read them."""
        return self._transport.get_write_buffer_size()

    def pass_on(self, frame: bytes) -> None:
        """Send a frame as it came from the other leg."""
        if not self.open:
            return
        self._transport.write(frame)
        first = frame[0]
        if not first & CONTROL:
            self._mid_message = not first & FINAL
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
            self.abort()
            return
        self._core.send_close(code, reason)
        self.flush()
        self._end_soon()

    def abort(self) -> None:
        """End the connection without a close."""
        self._shut()
        self._transport.abort()

    def pause_reading(self) -> None:
        """Take nothing more for now, so that the other side has to wait."""
        self._held = True
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take what comes again."""
        self._held = False
        self._go_on()

    def flush(self) -> None:
        """Send what the core has to say."""
        self._look_whether_open()
        core = self._core
        if core.state is State.OPEN:
            self._handshake = None
        for data in core.data_to_send():
            if self._transport.is_closing():
                continue  # nobody reads it, and what is left unsaid must not pile up
            if data:
                self._transport.write(data)
            else:
                self._transport.close()
                self._end_soon()
        if not self._transport.is_closing() and self.unread_bytes > _MOST_UNREAD:
            self.abort()

    def broke_protocol(self, what: str) -> None:
        """Close because of frames in an order that no message has."""
        self._core.fail(CloseCode.PROTOCOL_ERROR, what)
        self._core.parser_exc = self._core.parser_exc or ValueError(what)
        self.flush()

    # Inside

    @property
    def _core(self) -> Protocol:
        """The Sans-I/O connection; an open one is made when there is first a word to it that is passed on to nobody.

        On most calls there is none before the close, and it takes more memory than the call's socket.
        """
        if self._handshake is not None:
            return self._handshake
        if self._made_core is None:
            self._made_core = Protocol(self._side, max_size=self._max_message)
        return self._made_core

    def _cut(self, data: bytes) -> None:
        """Cut these bytes, and what waits before them, into frames; what is too much at once waits."""
        for frame in self._splitter.feed(data):
            if not frame[0] & CONTROL:
                if self.open:
                    self._take(frame, self.last_byte)
            elif frame[0] & 0x0F == Opcode.CLOSE:
                self._core_only(frame)
            else:
                self.control(frame)
        self._usual_head, self._usual_size = self._splitter.usual
        if self._splitter.broken:
            self._core_only(self._splitter.broken)
        if self._splitter.more and not self._behind:
            self._behind = True
            self._transport.pause_reading()
            asyncio.get_running_loop().call_soon(self._catch_up)

    def _catch_up(self) -> None:
        self._behind = False
        self._go_on()

    def _go_on(self) -> None:
        if self._held or self._behind or self._transport.is_closing():
            return
        self._transport.resume_reading()
        if self._splitter.more:
            self._cut(b"")

    def _shake(self, handshake: Core, data: bytes) -> bytes:
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
        if self._handshake is not None:
            self.behind_head(rest)
            return b""
        return rest

    def _look_whether_open(self) -> None:
        self.open = self._core.state is State.OPEN and not self._transport.is_closing()
        if not self.open:
            self._shut()

    def _shut(self) -> None:
        self.open = self.exit.open = self.entrance.open = False

    def _core_only(self, data: bytes) -> None:
        core = self._core
        core.receive_data(data)
        self._look_whether_open()
        for event in core.events_received():
            if isinstance(event, Request | Response):
                self.shake_hands(event)
        self.flush()
        if core.state is State.CLOSING:
            self._end_soon()

    def _end_soon(self) -> None:
        """Whoever neither reads nor closes keeps nothing alive."""
        if not self._ending:
            self._ending = True
            asyncio.get_running_loop().call_later(_CLOSE_WITHIN, self.abort)

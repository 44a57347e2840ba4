"""The bridge's socket to a voice bot: dialled as Plivo would dial it, with the same headers and query."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Protocol
from urllib.parse import urlsplit

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.http11 import Request, Response
from websockets.protocol import State
from websockets.uri import parse_uri

from bridge.operator.network import why_not
from bridge.server.splitter import Splitter
from bridge.server.websocket import WebSocket
from bridge.wire.commands import MAX_COMMAND_BYTES

_MOST_FRAME_BYTES = 4 * MAX_COMMAND_BYTES
_UNREAD_LIMIT = 256 * 1024
"""Bytes that may wait for an agent that does not read, before Plivo has to wait as well."""
_REACHED_WITHIN = 10.0
"""Seconds in which an agent's host must be connected to."""
_ANSWERS_WITHIN = 30.0
"""Seconds in which an agent must have answered the upgrade: as long as the media are kept for it."""
_OWN = frozenset(
    ("host", "connection", "upgrade", "content-length", "transfer-encoding", "proxy-connection", "keep-alive", "te")
)
_OWN_PREFIX = "sec-websocket-"


class AgentError(Exception):
    """An agent that did not take the connection; `status` is its HTTP status, None when it gave none."""

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class AgentUser(Protocol):
    """Who is told what an agent does."""

    def agent_opened(self, agent: AgentSocket) -> None:
        """It took the connection; frames may follow in the same turn."""

    def from_agent(self, frame: bytes, at: float) -> None:
        """A data frame came at monotonic seconds, as the bytes that it came as."""

    def agent_control(self, frame: bytes) -> bool:
        """A ping or a pong came; whether it was passed on."""

    def agent_closed(self, agent: AgentSocket, code: int | None, reason: str) -> None:
        """The connection that it took is gone: with this close code, 1006 without a close."""

    def agent_full(self, full: bool) -> None:
        """It does not read fast enough, or does again."""


class AgentSocket(WebSocket[ClientProtocol]):
    """One connection to an agent."""

    def __init__(self, url: str, request: Request, user: AgentUser) -> None:
        """Raises AgentError when the agent's URL with the query of Plivo's request is none."""
        try:
            uri = parse_uri(with_query(url, request.path))
        except (InvalidURI, ValueError) as error:
            raise AgentError(f"cannot be dialled: {error}") from error
        super().__init__(
            ClientProtocol(uri, max_size=_MOST_FRAME_BYTES),
            Splitter(masked=False, max_bytes=_MOST_FRAME_BYTES),
            user.from_agent,
        )
        self.url = url
        self._uri = uri
        self._request = request
        self._user = user
        self._answered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._was_open = False

    async def connect(self) -> None:
        """Dial. Raises AgentError; when it returns, `agent_opened` has been called."""
        try:
            await self._reach()
            async with asyncio.timeout(_ANSWERS_WITHIN):
                await self._answered
        except TimeoutError as error:
            raise AgentError(f"did not answer within {_ANSWERS_WITHIN:g} s") from error
        except OSError as error:
            raise AgentError(f"cannot be reached: {why_not(error)}") from error
        except ValueError as error:  # a host's name that is none
            raise AgentError(f"cannot be reached: {error}") from error
        finally:
            if not self._was_open and hasattr(self, "_transport"):
                self.abort()

    async def _reach(self) -> None:
        loop = asyncio.get_running_loop()
        tls = await asyncio.to_thread(_tls) if self._uri.secure else None
        try:
            async with asyncio.timeout(_REACHED_WITHIN):
                await loop.create_connection(lambda: self, self._uri.host, self._uri.port, ssl=tls)
        except TimeoutError as error:
            raise AgentError(f"cannot be reached within {_REACHED_WITHIN:g} s") from error

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there: ask for the upgrade."""
        super().connection_made(transport)
        self._transport.set_write_buffer_limits(high=_UNREAD_LIMIT)
        assert self._handshake is not None
        request = self._handshake.connect()
        for name, value in _passed_on(self._request):
            request.headers[name] = value
        self._handshake.send_request(request)
        self.flush()

    def pause_writing(self) -> None:
        """It does not read fast enough."""
        self._user.agent_full(True)

    def resume_writing(self) -> None:
        """It has caught up."""
        self._user.agent_full(False)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is gone."""
        super().connection_lost(error)
        if not self._was_open:
            self._fail(AgentError("closed the connection without an answer"))
            return
        close = self._core.close_rcvd or self._core.close_sent
        code = close.code if close else 1006
        self._user.agent_closed(self, None if code == 1005 else code, close.reason if close else "")

    # WebSocket

    def shake_hands(self, message: Request | Response) -> None:
        """It took the connection or refused it."""
        assert isinstance(message, Response)
        assert self._handshake is not None
        if self._handshake.state is State.OPEN:
            self._was_open = True
            if not self._answered.done():
                self._answered.set_result(None)
            self._user.agent_opened(self)
        else:
            error = self._handshake.handshake_exc
            refused = message.status_code != 101 or not isinstance(error, InvalidHandshake)
            text = (
                f"refused the connection with {message.status_code}" if refused else f"is no WebSocket server: {error}"
            )
            self._fail(AgentError(text, message.status_code if refused else None))

    def behind_head(self, data: bytes) -> None:
        """The body of its refusal."""
        self._core_only(data)

    def control(self, frame: bytes) -> None:
        """A ping or a pong came."""
        if not self._user.agent_control(frame):
            super().control(frame)

    def send(self, text: str) -> None:
        """Send a frame of the bridge's own, if anybody is there."""
        if self.open:
            self.send_text(text)

    def _fail(self, error: AgentError) -> None:
        if not self._answered.done():
            self._answered.set_exception(error)


@cache
def _tls() -> ssl.SSLContext:
    """What is trusted: to read it takes longer than calls can wait."""
    return ssl.create_default_context()


def with_query(url: str, target: str) -> str:
    """An agent's URL with the query of the request that Plivo sent."""
    query = target.partition("?")[2]
    return url + ("&" if urlsplit(url).query else "?") + query if query else url


def _passed_on(request: Request) -> Iterable[tuple[str, str]]:
    """Plivo's headers, signature and all, but for those that belong to the connection itself."""
    for name, value in request.headers.raw_items():
        if name.lower() not in _OWN and not name.lower().startswith(_OWN_PREFIX):
            yield name, value

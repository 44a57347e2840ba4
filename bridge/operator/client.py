"""A connection to the operators' port of a bridge."""

from __future__ import annotations

import asyncio
import getpass
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from bridge.operator.network import why_not
from bridge.wire.link.answers import Answer, Changes, Failed, Granted, Welcome
from bridge.wire.link.audio import Audio, pack_audio, unpack_audio
from bridge.wire.link.messages import LINK_VERSION, MAX_MESSAGE_BYTES, decode_server, encode
from bridge.wire.link.requests import ClientMessage

_PUSHES = 256
"""Pushed messages kept for a reader that is behind; beyond it the oldest audio goes first."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a bridge takes operators, and the token it wants."""

    url: str
    token: str


def user_name() -> str:
    """The name under which others see this person; empty where the system knows none, as in some containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


class LinkError(Exception):
    """The link could not be had or was lost; the message is a sentence for the user."""


class RefusedError(Exception):
    """The bridge refused a request; the message is its sentence."""


class OperatorLink:
    """One link to a bridge. Use as `async with OperatorLink(address, "name") as link:`.

    `request` asks and waits for the answer; `pushes` iterates over `Changes` and `Audio` until the link closes.
    """

    welcome: Welcome

    def __init__(self, address: Address, name: str = "") -> None:
        self._address = address
        self._name = name
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._pushes: asyncio.Queue[Changes | Audio | None] = asyncio.Queue(_PUSHES)
        self.audio_dropped = 0
        """Audio pieces lost because this process did not read fast enough."""

    async def __aenter__(self) -> OperatorLink:
        self._socket = await self._open()
        self.welcome = await self._read_welcome()
        self._reader = asyncio.create_task(self._read(), name="operator link reader")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the link; open requests fail with LinkError."""
        await self._socket.close()
        await self._reader

    async def request(self, message: ClientMessage) -> Granted:
        """Send a request and wait for its answer. Raises RefusedError, or LinkError when the link is lost."""
        message.id = next(self._ids)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[message.id] = answer
        try:
            await self._send(encode(message).decode())
            reply = await answer
        finally:
            del self._waiting[message.id]
        if isinstance(reply, Failed):
            raise RefusedError(reply.error)
        return reply

    async def send_audio(self, audio: Audio) -> None:
        """Send a piece of an operator's voice, in the stream's coding. Raises LinkError when the link is lost."""
        await self._send(pack_audio(audio))

    async def pushes(self) -> AsyncIterator[Changes | Audio]:
        """What the bridge sends unasked, in order. Ends when the link is closed, from whichever side."""
        while (message := await self._pushes.get()) is not None:
            yield message

    async def _open(self) -> ClientConnection:
        try:
            return await connect(
                self._address.url,
                additional_headers={
                    "Authorization": f"Bearer {self._address.token}",
                    "X-Offhook-Operator": self._name,
                },
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                open_timeout=10,
                proxy=None,
            )
        except InvalidStatus as error:
            if error.response.status_code == 401:
                raise LinkError(f"The bridge at {self._address.url} does not accept this token.") from error
            if error.response.status_code == 503:
                raise LinkError(f"The bridge at {self._address.url} has as many operators as it takes.") from error
            raise LinkError(f"{self._address.url} answered {error.response.status_code}: not a bridge.") from error
        except (OSError, TimeoutError, InvalidHandshake, InvalidURI, EOFError) as error:
            raise LinkError(f"No bridge answers at {self._address.url}: {why_not(error)}.") from error

    async def _read_welcome(self) -> Welcome:
        try:
            async with asyncio.timeout(10):
                message = decode_server.decode(await self._socket.recv())
        except (ConnectionClosed, TimeoutError, msgspec.MsgspecError) as error:
            await self._socket.close()
            raise LinkError(f"{self._address.url} is not a bridge's operators' port: {error}") from error
        if not isinstance(message, Welcome) or message.link_version != LINK_VERSION:
            await self._socket.close()
            raise LinkError("This offhook and the bridge are of different versions: update the older one.")
        return message

    async def _send(self, data: str | bytes) -> None:
        try:
            await self._socket.send(data)
        except ConnectionClosed as error:
            raise LinkError("The link to the bridge was lost.") from error

    async def _read(self) -> None:
        try:
            async for frame in self._socket:
                self._take(frame)
        except (ConnectionClosed, msgspec.MsgspecError, ValueError):
            await self._socket.close()
        finally:
            self._end()

    def _take(self, frame: str | bytes) -> None:
        if isinstance(frame, bytes):
            self._push(unpack_audio(frame))
            return
        message = decode_server.decode(frame)
        if isinstance(message, Changes):
            self._push(message)
        elif not isinstance(message, Welcome):
            waiting = self._waiting.get(message.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    def _push(self, message: Changes | Audio) -> None:
        if self._pushes.full():
            # A reader this far behind hears old sound and misses nothing by losing the oldest piece of it.
            lost = self._pushes.get_nowait()
            self.audio_dropped += isinstance(lost, Audio)
            if isinstance(lost, Changes):
                raise ValueError("this process is too slow for the link")
        self._pushes.put_nowait(message)

    def _end(self) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(LinkError("The link to the bridge was lost."))
        if self._pushes.full():
            self._pushes.get_nowait()
        self._pushes.put_nowait(None)

"""A small talking bot: it greets, listens, and answers in canned speech when the caller has stopped.

It does what bots do: a sentence is queued in one burst with a checkpoint behind it, and who speaks into it has the
rest of it cleared.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import chain, count, cycle

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from bridge.audio.codec import decode
from bridge.audio.voice import Voice
from bridge.carrier.voice import sentences
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command
from bridge.wire.fields import FrameError
from bridge.wire.frames import MAX_FRAME_BYTES, CarrierFrame, Media, PlayedStream, Start, read_frame

_ANSWER_AFTER = 0.6
"""Seconds of the caller's silence; many people pause for less between two words."""


class Conversation:
    """The bot's side of one call: what it says to each frame of the carrier's, as commands to send."""

    def __init__(self, start: Start) -> None:
        self._stream_id = start.stream_id
        self._format = start.format
        self._ear = Voice(start.format.rate)
        greeting, *answers = sentences("sam", start.format)
        self._sentences = chain([greeting], cycle(answers))
        self._names = (f"sentence {number}" for number in count(1))
        self._saying = ""
        """Name of the checkpoint behind what the caller hears; empty while the bot is silent."""
        self._heard = 0
        self._unanswered_since: int | None = None
        """Position (in samples) at which the caller stopped speaking."""

    def say(self) -> list[str]:
        """The next sentence."""
        self._unanswered_since = None
        self._saying = next(self._names)
        pieces = [play_audio_command(piece, self._format) for piece in next(self._sentences)]
        return [*pieces, checkpoint_command(self._stream_id, self._saying)]

    def take(self, frame: CarrierFrame) -> list[str]:
        """What a frame leads to."""
        match frame:
            case Media(payload=payload):
                return self._hear(payload)
            case PlayedStream(name=name) if name == self._saying:
                self._saying = ""
        return []

    def _hear(self, payload: bytes) -> list[str]:
        samples = decode(payload, self._format)
        self._heard += len(samples)
        for edge in self._ear.feed(samples):
            self._unanswered_since = None if edge.speaking else edge.at
        if self._ear.speaking and self._saying:
            self._saying = ""
            return [clear_audio_command(self._stream_id)]
        return self.say() if self._is_my_turn() else []

    def _is_my_turn(self) -> bool:
        if self._saying or self._unanswered_since is None:
            return False
        return self._heard - self._unanswered_since >= _ANSWER_AFTER * self._format.rate


@asynccontextmanager
async def talking_bot() -> AsyncIterator[str]:
    """Run the bot on a free port of this machine until the end of the block; yields the URL of its socket."""
    async with serve(_converse, "127.0.0.1", 0, compression=None, max_size=MAX_FRAME_BYTES) as server:
        host, port = server.sockets[0].getsockname()
        yield f"ws://{host}:{port}/bot"


async def _converse(socket: ServerConnection) -> None:
    """One call; a message that is no frame ends it."""
    with suppress(ConnectionClosed, FrameError):
        start = read_frame(await socket.recv())
        if isinstance(start, Start):
            await _answer(socket, Conversation(start))


async def _answer(socket: ServerConnection, conversation: Conversation) -> None:
    commands = conversation.say()
    while True:
        for command in commands:
            await socket.send(command)
        commands = conversation.take(read_frame(await socket.recv()))

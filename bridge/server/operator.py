"""One operator's link, on the bridge's side.

It has no queue of changes: when the operator can take more, what is newer than the last version sent is looked up.
So an operator who is stuck costs nothing. Audio waits in a short queue that loses its oldest pieces, counted.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from operator import attrgetter

import msgspec
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from bridge.server.commands import Commands, settled
from bridge.server.site import Site
from bridge.streams.audience import person
from bridge.streams.clock import Moment, moment
from bridge.streams.row import StreamError
from bridge.streams.stream import Stream
from bridge.wire.link.answers import READ_ONLY, Answer, Changes, Done, Failed
from bridge.wire.link.audio import Audio, Leg, pack_audio, unpack_audio
from bridge.wire.link.messages import PAGE_BYTES, decode_client, encode, fitting
from bridge.wire.link.requests import (
    ClientMessage,
    FetchRecording,
    Listen,
    ListEvents,
    ListRecordings,
    ListStreams,
    ListTurns,
    StepIn,
    StepOut,
    Subscribe,
)
from bridge.wire.views import BridgeView, Meter

_log = logging.getLogger(__name__)

_AUDIO_WAITING = 100
"""Pieces of audio, 20 ms each and of two legs: a second of sound."""
_ANSWERS_WAITING = 1_000
_OPEN_REQUESTS = 64
_EVENTS_AT_ONCE = 1_000
_ACKNOWLEDGED_WITHIN = 1.0
"""Seconds that a step waits for Plivo: an operator who is not told does not speak yet."""
_READING = (Subscribe, ListStreams, ListEvents, ListTurns, ListRecordings, FetchRecording, Listen)
"""What can be asked with a token that is for listening alone, or of a bridge that is read-only."""


class Operator:
    """One link: reads requests and a microphone, writes answers, audio and changes."""

    def __init__(
        self, name: str, socket: ServerConnection, site: Site, commands: Commands, view: BridgeView, *, read_only: bool
    ) -> None:
        self.name = name
        self.person = person(name)
        self.read_only = read_only
        self.audio_dropped = 0
        self._socket = socket
        self._site = site
        self._commands = commands
        self._view = view
        self._wake = asyncio.Event()
        self._answers: deque[Answer] = deque()
        self._audio: deque[bytes] = deque(maxlen=_AUDIO_WAITING)
        self._open: set[asyncio.Task[None]] = set()
        self._in_hand: dict[int, Stream] = {}
        """Streams that this link listens to or talks on: it is told of their changes without subscribing."""
        self.subscribed = False
        """Whether it is told of all streams, meters included."""
        self._change_due = False
        self._meters: list[Meter] = []
        self._version = 0
        self._event_id = 0
        self._operators_told = 0

    async def run(self) -> None:
        """Serve the link until it closes, then let go of everything it held."""
        writer = asyncio.create_task(self._write(), name=f"operator {self.name} writer")
        try:
            async for message in self._socket:
                if isinstance(message, bytes):
                    self._speak(message)
                else:
                    self._read(message)
        except ConnectionClosed:
            pass
        finally:
            writer.cancel()
            for task in self._open:
                task.cancel()
            await asyncio.gather(writer, *self._open, return_exceptions=True)
            self._let_go(moment())

    def cut(self) -> None:
        """End the link without a close."""
        self._socket.transport.abort()

    def tell(self, meters: list[Meter]) -> None:
        """It is time to say what changed, if this operator can take it."""
        if self.subscribed or self._in_hand:
            self._meters = meters
            self._change_due = True
            self._wake.set()

    @property
    def in_hand(self) -> list[Stream]:
        """The streams that this link listens to or talks on."""
        return list(self._in_hand.values())

    # Reading

    def _read(self, message: str) -> None:
        try:
            request = decode_client(message)
        except (msgspec.MsgspecError, RecursionError) as error:
            self._answer(Failed(id=0, error=f"This is not a request of the operators' link: {error}."))
            return
        if len(self._open) >= _OPEN_REQUESTS:
            self._answer(Failed(id=request.id, error=f"{_OPEN_REQUESTS} requests are waiting already: too many."))
            return
        task = asyncio.create_task(self._carry_out(request), name=f"operator {self.name} {type(request).__name__}")
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _carry_out(self, request: ClientMessage) -> None:
        try:
            match request:
                case _ if self.read_only and not isinstance(request, _READING):
                    self._answer(Failed(id=request.id, error=READ_ONLY))
                case Subscribe():
                    self._subscribe(request)
                case Listen() | StepIn() | StepOut():
                    self._answer(await self._take(request))
                case _:
                    self._answer(await self._commands.carry_out(request, self.person))
        except Exception:
            _log.exception("A request of operator %s failed", self.name)
            self._answer(Failed(id=request.id, error="The bridge failed at this; its log says where."))

    def _subscribe(self, request: Subscribe) -> None:
        log = self._site.switchboard.log
        last = log.last_id - _EVENTS_AT_ONCE if request.events_after is None else request.events_after
        self._event_id = min(max(0, last), log.last_id)
        self._version = 0
        self._operators_told = 0
        self.subscribed = True
        self._answer(Done(id=request.id))
        self._change_due = True

    async def _take(self, request: Listen | StepIn | StepOut) -> Done | Failed:
        now = moment()
        clear = None
        try:
            stream = self._site.switchboard.find(request.stream_id)
            match request:
                case StepIn():
                    clear = stream.microphone.take(self.name, request.mode, now, seize=request.seize)
                case StepOut():
                    stream.microphone.give_back(self.name, now, seize=request.seize)
                case Listen(on=True):
                    stream.control.listen(self.name, self._hear, now)
                case Listen():
                    stream.control.unlisten(self.name, now)
        except StreamError as error:
            return Failed(id=request.id, error=str(error))
        if self.name in stream.microphone or self.name in stream.audience.listeners:
            self._in_hand[stream.view.handle] = stream
        else:
            self._in_hand.pop(stream.view.handle, None)
        done = Done(id=request.id)
        if clear is not None and await settled(clear.settled, _ACKNOWLEDGED_WITHIN) and clear.view.acknowledged_at:
            done.took_ms = (clear.view.acknowledged_at - clear.view.sent_at).total_seconds() * 1000
            done.text = f"Taken over in {done.took_ms:.0f} ms."
        done.stream = stream.refresh(moment())
        return done

    def _speak(self, frame: bytes) -> None:
        try:
            audio = unpack_audio(frame)
            stream = self._in_hand.get(audio.handle)
            if audio.leg is Leg.OPERATOR and stream is not None:
                stream.microphone.speak(self.name, audio.payload, moment())
        except (ValueError, StreamError):
            # The stream has just ended, or the client is broken: it sees the stream's end, and nobody else is told.
            return

    def _let_go(self, now: Moment) -> None:
        for stream in self._in_hand.values():
            stream.control.unlisten(self.name, now)
            stream.microphone.lose(self.name, now)
        self._in_hand.clear()
        if self.audio_dropped:
            text = f"{self.name} missed {self.audio_dropped} pieces of audio: the link to it was too slow."
            self._site.switchboard.log.add(now, "operator", "audio lost", text, level="warning")

    # Writing

    def _hear(self, audio: Audio, source: str) -> None:
        if source == self.person:
            return
        self.audio_dropped += len(self._audio) == _AUDIO_WAITING
        self._audio.append(pack_audio(audio))
        self._wake.set()

    def _answer(self, answer: Answer) -> None:
        self._answers.append(answer)
        if len(self._answers) > _ANSWERS_WAITING:
            self.cut()
        self._wake.set()

    async def _write(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._answers or self._audio:
                    if self._answers:
                        await self._socket.send(encode(self._answers.popleft()).decode())
                    if self._audio:
                        await self._socket.send(self._audio.popleft())
                    await self._send_due_changes()
                await self._send_due_changes()
        except ConnectionClosed:
            pass
        except Exception:
            _log.exception("The link of operator %s failed", self.name)
        finally:
            self.cut()  # a link that is not written to any more is none

    async def _send_due_changes(self) -> None:
        if not self._change_due:
            return
        self._change_due = False
        now = moment()
        changes = self._changes(now) if self.subscribed else self._changes_in_hand(now)
        self._in_hand = {handle: stream for handle, stream in self._in_hand.items() if stream.alive}
        if changes is not None:
            await self._socket.send(encode(changes).decode())

    def _changes(self, now: Moment) -> Changes:
        switchboard = self._site.switchboard
        full = self._version == 0
        changed = sorted(switchboard.changed_since(self._version), key=attrgetter("version"))
        streams = fitting((stream.refresh(now) for stream in changed), PAGE_BYTES)
        newer, missed = switchboard.log.after(self._event_id, _EVENTS_AT_ONCE)
        events = fitting(newer, PAGE_BYTES)
        told_of_bridge = self._operators_told == self._view.operators
        changes = Changes(
            at=now.utc,
            full=full,
            streams=streams,
            removed=[] if full else switchboard.removed_since(self._version),
            meters=self._meters,
            events=events,
            missed_events=missed,
            bridge=None if told_of_bridge else self._view,
        )
        self._operators_told = self._view.operators
        self._version = changed[len(streams) - 1].version if len(streams) < len(changed) else switchboard.version
        self._event_id = events[-1].id if events else self._event_id
        return changes

    def _changes_in_hand(self, now: Moment) -> Changes | None:
        changed = [stream for stream in self._in_hand.values() if stream.version > self._version]
        self._version = self._site.switchboard.version
        if not changed:
            return None
        return Changes(at=now.utc, streams=[stream.refresh(now) for stream in changed])

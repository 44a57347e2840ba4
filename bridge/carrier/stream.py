"""The socket of one emulated stream: media every 20 ms, and what the far end asks for carried out when it is due.

All frames leave at a beat of 20 ms, one after the other, which keeps `sequenceNumber` contiguous; commands that
come in between only change what the next beat finds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bridge.carrier.ear import Ear
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.pace import Pace
from bridge.carrier.plan import CallPlan
from bridge.carrier.status import StatusCallbacks
from bridge.streams.fullness import CAPACITY
from bridge.wire.commands import ClearAudio, Command, PlayAudio, SendDtmf, SetCheckpoint, read_command
from bridge.wire.document import StreamElement
from bridge.wire.fields import FrameError
from bridge.wire.formats import FRAME_MS, UnknownFormatError, parse_format
from bridge.wire.frames import (
    ClearedAudio,
    Dtmf,
    Media,
    PlayedStream,
    Start,
    cleared_audio_frame,
    dtmf_frame,
    media_frame,
    played_stream_frame,
    start_frame,
)

_TRACKS = {"inbound": ["inbound"], "outbound": ["outbound"], "both": ["inbound", "outbound"]}


class EmulatedStream:
    """One stream on an open socket, from `start` to the reason for its end. It does not close the socket."""

    def __init__(
        self,
        socket: ClientConnection,
        plan: CallPlan,
        stream: StreamElement,
        status: StatusCallbacks,
        hung_up: asyncio.Event,
        outcome: Outcome,
    ) -> None:
        self._socket = socket
        self._plan = plan
        self._stream = stream
        self._status = status
        self._hung_up = hung_up
        self._outcome = outcome
        self._format = parse_format(stream.content_type)
        self._tracks = _TRACKS[stream.audio_track]
        self._caller = plan.caller(self._format)
        self._far_end = plan.far_end(self._format)
        self._said_by_far_end = b""
        self._digits = deque(plan.digits)
        self._sequence = 0
        self._chunk = 0
        self._clears_to_acknowledge = 0
        self._pace = Pace(FRAME_MS / 1000)
        self._ear = Ear(self._format, self._pace.started)
        self._started_ms = _epoch_ms()

    async def run(self) -> Ending:
        """Send and play until somebody or something ends it."""
        reader = asyncio.create_task(self._read(), name=f"commands on {self._plan.parties.stream_id}")
        try:
            await self._socket.send(start_frame(self._start()))
            while (ended := self._ended(reader)) is None:
                await self._beat(await self._pace.beat())
            return ended
        except ConnectionClosed:
            return Ending.FAR_END
        finally:
            reader.cancel()
            await asyncio.wait([reader])
            self._tell_outcome()

    def _ended(self, reader: asyncio.Task[None]) -> Ending | None:
        after = time.monotonic() - self._pace.started
        if self._hung_up.is_set():
            return Ending.CALLER
        if reader.done():
            reader.result()
            return Ending.FAR_END
        if after >= self._stream.stream_timeout:
            return Ending.TIMEOUT
        if self._plan.seconds is not None and after >= self._plan.seconds:
            return Ending.DROP if self._plan.drops else Ending.CALLER
        return None

    # What leaves with a beat

    async def _beat(self, now: float) -> None:
        heard = self._ear.listen(now)
        said = self._caller(heard if self._stream.bidirectional else self._said_by_far_end)
        self._said_by_far_end = self._far_end(said)
        await self._send_media({"inbound": said, "outbound": self._said_by_far_end})
        await self._send_digits(now)
        await self._answer_checkpoints(now)
        await self._answer_clears()
        if self._ear.newly_degraded(now):
            self._status.report("DegradedStream")

    async def _send_media(self, said: dict[str, bytes]) -> None:
        self._chunk += 1
        for track in self._tracks:
            media = Media(
                stream_id=self._plan.parties.stream_id,
                sequence=self._next(),
                track=track,
                timestamp=str(self._started_ms + (self._chunk - 1) * FRAME_MS),
                chunk=self._chunk,
                payload=said[track],
            )
            await self._socket.send(media_frame(media))
            self._outcome.frames_sent += 1

    async def _send_digits(self, now: float) -> None:
        while self._digits and self._digits[0][0] <= now - self._pace.started:
            _, digit = self._digits.popleft()
            dtmf = Dtmf(stream_id=self._plan.parties.stream_id, sequence=self._next(), digit=digit)
            await self._socket.send(dtmf_frame(dtmf, str(_epoch_ms())))

    async def _answer_checkpoints(self, now: float) -> None:
        for mark in self._ear.reached(now):
            played = PlayedStream(stream_id=self._plan.parties.stream_id, sequence=self._next(), name=mark.name)
            await self._socket.send(played_stream_frame(played))
            self._status.report("PlayedStream", name=mark.name)

    async def _answer_clears(self) -> None:
        while self._clears_to_acknowledge:
            self._clears_to_acknowledge -= 1
            cleared = ClearedAudio(stream_id=self._plan.parties.stream_id, sequence=self._next())
            await self._socket.send(cleared_audio_frame(cleared))
            self._status.report("ClearedAudio")

    def _start(self) -> Start:
        parties = self._plan.parties
        return Start(
            stream_id=parties.stream_id,
            sequence=self._next(),
            call_id=parties.call_uuid,
            account_id=parties.account_id,
            tracks=self._tracks,
            format=self._format,
            extra_headers=self._stream.extra_headers,
        )

    def _next(self) -> int:
        self._sequence += 1
        return self._sequence

    # What comes from the far end

    async def _read(self) -> None:
        """Take commands until the far end closes."""
        try:
            while True:
                message = await self._socket.recv()
                if isinstance(message, bytes):
                    self._problem("A binary frame came: commands are text frames.")
                else:
                    self._take(message)
        except ConnectionClosed:
            return

    def _take(self, message: str) -> None:
        try:
            command = read_command(message)
        except FrameError as error:
            self._problem(str(error))
            return
        if self._stream.bidirectional:
            self._carry_out(command)
        else:
            self._problem(f"{type(command).__name__} came on a stream that is not bidirectional.")

    def _carry_out(self, command: Command) -> None:
        now = time.monotonic()
        match command:
            case PlayAudio():
                self._play(command, now)
            case SetCheckpoint(name=name):
                self._ear.checkpoint(name, now)
            case ClearAudio():
                self._ear.clear(now)
                self._clears_to_acknowledge += 1
                self._outcome.clears += 1
            case SendDtmf(digits=digits):
                self._outcome.digits = (self._outcome.digits + digits)[:1000]
            case _:
                self._problem(f"{command.event} is no command of this protocol.")

    def _play(self, command: PlayAudio, now: float) -> None:
        """Queue the payload as it is: in another format than the stream's, the caller hears noise."""
        content_type = command.content_type or self._format.encoding
        try:
            if (said := parse_format(content_type, command.rate)) != self._format:
                self._problem(f"Audio in {said.label} came on a stream in {self._format.label}: it is noise.")
        except UnknownFormatError as error:
            self._problem(f"Audio came whose format cannot be told: {error}.")
        if not self._ear.play(command.payload, now):
            self._problem(f"buffer_overflow: more than {CAPACITY:.0f} s of audio were queued.")

    def _problem(self, sentence: str) -> None:
        self._outcome.problems.append(sentence)

    def _tell_outcome(self) -> None:
        self._outcome.worst_lateness = self._pace.worst_lateness
        self._outcome.heard = bytes(self._ear.heard)
        self._outcome.played = [mark.name for mark in self._ear.played]
        self._outcome.dropped = [mark.name for mark in self._ear.dropped]


def _epoch_ms() -> int:
    return time.time_ns() // 1_000_000

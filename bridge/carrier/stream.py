"""The socket of one emulated stream: media every 20 ms, and what the far end asks for answered when it is due.

All frames leave at a beat of 20 ms, one after the other, which keeps `sequenceNumber` contiguous; commands that
come in between only change what the next beat finds. A far end that does not read holds nothing up: what waits for
it is counted, as Plivo does, until there is too much.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from datetime import UTC, datetime

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from bridge.carrier.commands import Commands
from bridge.carrier.ear import Ear
from bridge.carrier.frames import TRACKS, Frames
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.pace import Pace
from bridge.carrier.plan import CallPlan
from bridge.carrier.status import StatusCallbacks
from bridge.carrier.trouble import Dice
from bridge.streams.check.fullness import Fullness
from bridge.wire.document import StreamElement
from bridge.wire.formats import FRAME_MS, parse_format

_BEAT = FRAME_MS / 1000
_RARE_EVENTS = ((0.5, "muteStream"), (1.0, "unmuteStream"), (1.5, "error"), (2.0, "somethingNew"))
"""Seconds after the start, and what then comes from a Plivo that sends what is seldom seen."""


class EmulatedStream:
    """One stream on an open socket, from `start` to the reason for its end. It does not close the socket."""

    def __init__(
        self,
        socket: ClientConnection,
        plan: CallPlan,
        stream: StreamElement,
        status: StatusCallbacks,
        hung_up: asyncio.Event,
        pressed: deque[str],
        outcome: Outcome,
    ) -> None:
        self._socket = socket
        self._plan = plan
        self._stream = stream
        self._status = status
        self._hung_up = hung_up
        self._pressed = pressed
        self._outcome = outcome
        self._format = outcome.format = parse_format(stream.content_type)
        self._tracks = TRACKS[stream.audio_track]
        self._caller = plan.caller(self._format)
        self._far_end = plan.far_end(self._format)
        self._said_by_far_end = b""
        self._digits = deque(plan.digits)
        self._rare_events = deque(_RARE_EVENTS if plan.profile.rare_events else ())
        self._chunk = 0
        self._frames = Frames(plan.parties, stream, plan.profile.frames)
        self._dice = Dice(plan.trouble, "media")
        self._pace = Pace(_BEAT, plan.lateness)
        self._ear = Ear(self._format, self._pace.started - _BEAT, plan.profile.at_clear)
        self._commands = Commands(self._format, bidirectional=stream.bidirectional, ear=self._ear, outcome=outcome)
        self._queue_fullness, self._buffer_fullness = Fullness(), Fullness(plan.profile.send_buffer)
        self._bytes_per_second = 0.0

    async def run(self) -> Ending:
        """Send and play until somebody or something ends it."""
        reader = asyncio.create_task(self._read(), name=f"commands on {self._plan.parties.stream_id}")
        ended = Ending.CALLER
        try:
            ended = await self._speak(reader)
        except ConnectionClosed:
            ended = Ending.FAR_END
        finally:
            reader.cancel()
            await asyncio.wait([reader])
            self._tell_outcome(ended)
        return ended

    async def _speak(self, reader: asyncio.Task[None]) -> Ending:
        self._outcome.started, self._outcome.started_at = self._pace.started, datetime.now(UTC)
        await self._socket.send(self._frames.start())
        while (ended := self._ended(reader)) is None:
            await self._beat(await self._pace.beat())
        if self._plan.profile.stop and ended in (Ending.CALLER, Ending.TIMEOUT):
            await self._socket.send(self._frames.rare("stop"))
        return ended

    def _ended(self, reader: asyncio.Task[None]) -> Ending | None:
        if self._hung_up.is_set():
            return Ending.DROP if self._half_open else Ending.CALLER
        if reader.done():
            reader.result()
            return Ending.FAR_END
        if self._after(self._stream.stream_timeout):
            return Ending.TIMEOUT
        if self._waiting() > self._plan.profile.send_buffer:
            return Ending.TOO_SLOW
        if self._plan.seconds is not None and self._after(self._plan.seconds):
            return Ending.DROP if self._plan.drops or self._half_open else Ending.CALLER
        return None

    def _after(self, seconds: float) -> bool:
        return time.monotonic() - self._pace.started >= seconds

    @property
    def _half_open(self) -> bool:
        after = self._plan.trouble.half_open_after
        return after is not None and self._after(after)

    def _waiting(self) -> float:
        """Seconds of audio that the far end has not read."""
        if not self._bytes_per_second:
            return 0.0
        return self._socket.transport.get_write_buffer_size() / self._bytes_per_second

    # What leaves with a beat

    async def _beat(self, now: float) -> None:
        if stall := self._dice.stall():
            await asyncio.sleep(stall)
        if self._half_open:
            return
        heard = self._ear.listen(now)
        said = self._caller(heard if self._stream.bidirectional else self._said_by_far_end)
        self._said_by_far_end = self._far_end(said)
        self._keep(said, heard)
        await self._send_media({"inbound": said, "outbound": self._said_by_far_end})
        await self._send_digits(now)
        await self._answer_checkpoints(now)
        await self._answer_clears()
        await self._send_rare_events(now)
        self._tell_fullness(now)

    def _keep(self, said: bytes, heard: bytes) -> None:
        if self._chunk * _BEAT < self._plan.keep_seconds:
            self._outcome.said += said
            self._outcome.heard += heard

    async def _send_media(self, said: dict[str, bytes]) -> None:
        self._chunk += 1
        for track in self._tracks:
            frame = self._frames.media(track, self._chunk, said[track])
            self._bytes_per_second = len(frame) * len(self._tracks) / _BEAT
            for _ in range(self._dice.copies()):
                await self._socket.send(frame)
                self._outcome.frames_sent += 1

    async def _send_digits(self, now: float) -> None:
        while self._digits and self._digits[0][0] <= now - self._pace.started:
            self._pressed.append(self._digits.popleft()[1])
        while self._pressed:
            digit = self._pressed.popleft()
            self._outcome.pressed.append((round(now - self._pace.started, 3), digit))
            await self._socket.send(self._frames.dtmf(digit))

    async def _answer_checkpoints(self, now: float) -> None:
        for mark in self._ear.reached(now):
            self._commands.findings.played(mark.name, now)
            await self._socket.send(self._frames.played(mark.name))
            self._status.report("PlayedStream", name=mark.name)

    async def _answer_clears(self) -> None:
        while self._commands.clears_to_acknowledge:
            self._commands.clears_to_acknowledge -= 1
            await self._socket.send(self._frames.cleared())
            self._status.report("ClearedAudio")

    async def _send_rare_events(self, now: float) -> None:
        if not self._plan.profile.rare_events:
            return
        while self._rare_events and self._rare_events[0][0] <= now - self._pace.started:
            _, event = self._rare_events.popleft()
            await self._socket.send(self._frames.rare(event, reason="emulated"))
        while self._commands.overflows_to_tell:
            self._commands.overflows_to_tell -= 1
            await self._socket.send(self._frames.rare("playFailed", reason="buffer_overflow"))

    def _tell_fullness(self, now: float) -> None:
        risen = (
            self._queue_fullness.risen_to(self._ear.queued(now)),
            self._buffer_fullness.risen_to(self._waiting()),
        )
        for mark in risen:
            if mark is not None:
                self._status.report("DegradedStream")

    # What comes from the far end

    async def _read(self) -> None:
        """Take commands until the far end closes."""
        try:
            while True:
                message = await self._socket.recv()
                if self._half_open:
                    await asyncio.Event().wait()
                self._commands.take(message)
                if self._plan.trouble.reads_every:
                    await asyncio.sleep(self._plan.trouble.reads_every)
        except ConnectionClosed:
            return

    def _tell_outcome(self, ended: Ending) -> None:
        self._outcome.worst_lateness = self._pace.worst_lateness
        self._outcome.played = [mark.name for mark in self._ear.played]
        self._outcome.gaps = self._ear.gaps
        self._outcome.dropped = [mark.name for mark in self._ear.dropped]
        code, by_bot = self._socket.close_code, ended is Ending.FAR_END
        self._commands.findings.closed(by_bot=by_bot, code=code, at=time.monotonic())
        self._outcome.findings = self._commands.findings.found

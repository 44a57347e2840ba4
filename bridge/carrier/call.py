"""One emulated call: answered, streamed, and hung up."""

from __future__ import annotations

import asyncio
import time
from collections import deque

import aiohttp
from websockets.asyncio.client import ClientConnection

from bridge.carrier.answering import Answer, AnswerError, BadDocumentError
from bridge.carrier.connecting import ConnectError, connect
from bridge.carrier.hangup import CALLER_HUNG_UP, END_OF_XML, HangupCause, report_hangup
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.requests import Requests
from bridge.carrier.second import claim_again
from bridge.carrier.status import CONNECT_FAILED, DISCONNECTED, StatusCallbacks
from bridge.carrier.stream import EmulatedStream
from bridge.streams.check.findings import CLOSED_ON_PURPOSE
from bridge.wire.document import StreamElement

_MOST_DIGITS_WAITING = 100


class Call:
    """One call, to be run once. `outcome` can be looked at while it goes on."""

    def __init__(self, plan: CallPlan) -> None:
        self._plan = plan
        self._hung_up = asyncio.Event()
        self._pressed: deque[str] = deque(maxlen=_MOST_DIGITS_WAITING)
        self._started = time.monotonic()
        self.outcome = Outcome(stream_id=plan.parties.stream_id, call_uuid=plan.parties.call_uuid)

    def hang_up(self) -> None:
        """The caller hangs up."""
        self._hung_up.set()

    def press(self, digit: str) -> None:
        """The caller presses a digit."""
        self._pressed.append(digit)

    async def run(self) -> Outcome:
        """Ring, and return when the call is over. Trouble with the far end is told in the outcome, never raised.

        When cancelled, the call is hung up before.
        """
        self._started = time.monotonic()
        cause: HangupCause | None = None
        async with aiohttp.ClientSession() as http:
            requests = Requests(http, self._plan.auth_token)
            try:
                cause = await self._answer(requests)
            except AnswerError as error:
                cause = error.cause
                self._fail(Ending.BAD_DOCUMENT if isinstance(error, BadDocumentError) else Ending.NO_ANSWER, error)
            except ConnectError as error:
                cause = END_OF_XML
                self._fail(Ending.NO_SOCKET, error)
            finally:
                self.outcome.seconds = time.monotonic() - self._started
                await report_hangup(requests, self._plan, cause or CALLER_HUNG_UP, self.outcome.seconds)
        return self.outcome

    def _fail(self, ending: Ending, error: Exception) -> None:
        self.outcome.ending = ending
        self.outcome.error = str(error)

    async def _answer(self, requests: Requests) -> HangupCause | None:
        """Carry the call out; returns why Plivo hangs up, None where the caller did."""

        async def run_stream(stream: StreamElement) -> bool:
            await self._connect_and_stream(requests, stream)
            return self.outcome.ending is not Ending.CALLER

        target = self._plan.target
        if isinstance(target, StreamElement):
            return END_OF_XML if await run_stream(target) else None
        self.outcome.ending = Ending.NO_STREAM
        answer = Answer(requests, self._plan, self.outcome, run_stream, self._hung_up)
        cause = await answer.carry_out(target)
        if cause is None and self.outcome.ending is Ending.NO_STREAM:
            self.outcome.ending = Ending.CALLER
        if self.outcome.ending is Ending.NO_STREAM:
            self.outcome.error = f"The document of {target} came to its end without a <Stream>."
        return cause

    async def _connect_and_stream(self, requests: Requests, stream: StreamElement) -> None:
        async with StatusCallbacks(requests, stream, self._plan) as status:
            try:
                socket = await connect(self._plan, stream.url)
            except ConnectError:
                status.report("DroppedStream", error=CONNECT_FAILED)
                raise
            self.outcome.connected_ms = round((time.monotonic() - self._started) * 1000)
            try:
                await self._stream(socket, stream, status)
                self._end(socket, status)
            finally:
                await socket.close()

    async def _stream(self, socket: ClientConnection, stream: StreamElement, status: StatusCallbacks) -> None:
        status.report("StartStream")
        live = EmulatedStream(socket, self._plan, stream, status, self._hung_up, self._pressed, self.outcome)
        after = self._plan.profile.second_socket_after
        if after is None:
            self.outcome.ending = await live.run()
            return
        name = f"second socket of {self._plan.parties.stream_id}"
        second = asyncio.create_task(claim_again(self._plan, stream, self.outcome, after), name=name)
        try:
            self.outcome.ending = await live.run()
        finally:
            second.cancel()
            await asyncio.wait([second])

    def _end(self, socket: ClientConnection, status: StatusCallbacks) -> None:
        """Report the stream's end as Plivo does: nothing when it is the call that ends."""
        if not self._plan.profile.closes:
            socket.transport.abort()
        match self.outcome.ending:
            case Ending.TIMEOUT:
                status.report("StopStream")
            case Ending.DROP | Ending.TOO_SLOW:
                socket.transport.abort()
                status.report("DroppedStream", error=DISCONNECTED)
            case Ending.FAR_END:
                self.outcome.close_code = socket.close_code
                self.outcome.close_reason = socket.close_reason or ""
                if socket.close_code in CLOSED_ON_PURPOSE:
                    status.report("StopStream")
                else:
                    status.report("DroppedStream", error=DISCONNECTED)

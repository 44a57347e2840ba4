"""One emulated call: answered, streamed, and hung up."""

from __future__ import annotations

import asyncio
import time

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bridge.carrier.answering import AnswerError, ask
from bridge.carrier.hangup import report_hangup
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.requests import Requests
from bridge.carrier.status import CONNECT_FAILED, DISCONNECTED, StatusCallbacks
from bridge.carrier.stream import EmulatedStream
from bridge.wire.commands import MAX_COMMAND_BYTES
from bridge.wire.document import DocumentError, StreamElement
from bridge.wire.signature import signed_headers

_CONNECT_TRIES = 3
_CONNECT_WITHIN = 10.0
_CLOSE_WITHIN = 2.0
_ENDED_ON_PURPOSE = (1000, 1001)
"""Close codes of a far end that meant to end the stream."""


class ConnectError(Exception):
    """The stream's socket could not be opened; the message is a sentence for the user."""


class Call:
    """One call, to be run once. `outcome` can be looked at while it goes on."""

    def __init__(self, plan: CallPlan) -> None:
        self._plan = plan
        self._hung_up = asyncio.Event()
        self.outcome = Outcome()

    def hang_up(self) -> None:
        """The caller hangs up."""
        self._hung_up.set()

    async def run(self) -> Outcome:
        """Ring, and return when the call is over. Trouble with the far end is told in the outcome, never raised.

        When cancelled, the call is hung up before.
        """
        started = time.monotonic()
        async with aiohttp.ClientSession() as http:
            requests = Requests(http, self._plan.auth_token)
            try:
                await self._answer(requests)
            except AnswerError as error:
                self._fail(Ending.NO_ANSWER, error)
            except DocumentError as error:
                self._fail(Ending.BAD_DOCUMENT, error)
            except ConnectError as error:
                self._fail(Ending.NO_SOCKET, error)
            finally:
                self.outcome.seconds = time.monotonic() - started
                await report_hangup(requests, self._plan, self.outcome)
        return self.outcome

    def _fail(self, ending: Ending, error: Exception) -> None:
        self.outcome.ending = ending
        self.outcome.error = str(error)

    async def _answer(self, requests: Requests) -> None:
        target = self._plan.target
        stream = target if isinstance(target, StreamElement) else await ask(requests, target, self._plan.parties)
        repeats = self._plan.repeats_callbacks
        async with StatusCallbacks(requests, stream, self._plan.parties, repeats=repeats) as status:
            try:
                socket = await self._connect(stream)
            except ConnectError:
                status.report("DroppedStream", error=CONNECT_FAILED)
                raise
            try:
                status.report("StartStream")
                live = EmulatedStream(socket, self._plan, stream, status, self._hung_up, self.outcome)
                self.outcome.ending = await live.run()
                self._end(socket, status)
            finally:
                await socket.close()

    async def _connect(self, stream: StreamElement) -> ClientConnection:
        problem: Exception | None = None
        for _ in range(_CONNECT_TRIES):
            try:
                return await connect(
                    stream.url,
                    additional_headers=self._signature(stream.url),
                    compression=None,
                    open_timeout=_CONNECT_WITHIN,
                    close_timeout=_CLOSE_WITHIN,
                    ping_interval=None,
                    max_size=MAX_COMMAND_BYTES,
                    proxy=None,
                )
            except (OSError, WebSocketException) as error:
                problem = error
        raise ConnectError(f"The stream's socket {stream.url} could not be opened: {problem}.") from problem

    def _signature(self, url: str) -> dict[str, str]:
        """Plivo was seen to sign the upgrade over the `http://` form of the URL."""
        http_form = f"http://{url.partition('://')[2]}"
        return signed_headers(self._plan.auth_token, "GET", http_form) if self._plan.auth_token else {}

    def _end(self, socket: ClientConnection, status: StatusCallbacks) -> None:
        """Report the stream's end as Plivo does: nothing when it is the call that ends."""
        match self.outcome.ending:
            case Ending.TIMEOUT:
                status.report("StopStream")
            case Ending.DROP:
                socket.transport.abort()
                status.report("DroppedStream", error=DISCONNECTED)
            case Ending.FAR_END:
                self.outcome.close_code = socket.close_code
                self.outcome.close_reason = socket.close_reason or ""
                if socket.close_code in _ENDED_ON_PURPOSE:
                    status.report("StopStream")
                else:
                    status.report("DroppedStream", error=DISCONNECTED)

"""Status callbacks of one stream: sent in order, in the background, so that no audio waits for them."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from bridge.carrier.plan import Parties
from bridge.carrier.requests import RequestError, Requests
from bridge.wire.callbacks import StreamCallback, callback_fields
from bridge.wire.document import StreamElement

CONNECT_FAILED = "Could not establish connection with the remote service"
DISCONNECTED = "Connection disconnected with the remote service"

_WAITING = 1000
"""Callbacks that may wait; a bot that sets checkpoints faster than they are acknowledged loses the rest."""
_LAST_ONES_WITHIN = 5.0
"""Seconds for what is still waiting when the stream has ended."""

_log = logging.getLogger(__name__)


class StatusCallbacks:
    """Used as a context: at its end, the callbacks that wait are still sent."""

    def __init__(self, requests: Requests, stream: StreamElement, parties: Parties, *, repeats: bool = False) -> None:
        self._requests = requests
        self._stream = stream
        self._parties = parties
        self._times = 2 if repeats else 1
        self._waiting: asyncio.Queue[StreamCallback] = asyncio.Queue(_WAITING)

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send(), name=f"status callbacks of {self._parties.stream_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            async with asyncio.timeout(_LAST_ONES_WITHIN):
                await self._waiting.join()
        except TimeoutError:
            _log.warning("%d status callbacks were not acknowledged in time.", self._waiting.qsize())
        finally:
            self._sender.cancel()
            await asyncio.wait([self._sender])

    def report(self, event: str, *, name: str = "", error: str = "") -> None:
        """Send a callback when those before it are done; `name` is a checkpoint's, `error` why a stream dropped."""
        if not self._stream.status_callback_url:
            return
        callback = StreamCallback(
            event=event,
            name=name,
            error=error,
            call_uuid=self._parties.call_uuid,
            stream_id=self._parties.stream_id,
            from_=self._parties.from_,
            to=self._parties.to,
            direction=self._parties.direction,
            service_url=self._stream.url,
            extra_headers=self._stream.extra_headers,
            timestamp=f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        )
        try:
            self._waiting.put_nowait(callback)
        except asyncio.QueueFull:
            _log.warning("%d status callbacks wait already: %s is not sent.", _WAITING, event)

    async def _send(self) -> None:
        while True:
            callback = await self._waiting.get()
            try:
                for _ in range(self._times):
                    await self._requests.deliver(
                        self._stream.status_callback_method,
                        self._stream.status_callback_url,
                        callback_fields(callback),
                    )
            except RequestError as error:
                _log.warning("%s was not acknowledged: %s", callback.event, error)
            finally:
                self._waiting.task_done()

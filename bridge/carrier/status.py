"""Status callbacks of one stream: sent in order, in the background, so that no audio waits for them."""

from __future__ import annotations

import asyncio
import logging
import time
from types import TracebackType
from typing import Self

from bridge.carrier.callbacks import status_fields
from bridge.carrier.plan import CallPlan
from bridge.carrier.requests import RequestError, Requests
from bridge.carrier.trouble import Dice
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

    def __init__(self, requests: Requests, stream: StreamElement, plan: CallPlan) -> None:
        self._requests = requests
        self._stream = stream
        self._plan = plan
        self._started = time.monotonic()
        self._dice = Dice(plan.trouble, "callbacks")
        self._waiting: asyncio.Queue[dict[str, str]] = asyncio.Queue(_WAITING)
        self._overtaken: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._sender = asyncio.create_task(self._send(), name=f"status callbacks of {self._plan.parties.stream_id}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            async with asyncio.timeout(_LAST_ONES_WITHIN):
                await self._waiting.join()
                await asyncio.gather(*self._overtaken)
        except TimeoutError:
            _log.warning("%d status callbacks were not acknowledged in time.", self._waiting.qsize())
        finally:
            for task in (tasks := {self._sender, *self._overtaken}):
                task.cancel()
            await asyncio.wait(tasks)

    def report(self, event: str, *, name: str = "", error: str = "") -> None:
        """Send a callback when those before it are done; `name` is a checkpoint's, `error` why a stream dropped."""
        if not self._stream.status_callback_url:
            return
        after = time.monotonic() - self._started
        try:
            self._waiting.put_nowait(
                status_fields(self._plan, self._stream, event, name=name, error=error, after=after)
            )
        except asyncio.QueueFull:
            _log.warning("%d status callbacks wait already: %s is not sent.", _WAITING, event)

    async def _send(self) -> None:
        while True:
            fields = await self._waiting.get()
            try:
                for delay in self._dice.callback_delays():
                    if delay:
                        self._send_later(fields, delay)
                    else:
                        await self._deliver(fields)
            finally:
                self._waiting.task_done()

    def _send_later(self, fields: dict[str, str], delay: float) -> None:
        async def wait_and_deliver() -> None:
            await asyncio.sleep(delay)
            await self._deliver(fields)

        task = asyncio.create_task(wait_and_deliver(), name=f"late {fields['Event']} of {self._plan.parties.stream_id}")
        self._overtaken.add(task)
        task.add_done_callback(self._overtaken.discard)

    async def _deliver(self, fields: dict[str, str]) -> None:
        try:
            method, url = self._stream.status_callback_method, self._stream.status_callback_url
            await self._requests.deliver(method, url, fields)
        except RequestError as error:
            _log.warning("%s was not acknowledged: %s", fields["Event"], error)

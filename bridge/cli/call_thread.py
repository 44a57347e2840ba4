"""An own call in a thread, on an event loop of its own.

A repaint of the screen takes longer than the 20 ms between two frames: on one loop with it, one frame in five left
more than 10 ms late, and one in a hundred 50 ms.
"""

from __future__ import annotations

import asyncio
import gc
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from bridge.carrier.call import Call
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan
from bridge.cli.calling import hang_up
from bridge.cli.phone_line import PhoneLine
from bridge.operator.client import Address

_SWITCH_S = 0.001
"""How long another thread may go on when a frame is due; Python's own 5 ms are a quarter of a frame."""


class CallThread:
    """One call whose caller is at the phone. Its outcome may be looked at from other threads while it goes on."""

    def __init__(self, plan: CallPlan) -> None:
        self._line = PhoneLine(self._open)
        self._call = Call(replace(plan, caller=self._line.caller))
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="call")
        self._running: Future[None] | None = None
        self._calling: asyncio.Task[Outcome] | None = None
        self._loop = asyncio.new_event_loop()
        self.outcome = self._call.outcome
        self.address: Future[Address] = Future()
        """Where the phone is to link to, once the call has begun."""
        self.opened: Future[None] = Future()
        """There is a stream to be listened to."""

    @property
    def over(self) -> bool:
        """Whether the call has begun, and has come to its end."""
        return self._running is not None and self._running.done()

    def begin(self) -> None:
        """Ring."""
        sys.setswitchinterval(_SWITCH_S)
        # A full collection stops all threads for 50 ms and more: what is there by now stays.
        gc.collect()
        gc.freeze()
        self._running = self._executor.submit(self._run)

    def press(self, digit: str) -> None:
        """Press a digit."""
        self._call.press(digit)

    def hang_up(self) -> None:
        """End the call, soon."""
        if self._running is not None:
            with suppress(RuntimeError):  # It ended just now, and its loop with it.
                self._loop.call_soon_threadsafe(self._hang_up)

    async def end(self) -> None:
        """Hang up, and wait until all of it is over."""
        self.hang_up()
        if self._running is None:
            self._loop.close()
        else:
            await asyncio.wrap_future(self._running)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._work())

    async def _work(self) -> None:
        async with self._line:
            self.address.set_result(self._line.address)
            self._calling = asyncio.create_task(self._call.run(), name="call")
            await asyncio.wait({self._calling})
            if not self._calling.cancelled():
                self._calling.result()

    def _hang_up(self) -> None:
        if self._calling is not None:
            hang_up(self._call, self._calling)

    def _open(self) -> None:
        if not self.opened.done():  # A redirect may lead to another stream.
            self.opened.set_result(None)

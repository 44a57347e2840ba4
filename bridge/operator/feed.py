"""Keeps a link to the bridge open, and the store fed from it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from bridge.operator.client import Address, LinkError, OperatorLink, RefusedError
from bridge.operator.store import Store
from bridge.wire.link.answers import Changes, Events, Granted
from bridge.wire.link.requests import ClientMessage, ListEvents, Subscribe

FIRST_WAIT = 0.5
"""Seconds until the first try to reconnect; each further wait is twice as long, up to LONGEST_WAIT."""
LONGEST_WAIT = 10.0


@dataclass(frozen=True, slots=True)
class LinkState:
    """Whether the bridge is heard; if not, why, and when it is tried again."""

    connected: bool
    problem: str = ""
    retry_at: float | None = None
    """Monotonic seconds; None: it is not tried any more."""
    read_only: bool = False
    """Streams can be seen and listened to, and nothing else."""


class Feed:
    """The operators' link of a terminal UI. `open`, then `close`; `request` at any time between."""

    def __init__(self, address: Address, store: Store, name: str = "") -> None:
        self.address = address
        self.store = store
        self._name = name
        self._link: OperatorLink | None = None
        self.person = ""
        """As whom the bridge knows this terminal's user, whichever of their links it is."""
        self.state = LinkState(connected=False)

    async def open(self) -> None:
        """Connect and keep the store fed from now on. Raises LinkError when no bridge answers."""
        link = await self._connect()
        self._task = asyncio.create_task(self._keep_fed(link), name="feed from the bridge")
        self._task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Leave the bridge."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def request(self, message: ClientMessage) -> Granted:
        """Ask the bridge. Raises RefusedError with its reason, or LinkError when there is no link."""
        if self._link is None:
            raise LinkError("There is no link to the bridge at the moment: try again when it is back.")
        return await self._link.request(message)

    async def _connect(self) -> OperatorLink:
        link = OperatorLink(self.address, self._name)
        await link.__aenter__()
        return link

    async def _keep_fed(self, link: OperatorLink) -> None:
        while True:
            await self._feed(link)
            link = await self._reconnect()

    async def _feed(self, link: OperatorLink) -> None:
        self._link = link
        self.store.bridge = link.welcome.bridge
        self.person = link.welcome.operator.partition("#")[0]
        self.state = LinkState(connected=True, read_only=link.welcome.read_only)
        try:
            await self._forget_another_journal(link)
            await link.request(Subscribe(events_after=self.store.log.last_id))
            async for push in link.pushes():
                if isinstance(push, Changes):
                    self.store.apply(push)
        except (LinkError, RefusedError):
            pass  # The next try says what is wrong.
        finally:
            self._link = None
            await link.close()

    async def _forget_another_journal(self, link: OperatorLink) -> None:
        """Start anew where the newest event here is not one of the bridge's journal: that one counts from 1 again."""
        if self.store.log.events:
            last = self.store.log.events[-1]
            answer = await link.request(ListEvents(after=last.id - 1, limit=1))
            if not isinstance(answer, Events) or [event.at for event in answer.events] != [last.at]:
                self.store.log.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()):
            self.state = LinkState(
                connected=False, problem=f"Following the bridge failed ({error!r}): leave, and start offhook again."
            )

    async def _reconnect(self) -> OperatorLink:
        wait, problem = FIRST_WAIT, "The link to the bridge was lost."
        while True:
            self.state = LinkState(connected=False, problem=problem, retry_at=time.monotonic() + wait)
            await asyncio.sleep(wait)
            try:
                return await self._connect()
            except LinkError as error:
                wait, problem = min(2 * wait, LONGEST_WAIT), str(error)

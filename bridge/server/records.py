"""From the switchboard to the journal: events and the rows they changed, in one transaction, in groups."""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future

from bridge.streams.journal import Journal, JournalFullError
from bridge.streams.switchboard import Switchboard
from bridge.wire.link import Event

_log = logging.getLogger(__name__)


class Records:
    """Takes every event, and hands what came in one turn of the loop to the journal together."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._pending: list[Event] = []
        self._flush_planned = False
        self._last: Future[None] | None = None
        self.switchboard: Switchboard | None = None

    def take(self, event: Event) -> None:
        """Keep an event; it is written with the others of this turn."""
        self._pending.append(event)
        if not self._flush_planned:
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> Future[None] | None:
        """Hand over what is pending, with the rows that changed; done when it is committed."""
        self._flush_planned = False
        events, self._pending = self._pending, []
        rows = self.switchboard.unsaved if self.switchboard else {}
        if events or rows:
            # A socket that has not said which stream it is has nothing to be found by after a restart.
            views = [row.view for row in rows.values() if row.view.stream_id or row.view.call_uuid]
            rows.clear()
            try:
                self._last = self._journal.record(events, views)
            except JournalFullError as error:
                self._last = Future()
                self._last.set_exception(error)
            self._last.add_done_callback(_report)
        return self._last

    async def committed(self) -> None:
        """Wait until everything taken so far is on disk. Raises what the journal raised."""
        future = self.flush()
        if future is not None:
            await asyncio.wrap_future(future)


def _report(future: Future[None]) -> None:
    error = future.exception()
    if error is not None:
        _log.error("The journal could not be written: %s", error)

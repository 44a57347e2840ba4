"""From the switchboard to the journal: events and the rows they changed, in one transaction, in groups."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future

from bridge.streams.clock import moment
from bridge.streams.events import KEPT
from bridge.streams.journal import Journal, JournalError, JournalFullError
from bridge.streams.row import Row
from bridge.streams.switchboard import Switchboard
from bridge.wire.events import Event

_log = logging.getLogger(__name__)


class Records:
    """Hands what happened in one turn of the loop to the journal together.

    What the journal fails to write is handed to it again, once a second, as long as the event log has it in memory;
    until that succeeds nothing is committed, so that Plivo repeats what it is not sure of.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._switchboard: Switchboard | None = None
        self._handed_over = 0
        """Id of the newest event that the journal was given and has not failed to write."""
        self._flush_planned = False
        self._failure: JournalError | None = None
        self._last: Future[None] | None = None

    def keep(self, switchboard: Switchboard) -> None:
        """Keep what happens on this switchboard from now on; its log holds what the journal has already."""
        self._switchboard = switchboard
        self._handed_over = switchboard.log.last_id

    def take(self, _: Event) -> None:
        """An event was added to the log: it is written with the others of this turn."""
        if not self._flush_planned and self._failure is None:
            self._flush_planned = True
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        """Hand over what the journal has not got: events, and the rows that changed."""
        self._flush_planned = False
        if self._switchboard is None:
            return
        events, _ = self._switchboard.log.after(self._handed_over, KEPT)
        rows = self._switchboard.take_unsaved()
        if not events and not rows:
            return
        before, self._handed_over = self._handed_over, self._switchboard.log.last_id
        # A socket that has not said which stream it is has nothing to be found by after a restart.
        views = [row.view for row in rows if row.view.stream_id or row.view.call_uuid]
        try:
            self._last = self._journal.record(events, views)
        except JournalFullError as error:
            self._last = Future()
            self._last.set_exception(error)
        self._last.add_done_callback(_in_loop(lambda done: self._written(done, before, rows)))

    async def committed(self) -> None:
        """Wait until everything that happened so far is on disk. Raises JournalError while it cannot be."""
        if self._failure is not None:
            raise self._failure
        self.flush()
        if self._last is not None:
            await asyncio.wrap_future(self._last)

    def _written(self, done: Future[None], before: int, rows: list[Row]) -> None:
        assert self._switchboard is not None
        failure = done.exception()
        if failure is None:
            self._failure = None
            return
        assert isinstance(failure, JournalError)
        is_news, self._failure = self._failure is None, failure
        self._handed_over = min(self._handed_over, before)
        self._switchboard.unsaved.update((row.view.handle, row) for row in rows)
        if is_news:
            _log.error("%s", failure)
            self._switchboard.log.add(moment(), "bridge", "journal", str(failure), level="error")


def _in_loop(callback: Callable[[Future[None]], None]) -> Callable[[Future[None]], None]:
    """The same callback, called in this loop whatever thread is done."""
    loop = asyncio.get_running_loop()

    def call(done: Future[None]) -> None:
        loop.call_soon_threadsafe(callback, done)

    return call

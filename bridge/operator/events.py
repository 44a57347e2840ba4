"""The newest events, and the part of them that a screen shows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter

from bridge.wire.events import Event

MAX_EVENTS = 100_000
"""Events kept here; older ones are in the bridge's journal."""
MAX_RAW_CHARACTERS = 32_000_000
"""Raw forms kept here, over all events: a flood of long frames must not fill the memory."""

_id = attrgetter("id")


class EventLog:
    """Events without a hole, ascending by id; what is older than the first is in the bridge's journal."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.front = 0
        """Grows whenever the oldest end changes, so that who copied from it knows to copy anew."""
        self._raw = 0

    @property
    def last_id(self) -> int | None:
        """The newest event's id."""
        return self.events[-1].id if self.events else None

    def after(self, event_id: int | None) -> list[Event]:
        """The events newer than this one; None: all."""
        if event_id is None:
            return self.events
        return self.events[bisect_right(self.events, event_id, key=_id) :]

    def append(self, events: Sequence[Event]) -> None:
        """Add newer events; those already here are left out."""
        last = self.last_id
        new = [event for event in events if last is None or event.id > last]
        self.events += new
        self._raw += sum(len(event.raw) for event in new)
        if len(self.events) > MAX_EVENTS or self._raw > MAX_RAW_CHARACTERS:
            self._forget_oldest()

    def prepend(self, events: Sequence[Event]) -> None:
        """Add older events, fetched from the journal."""
        first = self.events[0].id if self.events else None
        old = [event for event in events if first is None or event.id < first]
        self.events[:0] = old
        self._raw += sum(len(event.raw) for event in old)
        self.front += 1

    def clear(self) -> None:
        """Forget everything: those between and the events that follow are in the journal, or it is another journal."""
        self.events.clear()
        self._raw = 0
        self.front += 1

    def _forget_oldest(self) -> None:
        gone = self.events[: len(self.events) // 10 + 1]
        del self.events[: len(gone)]
        self._raw -= sum(len(event.raw) for event in gone)
        self.front += 1


class EventView:
    """The events of a log that match, in order, as they were at the last `update`."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self._match: Callable[[Event], bool] | None = None
        self._front = log.front
        self.lines: list[Event] = []
        self._last: int | None = None

    def choose(self, match: Callable[[Event], bool] | None) -> None:
        """Show what matches from now on (None: all), up to the newest event."""
        self._match = match
        self._rebuild()

    def update(self) -> bool:
        """Take in what is new; False when that was nothing that matches."""
        if self._front != self._log.front:
            self._rebuild()
            return True
        new = self._chosen(self._log.after(self._last))
        self.lines += new
        return bool(new)

    def _rebuild(self) -> None:
        self._front = self._log.front
        self._last = None
        self.lines = self._chosen(self._log.events)

    def _chosen(self, events: list[Event]) -> list[Event]:
        if events:
            self._last = events[-1].id
        return [event for event in events if self._match(event)] if self._match else list(events)

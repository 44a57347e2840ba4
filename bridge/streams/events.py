"""The event log in memory: numbers each event, keeps the newest, and hands each to whoever records it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from bridge.streams.clock import Moment
from bridge.wire.events import Event, Source
from bridge.wire.level import Level

KEPT = 10_000
"""Events kept in memory; older ones are in the journal."""

KEPT_CHARACTERS = 16_000_000
"""Raw forms and fields kept in memory, over all events: a flood of long ones must not fill it."""

_RAW_KEPT = 16 * 1024


class EventLog:
    """Every event passes through `add`. `recent` are the newest, their ids ascending without holes."""

    def __init__(self, last_id: int, record: Callable[[Event], None]) -> None:
        self._next_id = last_id + 1
        self._record = record
        self.recent: deque[Event] = deque()
        self._characters = 0

    @property
    def last_id(self) -> int:
        """Id of the newest event."""
        return self._next_id - 1

    def add(
        self,
        now: Moment,
        source: Source,
        event: str,
        text: str,
        *,
        level: Level = "info",
        stream_id: str = "",
        call_uuid: str = "",
        data: dict[str, Any] | None = None,
        raw: str = "",
    ) -> Event:
        """Make an event of what happened now, keep it and hand it on."""
        made = Event(
            id=self._next_id,
            at=now.utc,
            source=source,
            event=event,
            level=level,
            stream_id=stream_id,
            call_uuid=call_uuid,
            text=text,
            data=data or {},
            raw=raw[:_RAW_KEPT],
        )
        self._next_id += 1
        self._keep(made)
        self._record(made)
        return made

    def after(self, event_id: int, limit: int) -> tuple[list[Event], bool]:
        """At most `limit` events after an id, and whether some of those are not in memory any more."""
        newer = self.last_id - event_id
        missed = newer > len(self.recent)
        first = max(0, len(self.recent) - newer)
        return list(islice(self.recent, first, first + limit)), missed

    def refill(self, events: Iterable[Event]) -> None:
        """Take the newest events of the journal at a start, ascending, ending with the last one."""
        for event in events:
            self._keep(event)

    def _keep(self, event: Event) -> None:
        self.recent.append(event)
        self._characters += _characters(event)
        while len(self.recent) > KEPT or (self._characters > KEPT_CHARACTERS and len(self.recent) > 1):
            self._characters -= _characters(self.recent.popleft())


def _characters(event: Event) -> int:
    return len(event.raw) + sum(len(value) for value in event.data.values() if isinstance(value, str))

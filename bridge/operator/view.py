"""The stream list as a screen shows it: which streams, in which order, and which is in focus."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from bridge.operator.filters import STREAM_TERMS, Filter
from bridge.operator.store import Store
from bridge.wire.views import StreamView

ENDED_SHOWN = timedelta(seconds=30)
"""How long an ended stream stays in the list by itself."""
_QUIET = -100.0
_STATES = ("live", "connecting", "asked", "ended")
_MODES = ("takeover", "talk", "whisper", "agent", "direct")
_HEALTHS = ("error", "warning", "info")


def began(stream: StreamView) -> datetime | None:
    """When a stream's age starts to count: at its `start`, before that at the answer or its end."""
    return stream.started_at or stream.asked_at or stream.ended_at


def age_seconds(stream: StreamView, now: datetime) -> float:
    """How long a stream has lived, or lived until it ended, in seconds."""
    start = began(stream)
    return max(0.0, ((stream.ended_at or now) - start).total_seconds()) if start else 0.0


def _newest_first(stream: StreamView) -> float:
    start = began(stream)
    return -start.timestamp() if start else 0.0


SORTS: dict[str, Callable[[StreamView], Any]] = {
    "state": lambda s: _STATES.index(s.state),
    "stream": lambda s: s.stream_id,
    "from": lambda s: (s.from_, s.to),
    "age": _newest_first,
    "mode": lambda s: _MODES.index(s.mode),
    "operator": lambda s: (not s.operator, s.operator),
    "recording": lambda s: not s.recording,
    "format": lambda s: (s.content_type, s.sample_rate or 0),
    "caller": lambda s: -(s.caller_dbfs if s.caller_dbfs is not None else _QUIET),
    "agent": lambda s: -(s.agent_dbfs if s.agent_dbfs is not None else _QUIET),
    "queued": lambda s: -s.queued_ms,
    "checkpoint": lambda s: s.checkpoints[-1].name if s.checkpoints else "",
    "health": lambda s: _HEALTHS.index(s.health),
}
"""Sort orders by column, each the way round that is wanted first: newest, loudest, fullest, worst on top."""


class View:
    """Rows of the stream list, brought up to date by `update`; the focus follows its stream."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.rows: list[StreamView] = []
        self.sort = "age"
        self.reverse = False
        self.show_ended = False
        self._frozen: list[StreamView] | None = None
        self._frozen_at = store.now()
        self.filter = Filter("", STREAM_TERMS)
        self._focus: int | None = None
        self._index = 0

    @property
    def paused(self) -> bool:
        """Whether the picture is frozen."""
        return self._frozen is not None

    def now(self) -> datetime:
        """The bridge's time (UTC), or that of the frozen picture."""
        return self._frozen_at if self.paused else self._store.now()

    @property
    def focused(self) -> StreamView | None:
        """The stream under the cursor."""
        return self.rows[self._index] if self.rows else None

    @property
    def index(self) -> int:
        """The row under the cursor; 0 in an empty list."""
        return self._index

    def focus(self, index: int) -> None:
        """Move the cursor to a row, or to the nearest there is."""
        self._index = max(0, min(index, len(self.rows) - 1))
        self._focus = self.rows[self._index].handle if self.rows else None

    def filter_by(self, text: str) -> None:
        """Show only the streams that match from the next `update` on."""
        self.filter = Filter(text, STREAM_TERMS)

    def sort_by(self, step: int) -> None:
        """Sort by the next column (1) or the one before (-1)."""
        names = list(SORTS)
        self.sort = names[(names.index(self.sort) + step) % len(names)]
        self.reverse = False

    def pause(self, paused: bool) -> None:
        """Freeze the picture (the store goes on taking in) or let it run."""
        self._frozen_at = self._store.now()
        self._frozen = [copy.copy(stream) for stream in self._store.streams.values()] if paused else None

    def update(self) -> bool:
        """Choose and order the rows anew; True when that changed which stream stands where."""
        source = self._store.streams.values() if self._frozen is None else self._frozen
        rows = [stream for stream in source if self._is_shown(stream)]
        rows.sort(key=lambda stream: (SORTS[self.sort](stream), -stream.handle), reverse=self.reverse)
        rows.sort(key=lambda stream: not stream.ringing)  # Somebody waits there, whatever the order.
        before = [stream.handle for stream in self.rows]
        self.rows = rows
        self._follow_focus()
        return before != [stream.handle for stream in rows]

    def _is_shown(self, stream: StreamView) -> bool:
        return (self.show_ended or not self._is_past(stream)) and self.filter.match(stream)

    def _is_past(self, stream: StreamView) -> bool:
        if stream.state != "ended":
            return False
        return stream.ended_at is None or self.now() - stream.ended_at > ENDED_SHOWN

    def _follow_focus(self) -> None:
        for index, stream in enumerate(self.rows):
            if stream.handle == self._focus:
                self._index = index
                return
        self.focus(self._index)

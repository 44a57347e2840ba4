"""A row of the switchboard: what is known of a stream, and the log of what happened on it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from bridge.streams.clock import Moment
from bridge.streams.events import EventLog
from bridge.wire.callbacks import StreamCallback
from bridge.wire.events import Event, Source
from bridge.wire.level import Level
from bridge.wire.views import StreamView

_log = logging.getLogger(__name__)

_KINDS_KEPT = 50
_CALLBACKS_KEPT = 500
_FAILED = "Something went wrong in the bridge on this stream: its log says what."

Changed = Callable[["Row"], None]


class StreamError(Exception):
    """A command that a stream cannot take; the message is a sentence for the operator."""


class Row:
    """`view` is the truth that operators see; `version` is the switchboard's when it last changed, meters apart."""

    def __init__(self, handle: int, log: EventLog, changed: Changed) -> None:
        self.view = StreamView(handle=handle)
        self.version = 0
        self._log = log
        self._report_change = changed
        self._seen_callbacks: dict[int, None] = {}
        self.changed()

    @property
    def alive(self) -> bool:
        """True until the stream has ended."""
        return self.view.state != "ended"

    @property
    def label(self) -> str:
        """The row's name in a sentence."""
        return f"Stream {self.view.stream_id}" if self.view.stream_id else f"The stream of call {self.view.call_uuid}"

    def changed(self) -> None:
        """Something in the view is different now."""
        self._report_change(self)

    def event(
        self,
        now: Moment,
        source: Source,
        event: str,
        text: str,
        *,
        level: Level = "info",
        data: dict[str, Any] | None = None,
        raw: str = "",
    ) -> Event:
        """Log something that happened on this stream."""
        self.changed()
        return self._log.add(
            now,
            source,
            event,
            text,
            level=level,
            stream_id=self.view.stream_id,
            call_uuid=self.view.call_uuid,
            data=data,
            raw=raw,
        )

    def problem(
        self,
        now: Moment,
        text: str,
        *,
        event: str = "problem",
        source: Source = "bridge",
        level: Level = "warning",
        raw: str = "",
    ) -> None:
        """Something is wrong on this stream: one event for the first time, a count for all."""
        problems = self.view.problems
        if text not in problems and len(problems) >= _KINDS_KEPT:
            text = "More kinds of problems than are listed."
        problems[text] = problems.get(text, 0) + 1
        if problems[text] == 1:
            self.event(now, source, event, text, level=level, raw=raw)
        self.changed()

    def failed(self, now: Moment) -> None:
        """To be called where an exception was caught that nobody foresaw: one call must not end the others."""
        if _FAILED not in self.view.problems:
            _log.exception("Something went wrong on stream %s.", self.view.stream_id)
        self.problem(now, _FAILED, level="error")

    def count(self, callback: StreamCallback) -> bool:
        """Count a status callback; False when it repeats an earlier one."""
        counts = self.view.callbacks
        if callback.event in counts or len(counts) < _KINDS_KEPT:
            counts[callback.event] = counts.get(callback.event, 0) + 1
        self.changed()
        identity = hash(callback.identity)  # 64 bits: the fields themselves may be long
        if identity in self._seen_callbacks:
            return False
        self._seen_callbacks[identity] = None
        if len(self._seen_callbacks) > _CALLBACKS_KEPT:
            del self._seen_callbacks[next(iter(self._seen_callbacks))]
        return True

    def learn(self, callback: StreamCallback) -> None:
        """Take from a callback what was not known yet."""
        view = self.view
        view.stream_id = view.stream_id or callback.stream_id
        view.call_uuid = view.call_uuid or callback.call_uuid
        view.from_ = view.from_ or callback.from_
        view.to = view.to or callback.to
        view.direction = view.direction or callback.direction
        view.service_url = view.service_url or callback.service_url
        view.extra_headers = view.extra_headers or callback.extra_headers

"""The rungs of a stream's ladder: its events, and between them how many frames of media went each way."""

from __future__ import annotations

from collections.abc import Callable

from bridge.operator.events import EventLog, EventView
from bridge.operator.levels import History
from bridge.wire.events import Event
from bridge.wire.link.audio import Leg


class MediaRun(Event, kw_only=True):
    """All media between two events; its `id` and `at` are those of the event after it."""

    frames_in: int
    frames_out: int


class LadderView(EventView):
    """The events of one stream and the runs of media between them, as far as this terminal has seen those."""

    def __init__(self, log: EventLog, history: Callable[[], History | None]) -> None:
        super().__init__(log)
        self._history = history
        self._before: Event | None = None

    def _rebuild(self) -> None:
        self._before = None
        super()._rebuild()

    def _chosen(self, events: list[Event]) -> list[Event]:
        rungs: list[Event] = []
        for event in super()._chosen(events):
            if media := self._media_until(event):
                rungs.append(media)
            rungs.append(event)
            self._before = event
        return rungs

    def _media_until(self, event: Event) -> MediaRun | None:
        history = self._history()
        if history is None or self._before is None:
            return None
        since, until = self._before.at.timestamp(), event.at.timestamp()
        frames_in, frames_out = (history.frames(leg, since, until) for leg in (Leg.CALLER, Leg.AGENT))
        if not frames_in and not frames_out:
            return None
        return MediaRun(
            id=event.id,
            at=event.at,
            source="carrier",
            event="media",
            stream_id=event.stream_id,
            frames_in=frames_in,
            frames_out=frames_out,
        )

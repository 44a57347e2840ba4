"""What an operator knows of a bridge: its streams and events, as the link told them.

The store only takes in; `view.py` holds what of it a screen shows. Neither knows a screen.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from bridge.operator.events import EventLog
from bridge.operator.levels import History
from bridge.wire.link.answers import Changes
from bridge.wire.views import BridgeView, Meter, State, StreamView


class Store:
    """Streams by handle, the newest events, and the bridge itself; `clock` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.bridge: BridgeView | None = None
        self.streams: dict[int, StreamView] = {}
        self.histories: dict[int, History] = {}
        """What the meters of streams told since this terminal runs, by handle."""
        self.log = EventLog()
        self.told = False
        """Whether the bridge has said which streams there are: over a slow line that takes a while."""
        self.revision = 0
        """Grows when a stream comes, goes or changes in more than its meters."""
        self._touched: set[int] = set()
        self._counted = -1
        self._counts: Counter[State] = Counter()
        self._clock = clock
        self._told = datetime.now(UTC)
        self._told_at = clock()

    def now(self) -> datetime:
        """The bridge's time, UTC: ages hold whatever the clock of this machine says."""
        return self._told + timedelta(seconds=self._clock() - self._told_at)

    def apply(self, changes: Changes) -> None:
        """Take in what the bridge pushed."""
        self._told, self._told_at = changes.at, self._clock()
        if changes.bridge is not None:
            self.bridge = changes.bridge
        if changes.full:
            self.told = True
            self._forget_histories(changes.streams)
            self.streams.clear()
        if changes.full or changes.streams or changes.removed:
            self.revision += 1
        for stream in changes.streams:
            self.streams[stream.handle] = stream
            self._touched.add(stream.handle)
        for handle in changes.removed:
            self.streams.pop(handle, None)
            self.histories.pop(handle, None)
        at = changes.at.timestamp()
        for meter in changes.meters:
            self._measure(meter, at)
        if changes.missed_events:
            self.log.clear()
        self.log.append(changes.events)

    def add_past(self, streams: Iterable[StreamView]) -> None:
        """Add streams from the journal that ended before the bridge's memory begins."""
        for stream in streams:
            self.streams.setdefault(stream.handle, stream)
        self.revision += 1

    def by_id(self, stream_id: str) -> StreamView | None:
        """The stream with this StreamID."""
        return next((stream for stream in self.streams.values() if stream.stream_id == stream_id), None)

    def count(self, state: State) -> int:
        """How many streams are in this state."""
        if self._counted != self.revision:
            self._counted = self.revision
            self._counts = Counter(stream.state for stream in self.streams.values())
        return self._counts[state]

    @property
    def ringing(self) -> set[int]:
        """Handles of the streams whose caller waits for an operator."""
        return {stream.handle for stream in self.streams.values() if stream.ringing}

    def take_touched(self) -> set[int]:
        """Handles of the streams that changed since this was last asked."""
        touched, self._touched = self._touched, set()
        return touched

    def _forget_histories(self, streams: Iterable[StreamView]) -> None:
        """Keep those of streams that are still there: a bridge with a new journal gives handles anew."""
        same = {
            stream.handle
            for stream in streams
            if stream.handle in self.streams and self.streams[stream.handle].stream_id == stream.stream_id
        }
        self.histories = {handle: history for handle, history in self.histories.items() if handle in same}

    def _measure(self, meter: Meter, at: float) -> None:
        stream = self.streams.get(meter.handle)
        if stream is None:
            return
        history = self.histories.get(meter.handle)
        if history is None:
            history = self.histories[meter.handle] = History(at, meter)
        history.add(at, meter)
        stream.frames_in = meter.frames_in
        stream.frames_out = meter.frames_out
        stream.gaps = meter.gaps
        stream.caller_dbfs = meter.caller_dbfs
        stream.agent_dbfs = meter.agent_dbfs
        stream.queued_ms = meter.queued_ms
        self._touched.add(meter.handle)

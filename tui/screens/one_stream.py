"""What the screens about one stream have in common: they stay on it, ended or not, and know all its events."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.operator.events import EventLog
from bridge.wire.events import Event
from bridge.wire.link.requests import ListEvents
from bridge.wire.views import StreamView
from tui.commands import Context, bindings
from tui.screens.in_hand import InHandScreen
from tui.session import Session

_HISTORY = 5000
"""Events fetched from the journal when the screen opens."""


class OneStreamScreen(InHandScreen):
    """A screen on which one stream is in hand until escape."""

    BINDINGS = bindings(Context.DETAIL)

    def __init__(self, session: Session, stream: StreamView) -> None:
        super().__init__(session)
        self._stream = stream
        self.events = EventLog()
        self._loaded = False

    @property
    def selected(self) -> StreamView:
        """The stream as the store knows it now, or knew it last."""
        known = self.session.store.streams.get(self._stream.handle)
        # A bridge with a new journal gives handles anew.
        if known is not None and self._stream.stream_id in {"", known.stream_id}:
            self._stream = known
        return self._stream

    @property
    def dialled(self) -> StreamView:
        """Digits go to the stream that is shown."""
        return self.selected

    def on_mount(self) -> None:
        """Fetch what happened on the stream before."""
        self.run_command(self._load(), "load the stream's events")

    def tick(self, touched: set[int]) -> None:
        """Take in what changed."""
        super().tick(touched)
        if self._loaded:
            self._take([event for event in self.session.store.log.after(self.events.last_id) if self._is_of(event)])

    def take_events(self, events: Sequence[Event]) -> None:
        """These events of the stream are new, and in `events` already."""
        raise NotImplementedError

    def action_back(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    async def _load(self) -> None:
        if self._stream.stream_id:
            self._take(await self.session.events(ListEvents(stream_id=self._stream.stream_id, limit=_HISTORY)))
        self._loaded = True

    def _take(self, events: Sequence[Event]) -> None:
        self.events.append(events)
        self.take_events(events)

    def _is_of(self, event: Event) -> bool:
        if event.stream_id:
            return event.stream_id == self._stream.stream_id
        return bool(event.call_uuid) and event.call_uuid == self._stream.call_uuid

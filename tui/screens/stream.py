"""One stream: everything known of it, its playback ledger, and its events as a ladder."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from bridge.operator.events import EventLog, EventView
from bridge.operator.view import age_seconds
from bridge.wire.link import Event, ListEvents, StreamView
from tui.commands import Context, bindings
from tui.palette import palette
from tui.screens.in_hand import InHandScreen
from tui.screens.raw_event import RawEventScreen
from tui.session import Session
from tui.widgets import glyphs
from tui.widgets.fields import fields
from tui.widgets.ledger import ledger
from tui.widgets.lines import Lines
from tui.widgets.section import SectionTitle
from tui.widgets.timeline import Timeline, TimelineTitles

_HISTORY = 5000
"""Events fetched from the journal when the screen opens."""


class StreamScreen(InHandScreen):
    """Stays on its stream, ended or not, until escape."""

    DEFAULT_CSS = """
    StreamScreen #about { height: 16; max-height: 45%; }
    StreamScreen #fields-pane { width: 3fr; max-width: 76; min-width: 50; padding: 0 1; scrollbar-size-vertical: 1; }
    StreamScreen #ledger { width: 2fr; height: 100%; padding: 0 1; }
    StreamScreen Timeline { height: 1fr; }
    """
    BINDINGS = bindings(Context.DETAIL)
    AUTO_FOCUS = "Timeline"

    def __init__(self, session: Session, stream: StreamView) -> None:
        super().__init__(session)
        self._stream = stream
        self._events = EventLog()
        self._loaded = False
        self._title = SectionTitle()
        self._fields = Static(id="fields")
        self._ledger = Static(id="ledger")
        self._timeline = Timeline(EventView(self._events), id="timeline")

    def compose_body(self) -> ComposeResult:
        """Fields and ledger side by side, the ladder below."""
        yield self._title
        with Horizontal(id="about"):
            with VerticalScroll(id="fields-pane"):
                yield self._fields
            yield self._ledger
        yield TimelineTitles()
        yield self._timeline

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
        """Show what changed."""
        super().tick(touched)
        stream, now = self.selected, self.session.store.now()
        colours = palette(self.app.theme)
        age = glyphs.duration(age_seconds(stream, now))
        self._title.show(f"STREAM {stream.stream_id or 'not known yet'}", age)
        self._fields.update(fields(stream, colours))
        room = self._ledger.content_size
        self._ledger.update(ledger(stream, colours, room.width, room.height))
        if self._loaded:
            self._take_new_events()

    def action_back(self) -> None:
        """Back to the list."""
        self.dismiss()

    @on(Lines.Opened)
    def open_event(self) -> None:
        """Show the event under the cursor."""
        if event := self._timeline.selected:
            self.app.push_screen(RawEventScreen(event))

    async def _load(self) -> None:
        if self._stream.stream_id:
            history = await self.session.events(ListEvents(stream_id=self._stream.stream_id, limit=_HISTORY))
            self._events.append(history)
        self._loaded = True

    def _take_new_events(self) -> None:
        self._events.append(
            [event for event in self.session.store.log.after(self._events.last_id) if self._is_of(event)]
        )
        self._timeline.update()

    def _is_of(self, event: Event) -> bool:
        if event.stream_id:
            return event.stream_id == self._stream.stream_id
        return bool(event.call_uuid) and event.call_uuid == self._stream.call_uuid

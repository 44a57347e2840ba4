"""One stream: everything known of it, its playback ledger, and its events as a ladder."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from bridge.operator.ladder import LadderView, MediaRun
from bridge.operator.levels import History
from bridge.operator.view import age_seconds
from bridge.wire.events import Event
from bridge.wire.views import StreamView
from tui.commands import Context, bindings
from tui.palette import palette
from tui.screens.one_stream import OneStreamScreen
from tui.screens.raw_event import RawEventScreen
from tui.screens.timeline import TimelineScreen
from tui.session import Session
from tui.widgets import glyphs
from tui.widgets.fields import fields
from tui.widgets.ladder import Ladder, LadderTitles
from tui.widgets.ledger import ledger
from tui.widgets.lines import Lines
from tui.widgets.section import SectionTitle


class StreamScreen(OneStreamScreen):
    """Everything of a stream in one place; from here to its timeline."""

    DEFAULT_CSS = """
    StreamScreen #about { height: 16; max-height: 45%; }
    StreamScreen #fields-pane { width: 3fr; max-width: 76; min-width: 50; padding: 0 1; scrollbar-size-vertical: 1; }
    StreamScreen #ledger { width: 2fr; height: 100%; padding: 0 1; }
    StreamScreen Ladder { height: 1fr; }
    StreamScreen.-ladder #about { display: none; }
    """
    BINDINGS = bindings(Context.STREAM)
    AUTO_FOCUS = "Ladder"

    def __init__(self, session: Session, stream: StreamView) -> None:
        super().__init__(session, stream)
        self._rows = 0
        self._ledger_shown: tuple[object, ...] = ()
        self._title = SectionTitle()
        self._fields = Static(id="fields")
        self._ledger = Static(id="ledger")
        self._ladder = Ladder(LadderView(self.events, self._history), id="ladder")

    def compose_body(self) -> ComposeResult:
        """Fields and ledger side by side, the ladder below."""
        yield self._title
        with Horizontal(id="about"):
            with VerticalScroll(id="fields-pane"):
                yield self._fields
            yield self._ledger
        yield LadderTitles()
        yield self._ladder

    def tick(self, touched: set[int]) -> None:
        """Show what changed."""
        super().tick(touched)
        stream, now = self.selected, self.session.store.now()
        colours = palette(self.app.theme)
        age = glyphs.duration(age_seconds(stream, now))
        self._title.show(f"STREAM {stream.stream_id or 'not known yet'}", age)
        self._show_fields(fields(stream, now, colours))
        self._show_ledger(stream)

    def _show_fields(self, table: Table) -> None:
        """Show them; the screen is laid out anew, which takes long, only for more or fewer of them."""
        rows, self._rows = self._rows, table.row_count
        self._fields.update(table, layout=rows != table.row_count)

    def _show_ledger(self, stream: StreamView) -> None:
        room = self._ledger.content_size
        shown = (stream.queued_ms, stream.checkpoints, stream.clears, room, self.app.theme)
        if shown != self._ledger_shown:
            self._ledger_shown = shown
            self._ledger.update(ledger(stream, palette(self.app.theme), room.width, room.height), layout=False)

    def take_events(self, events: Sequence[Event]) -> None:
        """Show them on the ladder."""
        self._ladder.update()

    def action_timeline(self) -> None:
        """Show the stream's timeline."""
        self.app.push_screen(TimelineScreen(self.session, self.selected))

    def action_ladder(self) -> None:
        """The ladder alone, or the fields too."""
        self.toggle_class("-ladder")

    @on(Lines.Opened)
    def open_event(self) -> None:
        """Show the event under the cursor."""
        event = self._ladder.selected
        if event is not None and not isinstance(event, MediaRun):
            self.app.push_screen(RawEventScreen(event))

    def _history(self) -> History | None:
        return self.session.store.histories.get(self._stream.handle)

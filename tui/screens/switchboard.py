"""The main screen: the streams above, the events below."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding
from textual.containers import Vertical
from textual.widgets import Input, Static

from bridge.operator.events import EventView
from bridge.operator.filters import EVENT_TERMS, Filter
from bridge.operator.view import View
from bridge.phone.pipe import PhoneState
from bridge.wire.events import Event
from bridge.wire.views import StreamView
from tui.commands import Context, bindings
from tui.palette import palette
from tui.screens.in_hand import InHandScreen
from tui.screens.raw_event import RawEventScreen
from tui.screens.recordings import RecordingsScreen
from tui.screens.stream import StreamScreen
from tui.session import Session
from tui.widgets.empty import nothing_to_show
from tui.widgets.event_log import EventLog
from tui.widgets.filter_bar import FilterBar
from tui.widgets.glyphs import short_id
from tui.widgets.lines import Lines
from tui.widgets.section import SectionTitle
from tui.widgets.stream_list import ColumnTitles, StreamList

_RESORT_TICKS = 10
"""Levels and queues change all the time: rows sorted by them move once a second only."""


class Switchboard(InHandScreen):
    """Every stream and every event of one bridge."""

    DEFAULT_CSS = """
    Switchboard #streams-pane { height: 3fr; }
    Switchboard #log-pane { height: 2fr; }
    Switchboard #empty { display: none; height: 1fr; padding: 1 3; }
    Switchboard.-empty #empty { display: block; }
    Switchboard.-empty StreamList { display: none; }
    Switchboard.stale StreamList { opacity: 55%; }
    """
    BINDINGS = bindings(Context.SWITCHBOARD)
    AUTO_FOCUS = "StreamList"

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.view = View(session.store)
        self.titles = ColumnTitles(self.view)
        self.streams = StreamList(self.view, id="streams")
        self.log_lines = EventLog(EventView(session.store.log), id="log")
        self._empty = Static(id="empty")
        self._log_title = SectionTitle()
        self._revision = -1
        self._ticks = 0
        self._log_stream = ""
        self._log_filter = Filter("", EVENT_TERMS)

    def compose_body(self) -> ComposeResult:
        """The list with its titles and filter, and the log with its own."""
        with Vertical(id="streams-pane"):
            yield FilterBar(hint="filter: words, state:live, from:+49, !dropped", id="stream-filter")
            yield self.titles
            yield self.streams
            yield self._empty
        with Vertical(id="log-pane"):
            yield self._log_title
            yield FilterBar(hint="filter: words, event:played, source:callback, level:error", id="event-filter")
            yield self.log_lines

    @property
    def selected(self) -> StreamView | None:
        """The stream under the cursor, as the store knows it now."""
        focused = self.view.focused
        return self.session.store.streams.get(focused.handle) if focused else None

    @property
    def paused(self) -> bool:
        """Whether the picture is frozen."""
        return self.view.paused

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """For the footer: while a filter is typed, those of its line alone, as all other keys are letters."""
        active = super().active_bindings
        if not isinstance(self.focused, Input):
            return active
        return {key: found for key, found in active.items() if isinstance(found.node, FilterBar)}

    def tick(self, touched: set[int]) -> None:
        """Show what changed."""
        super().tick(touched)
        phone_before, self.streams.phone = self.streams.phone, self.session.phone
        if _in_hand(phone_before) != _in_hand(self.session.phone):
            self.streams.redraw()
        if not self.paused:
            self._update_streams(touched)
            self.log_lines.update()
        self._title_log()

    def _update_streams(self, touched: set[int]) -> None:
        self._ticks += 1
        changed = False
        if self._revision != self.session.store.revision or self._ticks % _RESORT_TICKS == 0:
            self._revision = self.session.store.revision
            changed = self.view.update()
        self.streams.update(touched, changed)
        self._show_empty()

    def _rearrange(self) -> None:
        """Choose and order the rows at once: somebody asked for it."""
        self.view.update()
        self.streams.update(set(), order_changed=True)
        self.titles.refresh()
        self._show_empty()

    def _show_empty(self) -> None:
        empty = not self.view.rows
        if empty:
            colours = palette(self.app.theme)
            self._empty.update(nothing_to_show(self.session.store, self.view, colours))
        if empty is not self.has_class("-empty"):
            self.set_class(empty, "-empty")

    def _title_log(self) -> None:
        log = self.log_lines
        whose = f"stream {short_id(self._log_stream)}" if self._log_stream else "all streams"
        state = "paused" if self.paused else "following" if log.following else _behind(log.unseen)
        self._log_title.show(f"EVENTS · {whose}", state, bright=log.unseen > 0)

    # Commands

    def action_filter(self) -> None:
        """Type a filter for the list that has the cursor."""
        self.query_one("#event-filter" if self.log_lines.has_focus else "#stream-filter", FilterBar).open()

    def action_switch_pane(self) -> None:
        """From the streams to the events and back."""
        (self.streams if self.log_lines.has_focus else self.log_lines).focus()

    def action_all(self) -> None:
        """Show the streams that ended as well, those of the journal too, or hide them."""
        self.view.show_ended = not self.view.show_ended
        if self.view.show_ended:
            self.run_command(self.session.load_past(), "load past streams")
        self.session.say("Ended streams are shown." if self.view.show_ended else "Ended streams are hidden.")
        self._rearrange()

    def action_sort(self, step: int) -> None:
        """Sort by the column beside."""
        self.view.sort_by(step)
        self._rearrange()

    def action_reverse(self) -> None:
        """Turn the order round."""
        self.view.reverse = not self.view.reverse
        self._rearrange()

    def action_one_stream(self) -> None:
        """Events of the stream under the cursor only, or of all."""
        stream = self.selected
        self._log_stream = "" if self._log_stream or stream is None else stream.stream_id
        self._choose_events()

    def action_follow(self) -> None:
        """Keep the newest event in sight, or not."""
        self.log_lines.follow(not self.log_lines.following)
        self._title_log()

    def action_pause(self) -> None:
        """Freeze the picture, or let it run."""
        self.view.pause(not self.view.paused)
        self._rearrange()
        self.tick(set())

    def action_recordings(self) -> None:
        """List what was recorded."""
        self.app.push_screen(RecordingsScreen(self.session))

    # Messages

    @on(FilterBar.Changed, "#stream-filter")
    def filter_streams(self, event: FilterBar.Changed) -> None:
        """Filter while it is typed."""
        self.view.filter_by(event.text)
        self._rearrange()

    @on(FilterBar.Changed, "#event-filter")
    def filter_events(self, event: FilterBar.Changed) -> None:
        """Filter while it is typed."""
        self._log_filter = Filter(event.text, EVENT_TERMS)
        self._choose_events()

    @on(FilterBar.Closed)
    def filter_closed(self, event: FilterBar.Closed) -> None:
        """Give the keyboard back to the list."""
        (self.log_lines if event.bar.id == "event-filter" else self.streams).focus()

    @on(ColumnTitles.Sorted)
    def sort_clicked(self, event: ColumnTitles.Sorted) -> None:
        """Sort by a column, or turn it round when it is the one already."""
        self.view.reverse = event.column == self.view.sort and not self.view.reverse
        self.view.sort = event.column
        self._rearrange()

    @on(Lines.Opened, "#streams")
    def open_stream(self) -> None:
        """Show the stream."""
        if stream := self.selected:
            self.app.push_screen(StreamScreen(self.session, stream))

    @on(Lines.Opened, "#log")
    def open_event(self) -> None:
        """Show the event."""
        if event := self.log_lines.selected:
            self.app.push_screen(RawEventScreen(event))

    @on(EventLog.AtOldest)
    def load_older(self) -> None:
        """Fetch what is older than the oldest here."""
        self.run_command(self.session.load_older_events(), "load older events")

    def _choose_events(self) -> None:
        self.log_lines.one_stream = bool(self._log_stream)
        self.log_lines.choose(self._shows if self._log_stream or self._log_filter.text else None)
        self._title_log()

    def _shows(self, event: Event) -> bool:
        return (not self._log_stream or event.stream_id == self._log_stream) and self._log_filter.match(event)


def _in_hand(phone: PhoneState) -> tuple[str, bool, str | None, bool]:
    """What the marks in the list are made of."""
    return phone.stream_id, phone.listening, phone.mode, phone.on_air


def _behind(unseen: int) -> str:
    return f"+{unseen} new · F follows" if unseen else "F follows"

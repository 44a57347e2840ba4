"""The event log: newest below, followed until somebody scrolls up."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter

from textual.message import Message

from bridge.operator.events import EventView
from bridge.wire.events import Event
from tui.widgets import glyphs
from tui.widgets.lines import Cell, Lines

_SOURCE, _NAME, _STREAM = 8, 14, 8
_WIDE = 110
"""From this width on, times have milliseconds."""


class EventLog(Lines):
    """One line an event of the view; `following` keeps the newest in sight."""

    class AtOldest(Message):
        """Somebody wants to see what is older than the first line."""

    def __init__(self, view: EventView, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.view = view
        self.following = True
        self.one_stream = False
        """All lines are of one stream, which therefore need not be named."""
        self._seen = 0

    @property
    def total(self) -> int:
        """How many events match."""
        return len(self.view.lines)

    @property
    def unseen(self) -> int:
        """How many came since the newest was last in sight."""
        return 0 if self.following else max(0, self.total - self._seen)

    @property
    def selected(self) -> Event | None:
        """The event under the cursor."""
        return self.view.lines[self.cursor] if self.view.lines else None

    def choose(self, match: Callable[[Event], bool] | None) -> None:
        """Show only the events that match (None: all), the newest in sight."""
        self.view.choose(match)
        self.follow(True)

    def follow(self, on: bool) -> None:
        """Keep the newest event in sight from now on, or leave the picture where it is."""
        self.following = on
        self._seen = self.total
        self.redraw()
        if on:
            self.put_cursor(self.total - 1)

    def update(self) -> bool:
        """Take in new events; True when there were some."""
        held = self.selected
        front = self.view.lines[0] if self.view.lines else None
        if not self.view.update():
            return False
        if not self.view.lines:
            self.follow(True)
        elif self.following or held is None or front is None:
            self.follow(self.following)
        elif self.view.lines[0] != front:
            self._hold(held)
        else:
            self.redraw_new()
        return True

    def redraw_new(self) -> None:
        """Make room for new lines below; those in sight stay as they are."""
        self.virtual_size = self.virtual_size.with_height(self.total)

    def _hold(self, held: Event) -> None:
        """Keep the same event under the cursor, on the same line of the screen, though the oldest end moved."""
        row = self.cursor - self.scroll_offset.y
        self._cursor = min(bisect_left(self.view.lines, held.id, key=attrgetter("id")), self.total - 1)
        self._seen = min(self._seen, self.total)
        self.redraw()
        self.scroll_to(y=self._cursor - row, animate=False, force=True)

    def put_cursor(self, index: int) -> None:
        """Move the cursor; following goes on only where it stays on the newest event."""
        if self.following and index < self.total - 1:
            self.following = False
            self._seen = self.total
        super().put_cursor(index)

    def action_first(self) -> None:
        """Go to the oldest event here; from there, ask for older ones."""
        if self.cursor == 0:
            self.post_message(self.AtOldest())
        super().action_first()

    def action_last(self) -> None:
        """Go to the newest event and follow."""
        self.follow(True)

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """Time, source, name, stream and text."""
        event = self.view.lines[index]
        colours = self.palette
        time = glyphs.clock(event.at, millis=width >= _WIDE)
        head = f" {time} "
        yield head, colours.dim
        yield f"{event.source:<{_SOURCE}} ", colours.source(event.source)
        yield f"{glyphs.fit(event.event, _NAME)} ", colours.level(event.level)
        left = width - len(head) - _SOURCE - _NAME - 2
        if not self.one_stream:
            yield f"{glyphs.fit(glyphs.short_id(event.stream_id), _STREAM)} ", colours.key
            left -= _STREAM + 1
        yield glyphs.fit(event.text, left), colours.dim if event.level == "info" else colours.level(event.level)

"""The list of streams and its line of titles."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bridge.operator.view import View
from bridge.phone.pipe import PhoneState
from bridge.wire.views import StreamView
from tui.palette import palette
from tui.widgets import glyphs
from tui.widgets.columns import RIGHT_ALIGNED, Layout, Look, layout
from tui.widgets.lines import Cell, Lines
from tui.widgets.phone_lines import live_style

_MARGIN = 2
"""The mark of the stream in hand, and a space."""


class StreamList(Lines):
    """One line a stream, in the order of the view; the cursor is the view's focus."""

    def __init__(self, view: View, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.view = view
        self.phone = PhoneState()
        self._second = 0

    @property
    def total(self) -> int:
        """How many streams are shown."""
        return len(self.view.rows)

    @property
    def cursor(self) -> int:
        """The line of the stream in focus."""
        return self.view.index

    def put_cursor(self, index: int) -> None:
        """Focus the stream on a line."""
        before = self.cursor
        self.view.focus(index)
        for line in (before, self.cursor):
            self.refresh_line(line)
        self.show_cursor()

    def update(self, touched: set[int], order_changed: bool) -> None:
        """Draw what changed: the lines of these handles, all of them once a second (their ages), or a new order."""
        if order_changed:
            self.redraw()
            self.show_cursor()
            return
        second_before, self._second = self._second, int(self.view.now().timestamp())
        top = self.scroll_offset.y
        rows = enumerate(self.view.rows[top : top + self.size.height], top)
        self.redraw_lines(i for i, stream in rows if stream.handle in touched or second_before != self._second)

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """The stream's cells, each followed by the gap between columns."""
        stream = self.view.rows[index]
        look = Look(self.palette, self.view.now())
        yield self._mark(stream)
        columns = layout(width - _MARGIN)
        gap = " " * columns.gap
        for column, cells in columns.columns:
            *before, (text, style) = column.draw(stream, cells, look)
            yield from before
            yield text + gap, style

    def _mark(self, stream: StreamView) -> Cell:
        if not stream.stream_id or stream.stream_id != self.phone.stream_id:
            return "  ", self.palette.text
        if self.phone.mode:
            return glyphs.ON_AIR.ljust(_MARGIN), live_style(self.phone, self.palette)
        return (glyphs.LISTENING if self.phone.listening else "").ljust(_MARGIN), self.palette.accent


class ColumnTitles(Widget):
    """The titles over the list; the one it is sorted by is marked, and a click on another sorts by that."""

    DEFAULT_CSS = "ColumnTitles { height: 1; background: $panel; }"

    class Sorted(Message):
        """A title was clicked."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view

    def render_line(self, y: int) -> Strip:
        """The line, for Textual."""
        colours = palette(self.app.theme)
        segments = [Segment(" " * _MARGIN, colours.header)]
        columns = self._layout()
        for column, cells in columns.columns:
            chosen = column.name == self.view.sort
            arrow = ("▴" if self.view.reverse else "▾") if chosen else ""
            title = column.title if len(column.title + arrow) <= cells else column.short_title
            title = glyphs.fit(title[: cells - len(arrow)] + arrow, cells)
            if column.name in RIGHT_ALIGNED:
                title = title.rstrip().rjust(cells)
            segments += [
                Segment(title, colours.sorted if chosen else colours.header),
                Segment(" " * columns.gap, colours.header),
            ]
        return Strip(segments).adjust_cell_length(self.size.width, colours.header)

    def on_click(self, event: events.Click) -> None:
        """Sort by the column under the mouse."""
        left = _MARGIN
        columns = self._layout()
        for column, cells in columns.columns:
            if left <= event.x < left + cells:
                self.post_message(self.Sorted(column.name))
            left += cells + columns.gap

    def _layout(self) -> Layout:
        return layout(self.size.width - 1 - _MARGIN)

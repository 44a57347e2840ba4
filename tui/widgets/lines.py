"""A list drawn line by line: the base of the stream list, the event log and the timeline."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.commands import Context, bindings
from tui.palette import Palette, palette

Cell = tuple[str, Style]
"""A piece of a line: text of exactly the cells it takes, and its style."""


class Lines(ScrollView, can_focus=True):
    """Lines with a cursor. Subclasses say how many there are (`total`) and how one looks (`draw`).

    Lines are drawn when they come into sight and kept until `redraw` or `redraw_lines`: what has not changed costs
    nothing.
    """

    DEFAULT_CSS = """
    Lines {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        background: $background;
    }
    """
    BINDINGS = bindings(Context.LINES)

    class Opened(Message):
        """Enter was pressed, or the line under the cursor clicked."""

        def __init__(self, lines: Lines) -> None:
            super().__init__()
            self.lines = lines

        @property
        def control(self) -> Lines:
            """The list that sent it."""
            return self.lines

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._strips: dict[int, Strip] = {}
        self._cursor = 0

    def on_mount(self) -> None:
        """Start listening to changes of the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    @property
    def palette(self) -> Palette:
        """The colours of the theme."""
        return palette(self.app.theme)

    @property
    def total(self) -> int:
        """How many lines there are."""
        raise NotImplementedError

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """The cells of a line, together at most `width` wide."""
        raise NotImplementedError

    @property
    def cursor(self) -> int:
        """The line that the cursor is on."""
        return self._cursor

    def put_cursor(self, index: int) -> None:
        """Move the cursor to a line, or the nearest there is, and bring it into sight."""
        before, self._cursor = self._cursor, max(0, min(index, self.total - 1))
        for line in {before, self._cursor}:
            self.refresh_line(line)
        self.show_cursor()

    def show_cursor(self) -> None:
        """Scroll as little as it takes to have the cursor in sight."""
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, force=True)
        elif self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, force=True)

    def redraw(self) -> None:
        """Draw everything anew: the lines themselves changed, or how all of them look."""
        self._strips.clear()
        self.virtual_size = Size(self.scrollable_content_region.width, self.total)
        self.refresh()

    def redraw_lines(self, indices: Iterable[int]) -> None:
        """Draw these lines, which are in sight, anew; those that look the same as before cost the terminal nothing."""
        changed = [index for index in indices if self._looks_different(index)]
        if changed:
            self.refresh_lines(changed[0], changed[-1] - changed[0] + 1)

    def _looks_different(self, index: int) -> bool:
        before, after = self._strips.get(index), self._draw(index)
        self._strips[index] = after
        return before is None or before._segments != after._segments

    def render_line(self, y: int) -> Strip:
        """One line of the screen, for Textual."""
        index = y + self.scroll_offset.y
        if index >= self.total:
            return Strip.blank(self.size.width, self.palette.page)
        if index not in self._strips:
            self._strips[index] = self._draw(index)
        return self._strips[index].apply_style(self._background(index))

    def _background(self, index: int) -> Style:
        if index != self.cursor:
            return self.palette.page
        return self.palette.cursor if self.has_focus else self.palette.cursor_elsewhere

    def _draw(self, index: int) -> Strip:
        width = self.scrollable_content_region.width
        segments = [Segment(text, style) for text, style in self.draw(index, width)]
        return Strip(segments).adjust_cell_length(width, self.palette.text)

    def action_open(self) -> None:
        """Open what the cursor is on."""
        if self.total:
            self.post_message(self.Opened(self))

    def action_move(self, lines: int) -> None:
        """Move the cursor up or down."""
        self.put_cursor(self.cursor + lines)

    def action_page(self, pages: int) -> None:
        """Move the cursor by what fits on the screen."""
        self.put_cursor(self.cursor + pages * max(1, self.size.height - 1))

    def action_first(self) -> None:
        """Move the cursor to the first line."""
        self.put_cursor(0)

    def action_last(self) -> None:
        """Move the cursor to the last line."""
        self.put_cursor(self.total - 1)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor on a line; open it with a click on the line that has the cursor."""
        index = event.y + self.scroll_offset.y
        if index >= self.total:
            return
        if index == self.cursor and event.chain > 1:
            self.action_open()
        self.put_cursor(index)

    def on_resize(self) -> None:
        """Draw for the new width."""
        self.redraw()
        self.show_cursor()

    def on_focus(self) -> None:
        """Show that the keyboard is here."""
        self.refresh_line(self.cursor)

    def on_blur(self) -> None:
        """Show that the keyboard is elsewhere."""
        self.refresh_line(self.cursor)

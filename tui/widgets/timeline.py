"""The timeline of one stream: a waveform for each leg, lanes for what happened, one time axis, a cursor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.segment import Segment
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from bridge.operator.levels import Levels
from bridge.operator.timeline import Item, Timeline
from bridge.wire.link.audio import Leg
from tui.commands import Context, bindings
from tui.palette import Palette, palette
from tui.widgets.lanes import Cell, runs
from tui.widgets.time_axis import TimeAxis
from tui.widgets.timeline_rows import TimelineRows

NO_EVENT = "There is no event under the cursor: . and , go to the next and the one before."
_GUTTER = 10
"""Columns for the names of the lanes."""


class TimelinePicture(Widget, can_focus=True):
    """Draws a timeline. `show` says what is known by now; what stays the same costs nothing.

    While it follows, its cursor is at the end, and the end in sight.
    """

    DEFAULT_CSS = "TimelinePicture { height: 1fr; background: $background; }"
    BINDINGS = bindings(Context.TIMELINE)

    class Moved(Message):
        """Somebody moved the cursor."""

    class Opened(Message):
        """What is under the cursor is to be shown."""

    def __init__(self, timeline: Timeline, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.timeline = timeline
        self.axis = TimeAxis()
        self.following = True
        self._cursor = 0.0
        self._levels: Mapping[Leg, Levels] = {}
        self._now = 0.0
        self._strips: list[Strip] = []
        self._shown: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.redraw())

    @property
    def cursor(self) -> float:
        """The instant of the cursor: seconds since the stream began."""
        return self._cursor

    @property
    def now(self) -> float:
        """The end of what is known, in seconds."""
        return self._now

    def show(self, levels: Mapping[Leg, Levels], now: float) -> None:
        """Draw what is known of the stream `now` seconds after it began."""
        self._levels, self._now = levels, now
        if self.following:
            self._cursor = max(0.0, now - self.axis.width)
            self.axis.end_at(now)
        self._update()

    def put_cursor(self, seconds: float) -> None:
        """Move the cursor, and bring it into sight."""
        self._cursor = max(0.0, min(seconds, self._now))
        self.axis.bring(self._cursor)
        self._update()

    def level(self, leg: Leg) -> float | None:
        """The level of a leg under the cursor, in dBFS, as `Levels.columns` gives it."""
        levels = self._levels.get(leg)
        if levels is None:
            return None
        start = self.timeline.origin.timestamp() + self.axis.seconds(self.axis.column(self._cursor))
        return levels.columns(start, self.axis.width, 1)[0]

    def items_at_cursor(self) -> list[Item]:
        """What is under the cursor."""
        start = self.axis.seconds(self.axis.column(self._cursor))
        return self.timeline.at(start, start + self.axis.width)

    def redraw(self) -> None:
        """Draw anew; only the lines that look different go to the terminal."""
        self._shown = self._state
        before, self._strips = self._strips, list(self._draw())
        if len(before) != len(self._strips):
            self.refresh()
            return
        for y, strip in enumerate(self._strips):
            if strip._segments != before[y]._segments:
                self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line, for Textual."""
        return self._strips[y] if y < len(self._strips) else Strip.blank(self.size.width, palette(self.app.theme).page)

    def on_resize(self) -> None:
        """Draw for the new size."""
        self.axis.columns = max(1, self.size.width - _GUTTER)
        self.show(self._levels, self._now)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is."""
        if event.x >= _GUTTER:
            self.move_to(self.axis.seconds(event.x - _GUTTER))

    # Commands

    def action_cursor(self, columns: int) -> None:
        """Move the cursor by a column."""
        self.move_to(self.axis.seconds(self.axis.column(self._cursor) + columns))

    def action_pan(self, halves: int) -> None:
        """Move the picture, and the cursor with it, by half of what is in sight."""
        columns = halves * self.axis.columns // 2
        self.axis.pan(columns)
        self.action_cursor(columns)

    def action_zoom(self, steps: int) -> None:
        """See more or less of the time, around the cursor."""
        self.axis.zoom(steps, self._cursor)
        self.axis.bring(self._cursor)
        self._update()

    def action_jump(self, step: int) -> None:
        """Move the cursor to where the next thing begins, or the one before."""
        found = self.timeline.next(self._cursor, step)
        if found is not None:
            self.move_to(found)

    def action_first(self) -> None:
        """To the beginning."""
        self.move_to(0.0)

    def action_follow(self) -> None:
        """To the end, and stay there."""
        self.put_cursor(self._now)
        self.following = True
        self.post_message(self.Moved())

    def action_open(self) -> None:
        """Open what is under the cursor."""
        self.post_message(self.Opened())

    def move_to(self, seconds: float) -> None:
        """Move the cursor as somebody asked for: no longer following."""
        self.following = False
        self.put_cursor(seconds)
        self.post_message(self.Moved())

    def _update(self) -> None:
        if self._state != self._shown:
            self.redraw()

    @property
    def _state(self) -> tuple[object, ...]:
        """What the picture hangs on. A column of a second and less is drawn when it is complete."""
        known = int(self._now / min(self.axis.width, 1.0))
        in_sight = (self.axis.first, self.axis.width, self.size, self.axis.column(self._cursor))
        return self.timeline, self.timeline.revision, known, *in_sight

    def _draw(self) -> Iterable[Strip]:
        colours = palette(self.app.theme)
        rows = TimelineRows(self.timeline, self.axis, self._levels, self._now, colours)
        yield self._ruler(colours)
        for name, cells in rows.lines(self.size.height - 1):
            self._mark(cells, colours)
            yield self._strip(name, cells, colours)

    def _ruler(self, colours: Palette) -> Strip:
        cells = [(character, colours.dim) for character in self.axis.ruler()]
        column = self.axis.column(self._cursor)
        if 0 <= column < len(cells):
            cells[column] = ("▼", colours.key)
        return self._strip("", cells, colours)

    def _mark(self, cells: list[Cell], colours: Palette) -> None:
        """Show the cursor: as a line, too, where a block would hide its background."""
        column = self.axis.column(self._cursor)
        if 0 <= column < len(cells):
            character, style = cells[column]
            lines = {" ": ("│", style + colours.cursor), "█": ("│", style + colours.reverse)}
            cells[column] = lines.get(character, (character, style + colours.cursor))

    def _strip(self, name: str, cells: list[Cell], colours: Palette) -> Strip:
        segments = [Segment(f" {name:<{_GUTTER - 1}}", colours.page + colours.dim)]
        segments += [Segment(text, colours.page + style) for text, style in runs(cells)]
        return Strip(segments).adjust_cell_length(self.size.width, colours.page)

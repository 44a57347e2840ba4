"""One stream's events as a ladder between Plivo, the bridge, and whoever is at the far end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from bridge.operator.ladder import MediaRun
from bridge.wire.events import Event
from tui.palette import palette
from tui.widgets import glyphs
from tui.widgets.event_log import EventLog
from tui.widgets.lines import Cell

_TIME, _DELTA = 10, 8
_WIDE = 100


class Ladder(EventLog):
    """One line an event: when after the stream's first and after the one before, between whom, and its text."""

    start: datetime | None = None
    """What times count from, UTC; None: the first event shown."""

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """The times, the ladder, and the text."""
        event, lane = self.view.lines[index], _lane(width)
        if isinstance(event, MediaRun):
            yield " " * (_TIME + _DELTA + 2), self.palette.dim
            yield from self._media(event, lane)
            return
        yield f"{_time(event, self.start or self.view.lines[0].at):>{_TIME}}", self.palette.text
        yield f"{_delta(event, self._event_before(index)):>{_DELTA}}  ", self.palette.dim
        yield from self._ladder(event, lane)
        text = glyphs.fit(event.text, width - _TIME - _DELTA - 2 * lane - 6)
        yield f" {text}", self.palette.dim if event.level == "info" else self._level(event)

    def _ladder(self, event: Event, lane: int) -> Iterable[Cell]:
        rail, empty = ("│", self.palette.dim), (" " * lane, self.palette.dim)
        style = self.palette.source(event.source) if event.level == "info" else self._level(event)
        yield rail
        if event.source in {"carrier", "callback"}:
            yield _arrow(event.event, lane, "▶", "╌" if event.source == "callback" else "─"), style
            yield from (rail, empty)
        elif event.source == "bridge":
            yield from (empty, ("◆", style), (glyphs.fit(f" {event.event}", lane), style))
        else:
            yield from (empty, rail, (_arrow(event.event, lane, "◀", "─"), style))
        yield rail

    def _media(self, run: MediaRun, lane: int) -> Iterable[Cell]:
        rail, empty = ("│", self.palette.dim), (" " * lane, self.palette.dim)
        for frames, head in ((run.frames_in, "▶"), (run.frames_out, "◀")):
            yield rail
            yield (_arrow(f"{frames} media", lane, head, "═"), self.palette.dim) if frames else empty
        yield rail

    def _event_before(self, index: int) -> Event:
        before = range(index - 1, -1, -1)
        events = (self.view.lines[line] for line in before if not isinstance(self.view.lines[line], MediaRun))
        return next(events, self.view.lines[index])

    def _level(self, event: Event) -> Style:
        return self.palette.level(event.level)


class LadderTitles(Widget):
    """Names over the columns of the ladder."""

    DEFAULT_CSS = "LadderTitles { height: 1; background: $panel; }"

    def render_line(self, y: int) -> Strip:
        """The line, for Textual."""
        colours, lane = palette(self.app.theme), _lane(self.size.width)
        rails = f"{'PLIVO':<{lane + 1}}{'OFFHOOK':<{lane + 1}}AGENT · OPERATORS"
        title = f"{'TIME':>{_TIME}}{'AFTER':>{_DELTA}}  {rails}"
        return Strip([Segment(title, colours.header)]).adjust_cell_length(self.size.width, colours.header)


def _lane(width: int) -> int:
    """Cells between two rails, in a ladder of some width."""
    return 18 if width >= _WIDE else 16


def _arrow(name: str, lane: int, head: str, line: str) -> str:
    """`── name ────▶` over a whole lane."""
    label = glyphs.fit(name, min(len(name), lane - 4))
    if head == "▶":
        return f"{line} {label} ".ljust(lane - 1, line) + head
    return head + f" {label} {line}".rjust(lane - 1, line)


def _time(event: Event, start: datetime) -> str:
    seconds = (event.at - start).total_seconds()
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{int(minutes)}:{rest:06.3f}"


def _delta(event: Event, before: Event) -> str:
    seconds = (event.at - before.at).total_seconds()
    return f"{seconds:+.3f}" if seconds < 100 else f"{seconds:+.0f}"

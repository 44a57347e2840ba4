"""One stream's events as a ladder between the carrier, the bridge and the operators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from bridge.wire.link import Event
from tui.palette import palette
from tui.widgets import glyphs
from tui.widgets.event_log import EventLog
from tui.widgets.lines import Cell

_TIME = 11
_LANE = 17
"""Cells between two rails."""


class Ladder(EventLog):
    """One line an event: when after the stream's first, between whom, and its text."""

    start: datetime | None = None
    """What times count from, UTC; None: the first event shown."""

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """Time since the start, the ladder, and the text."""
        event = self.view.lines[index]
        yield f"{_since(event, self.start or self.view.lines[0].at):>{_TIME}} ", self.palette.dim
        yield from self._ladder(event)
        text = glyphs.fit(event.text, width - _TIME - 2 * _LANE - 5)
        yield f" {text}", self.palette.dim if event.level == "info" else self.palette.level(event.level)

    def _ladder(self, event: Event) -> Iterable[Cell]:
        rail, style = ("│", self.palette.dim), self.palette.level(event.level)
        source = self.palette.source(event.source) if event.level == "info" else style
        empty = (" " * _LANE, self.palette.dim)
        from_carrier = event.source in {"carrier", "callback"}
        yield rail
        if from_carrier:
            yield _arrow(event.event, "─▶", dashed=event.source == "callback"), source
        else:
            yield empty
        yield ("◆", source) if event.source == "bridge" else rail
        if event.source == "bridge":
            yield glyphs.fit(f" {event.event}", _LANE), style
        elif not from_carrier:
            yield _arrow(event.event, "◀─", dashed=False), source
        else:
            yield empty
        yield rail


class LadderTitles(Widget):
    """Names over the rails of the ladder."""

    DEFAULT_CSS = "LadderTitles { height: 1; background: $panel; }"

    def render_line(self, y: int) -> Strip:
        """The line, for Textual."""
        colours = palette(self.app.theme)
        rails = f"{'carrier':<{_LANE + 1}}{'bridge':<{_LANE + 1}}operator"
        title = f"{'TIME':>{_TIME}} {rails.upper()}"
        return Strip([Segment(title, colours.header)]).adjust_cell_length(self.size.width, colours.header)


def _arrow(name: str, head: str, *, dashed: bool) -> str:
    """`── name ────▶` over a whole lane; a callback, which is no frame, is dashed."""
    line = "╌" if dashed else "─"
    label = glyphs.fit(name, min(len(name), _LANE - 5))
    body = f" {label} ".ljust(0)
    room = _LANE - len(head) - len(body)
    if head.endswith("▶"):
        return f"{line}{body}{line * (room - 1)}{head.replace('─', line)}"
    return f"{head}{line * (room - 1)}{body}{line}"


def _since(event: Event, start: datetime) -> str:
    seconds = (event.at - start).total_seconds()
    sign = "-" if seconds < 0 else "+"
    minutes, rest = divmod(abs(seconds), 60)
    return f"{sign}{int(minutes)}:{rest:06.3f}" if minutes else f"{sign}{rest:.3f}"

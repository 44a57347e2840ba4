"""What a timeline's cursor is on, in words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from operator import attrgetter

from rich.text import Text
from textual.geometry import Size
from textual.widgets import Static

from bridge.operator.levels import SILENT_DBFS
from bridge.wire.events import Event
from bridge.wire.link.audio import Leg
from bridge.wire.turns import TurnsView
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.time_axis import time_label
from tui.widgets.timeline import TimelinePicture

_FRESH_S = 1.0
_KEYS = "   ← → move · , . the thing before, after · + - zoom · F follows · enter opens"


class Words(Static):
    """A few lines of text, of a height that does not hang on it."""

    _words = Text()

    def show(self, words: Text) -> None:
        """Show others; the same ones cost nothing."""
        if words != self._words:
            self._words = words
            self.update(words, layout=False)


def instant(picture: TimelinePicture, colours: Palette, room: Size) -> Text:
    """The instant, how loud the legs are in it, what happens, and the figures of the turns."""
    happened = list(_items(picture, colours)) or [Text(_KEYS, colours.dim)]
    return _told(picture, colours, room, happened)


def so_far(picture: TimelinePicture, colours: Palette, room: Size) -> Text:
    """As `instant`, with what has happened up to it, the newest first; what is as new as that is bright."""
    return _told(picture, colours, room, _past(picture, colours))


def _told(picture: TimelinePicture, colours: Palette, room: Size, happened: Iterable[Text]) -> Text:
    figures = list(_figures(picture.timeline.turns, colours))
    lines = [_head(picture, colours), *islice(happened, max(0, room.height - 1 - len(figures)))]
    lines += [Text()] * (room.height - len(lines) - len(figures)) + figures
    for line in lines:
        line.truncate(room.width, overflow="ellipsis")
    return Text("\n").join(lines)


def _head(picture: TimelinePicture, colours: Palette) -> Text:
    at = picture.timeline.origin + timedelta(seconds=picture.cursor)
    return Text.assemble(
        (f" ▼ {time_label(picture.cursor, fine=True)}", colours.key),
        (f"  {glyphs.clock(at)}", colours.dim),
        (f"  caller {_level(picture.level(Leg.CALLER))} · far end {_level(picture.level(Leg.AGENT))}", colours.text),
    )


def _past(picture: TimelinePicture, colours: Palette) -> Iterable[Text]:
    for event in _until(picture):
        at = picture.timeline.seconds(event.at)
        fresh = picture.cursor - at < _FRESH_S
        yield Text.assemble(
            (f"   {time_label(at, fine=True):>7}  ", colours.dim),
            (f"{event.source:<9}", colours.source(event.source) if fresh else colours.dim),
            (glyphs.plain(event.text), colours.level(event.level) if fresh else colours.dim),
        )


def _until(picture: TimelinePicture) -> Iterable[Event]:
    if picture.cursor >= picture.now:
        return reversed(picture.timeline.events)  # The end of the call comes a moment after the end of its sound.
    at = picture.timeline.origin + timedelta(seconds=picture.cursor)
    known = bisect_right(picture.timeline.events, at, key=attrgetter("at"))
    return reversed(picture.timeline.events[:known])


def _figures(turns: TurnsView | None, colours: Palette) -> Iterable[Text]:
    """One line, once something has been measured."""
    words = [] if turns is None else list(_measured(turns))
    if words:
        yield Text.assemble(("   turns  ", colours.dim), (" · ".join(words), colours.text))


def _measured(turns: TurnsView) -> Iterable[str]:
    if turns.response is not None:
        response = turns.response
        yield f"response {response.median_ms} ms (median of {response.count}, last {response.last_ms})"
    if turns.barge_in_stop is not None:
        yield f"stops after {turns.barge_in_stop.median_ms} ms"
    if turns.greeting_ms is not None:
        yield f"greets after {turns.greeting_ms} ms"
    if turns.talk_over_ms is not None:
        yield f"talk-over {turns.talk_over_ms / 1000:.1f} s"
    if turns.dead_airs:
        yield f"dead air {turns.dead_air_ms / 1000:.1f} s"


def _items(picture: TimelinePicture, colours: Palette) -> Iterable[Text]:
    for item in picture.items_at_cursor():
        time = time_label(item.start, fine=True)
        yield Text.assemble((f"   {time}  ", colours.dim), (glyphs.plain(item.text), colours.level(item.level)))


def _level(dbfs: float | None) -> str:
    if dbfs is None:
        return "not known"
    return "silent" if dbfs <= SILENT_DBFS else f"{dbfs:.0f} dBFS"

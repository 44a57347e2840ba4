"""The list of recordings: newest first, a line each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bridge.wire.recordings import RecordingView
from tui.widgets import glyphs
from tui.widgets.lines import Cell, Lines

_TITLES = f"{'STARTED':<21}{'LENGTH':>7}  {'STREAM':<10}"
_PARTY = 16
_WIDE = 100
"""From this width on, format and size have room."""


class RecordingList(Lines):
    """`show` says which there are; the cursor stays on its recording."""

    def __init__(self) -> None:
        super().__init__()
        self.recordings: Sequence[RecordingView] = []

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.recordings)

    @property
    def selected(self) -> RecordingView | None:
        """The recording under the cursor."""
        return self.recordings[self.cursor] if self.recordings else None

    def show(self, recordings: Sequence[RecordingView]) -> None:
        """Show these, the newest of which is the last."""
        newest_first = list(reversed(recordings))
        if newest_first == self.recordings:
            return
        held = self.selected
        self.recordings = newest_first
        names = [recording.name for recording in newest_first]
        self.redraw()
        self.put_cursor(names.index(held.name) if held and held.name in names else self.cursor)

    def titles(self, width: int) -> str:
        """What stands over the columns."""
        parties = f"{'FROM':<{_PARTY + 3}}{'TO':<{_PARTY}}"
        return f" {_TITLES}{parties}" + (f"  {'FORMAT':<12}{'SIZE':>9}" if width >= _WIDE else "")

    def draw(self, index: int, width: int) -> Iterable[Cell]:
        """When, how long, whose, and what kind."""
        recording, colours = self.recordings[index], self.palette
        began = f"{recording.started_at.astimezone():%Y-%m-%d %H:%M:%S}" if recording.started_at else recording.name
        yield f" {glyphs.fit(began, 19)} ", colours.text
        yield ("●" if recording.open else " "), colours.error
        yield f"{glyphs.duration(round(recording.seconds)):>7}  ", colours.strong
        yield f"{glyphs.fit(glyphs.short_id(recording.stream_id), 8)}  ", colours.key
        yield f"{glyphs.fit(glyphs.number(recording.from_, _PARTY), _PARTY)} → ", colours.text
        yield glyphs.fit(glyphs.number(recording.to, _PARTY), _PARTY), colours.text
        if width >= _WIDE:
            yield f"  {glyphs.fit(recording.format, 12)}{recording.bytes / 1e6:6.1f} MB", colours.dim

"""One line for the outcome of the last command, and the sound that is being played."""

from __future__ import annotations

from rich.text import Text
from textual.widget import Widget

from tui.palette import palette
from tui.session import Status
from tui.widgets import glyphs

_FRESH = 12.0
"""Seconds for which an outcome stands out."""


class StatusLine(Widget):
    """Shows a status, brightly while it is fresh."""

    DEFAULT_CSS = "StatusLine { height: 1; background: $background; }"

    def __init__(self) -> None:
        super().__init__()
        self._status = Status()
        self._fresh = True
        self._progress = ""

    def show(self, status: Status, progress: str, now: float) -> None:
        """Show a status and what goes on; `now` is monotonic seconds."""
        fresh = now - status.at < _FRESH
        if status is not self._status or fresh is not self._fresh or progress != self._progress:
            self._status, self._fresh, self._progress = status, fresh, progress
            self.refresh()

    def render(self) -> Text:
        """The line, for Textual."""
        colours = palette(self.app.theme)
        style = colours.level(self._status.level) if self._fresh else colours.dim
        progress = f" {self._progress} " if self._progress else ""
        text = glyphs.fit(f" {self._status.text}", self.size.width - len(progress))
        return Text.assemble((text, style), (progress, colours.badge))

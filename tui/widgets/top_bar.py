"""The first line: which bridge this is, what goes on there, and whether it is heard at all."""

from __future__ import annotations

import time

from rich.style import Style
from rich.text import Text
from textual.widget import Widget

from bridge.operator.feed import LinkState
from bridge.operator.store import Store
from bridge.phone.pipe import PhoneState
from tui.palette import Palette, palette
from tui.widgets import glyphs
from tui.widgets.phone_lines import badge, live_style


class TopBar(Widget):
    """One line; a lost link takes it over."""

    DEFAULT_CSS = "TopBar { height: 1; background: $panel; }"

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._link = LinkState(connected=True)
        self._paused = False
        self._phone = PhoneState()
        self._others = 0
        self._line = Text()

    def show(self, link: LinkState, phone: PhoneState, *, paused: bool, others: int) -> None:
        """Show the state of the link, the phone and the counts as they are now."""
        self._link, self._phone, self._paused, self._others = link, phone, paused, others
        self._redraw()

    def _redraw(self) -> None:
        line = self._written()
        if line != self._line:
            self._line = line
            self.refresh()

    def on_mount(self) -> None:
        """Follow the theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._redraw())

    def render(self) -> Text:
        """The line, for Textual."""
        return self._line

    def _written(self) -> Text:
        colours = palette(self.app.theme)
        return self._bridge(colours) if self._link.connected else self._lost(colours)

    def _lost(self, colours: Palette) -> Text:
        retry_at = self._link.retry_at
        retry = "" if retry_at is None else f"next try in {max(0, round(retry_at - time.monotonic()))} s · "
        text = f" LINK LOST  {retry}the picture is old, the calls go on · {self._link.problem}"
        return Text(glyphs.fit(text, self.size.width), colours.alarm)

    def _bridge(self, colours: Palette) -> Text:
        left = Text.assemble((" offhook ", colours.badge), "  ", *self._ringing(colours), *self._counts(colours))
        right = Text()
        if self._phone.mode:
            right.append(f" {glyphs.ON_AIR} {badge(self._phone)} ", live_style(self._phone, colours))
            right.append("  ")
        if self._paused:
            right.append(" PAUSED ", colours.reverse + colours.strong)
            right.append("  ")
        bridge = self._store.bridge
        if bridge is not None:
            others = f"{self._others} more at work  " if self._others else ""
            marks = "signed  " if bridge.signed else ""
            marks += "read-only  " if self._link.read_only else ""
            room = self.size.width - left.cell_len - right.cell_len - len(others + marks) - 12
            if room >= len(bridge.public_url):
                right.append(f"{glyphs.plain(bridge.public_url)}  ", colours.key)
            right.append(f"{marks}{others}", colours.dim)
        right.append(f"{glyphs.clock(self._store.now(), millis=False)} ", colours.dim)
        left.truncate(self.size.width - right.cell_len - 1, overflow="ellipsis", pad=True)
        left.append(" ")
        return left.append(right)

    def _counts(self, colours: Palette) -> list[tuple[str, Style]]:
        if not self._store.told:
            return []
        live = self._store.count("live")
        waiting = self._store.count("connecting") + self._store.count("asked")
        ended = self._store.count("ended")
        parts: list[tuple[str, Style]] = [(f"{live} live", colours.good if live else colours.dim)]
        if waiting:
            parts.append((f" · {waiting} connecting", colours.warning))
        if ended:
            parts.append((f" · {ended} ended", colours.dim))
        return parts

    def _ringing(self, colours: Palette) -> list[tuple[str, Style]]:
        ringing = len(self._store.ringing)
        return [(f" {ringing} RINGING ", colours.alarm), ("  ", colours.dim)] if ringing else []

"""One event in full: its fields, and its form as it came over the wire."""

from __future__ import annotations

import json

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from bridge.wire.events import Event
from tui.commands import Context, bindings
from tui.palette import Palette, palette
from tui.widgets import glyphs

_STRING = r'"(?:[^"\\]|\\.)*"'
_NAME = rf"{_STRING}(?=:)"


class RawEventScreen(ModalScreen[None]):
    """Scrolls; `y` copies the raw form."""

    DEFAULT_CSS = """
    RawEventScreen { align: center middle; background: $background 60%; }
    RawEventScreen VerticalScroll {
        width: 100; max-width: 96%; height: auto; max-height: 92%; padding: 1 2;
        background: $surface; border: round $border; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS = bindings(Context.DIALOG, Context.EVENT)

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event

    def compose(self) -> ComposeResult:
        """All in one text that scrolls."""
        with VerticalScroll() as window:
            window.border_title = "Event"
            window.border_subtitle = "y copies · esc closes"
            yield Static(self._content(palette(self.app.theme)))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()

    def action_copy(self) -> None:
        """Copy the raw form, or the fields of an event that has none, through the terminal."""
        self.app.copy_to_clipboard(self._event.raw or json.dumps(self._event.data))
        self.notify("Copied.")

    def _content(self, colours: Palette) -> Group:
        event = self._event
        table = Table.grid(padding=(0, 2, 0, 0))
        for name, value in (
            ("at", event.at.isoformat(timespec="milliseconds")),
            ("source", event.source),
            ("event", event.event),
            ("level", event.level),
            ("stream", event.stream_id),
            ("call", event.call_uuid),
            ("id", str(event.id)),
            ("text", event.text),
        ):
            if value:
                table.add_row(Text(name, colours.dim), Text(glyphs.plain(value), colours.text))
        parts: list[RenderableType] = [table]
        if event.data:
            parts += [Text("\nFields", colours.strong), _pretty(json.dumps(event.data), colours)]
        if event.raw:
            parts += [Text("\nAs it came", colours.strong), _pretty(event.raw, colours)]
        return Group(*parts)


def _pretty(raw: str, colours: Palette) -> Text:
    """JSON on several lines, names and texts told apart; anything else as it came."""
    try:
        text = Text(json.dumps(json.loads(raw), indent=2), colours.text)
    except ValueError:
        return Text(glyphs.plain(raw), colours.text)
    text.highlight_regex(_STRING, colours.good)
    text.highlight_regex(_NAME, colours.key)
    return text

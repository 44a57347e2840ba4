"""The help screen, made from the table of commands and the filters' operators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from bridge.operator.filters import EVENT_TERMS, STREAM_TERMS, Term
from tui.commands import COMMANDS, Context, bindings
from tui.palette import Palette, palette
from tui.widgets import glyphs
from tui.widgets.holding import MODE_MARKS

_LEGEND = (
    (" ".join(glyphs.STATE_MARKS.values()), "asked, connecting, live, ended"),
    (f"{glyphs.LISTENING} {glyphs.ON_AIR}", "the phone listens; it has stepped in"),
    (" ".join(MODE_MARKS.values()), "no agent; the agent has the call; somebody whispers, talks, has taken over"),
    (glyphs.RECORDING, "in the column R: the stream is recorded"),
    ("○ ✓ ✗ !", "a checkpoint waits, was played, was cleared, is overdue"),
    ("├─┤ ╟─╢", "on a timeline: how long the agent took to answer, and to stop when interrupted"),
    ("▸─✓ ⌫ ▐─▌", "a checkpoint from sent to played; a clear; an operator who stepped in"),
    ("◇ ▾ ■ !", "a callback, another event, an end, a warning"),
    ("═▶", "all media between two events"),
    ("◀─ ─▶ ╌▶", "a frame to and from the bridge; a callback over HTTP"),
)


class HelpScreen(ModalScreen[None]):
    """Every key, the filter language and the marks."""

    DEFAULT_CSS = """
    HelpScreen { align: center middle; background: $background 60%; }
    HelpScreen VerticalScroll {
        width: 84; max-width: 96%; height: 92%; padding: 1 2;
        background: $surface; border: round $border; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS = bindings(Context.DIALOG)

    def compose(self) -> ComposeResult:
        """All in one text that scrolls."""
        colours = palette(self.app.theme)
        sections: list[RenderableType] = []
        for context in Context:
            rows = [(command.shown, command.help) for command in COMMANDS[context]]
            sections += _section(context.value, rows, colours)
        sections += _section("Filters of the streams (/)", _operators(STREAM_TERMS), colours)
        sections += _section("Filters of the events (/ on the log)", _operators(EVENT_TERMS), colours)
        sections.append(
            Text("!word inverts. All terms must match. enter keeps a filter, esc removes it.\n", colours.dim)
        )
        sections += _section("Marks", _LEGEND, colours)
        with VerticalScroll() as window:
            window.border_title = "Help"
            window.border_subtitle = "esc closes"
            yield Static(Group(*sections))

    def action_close(self) -> None:
        """Back to the screen below."""
        self.dismiss()


def _operators(terms: Sequence[type[Term[Any]]]) -> list[tuple[str, str]]:
    return [(f"{term.code}:" if term.code else "word", term.help) for term in terms]


def _section(title: str, rows: Sequence[tuple[str, str]], colours: Palette) -> list[RenderableType]:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=12)
    table.add_column()
    for keys, help_line in rows:
        table.add_row(Text(keys, colours.key), Text(help_line, colours.text))
    return [Text(title, colours.strong), table, Text()]

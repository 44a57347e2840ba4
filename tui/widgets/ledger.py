"""The playback ledger of one stream: what waits to be played, the checkpoints and the clears."""

from __future__ import annotations

from datetime import datetime

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bridge.wire.views import CheckpointView, ClearView, StreamView
from tui.palette import Palette
from tui.widgets import glyphs

QUEUE_SECONDS = 40.0
"""What Plivo's playback queue holds (PROTOCOL.md, 4)."""
_NEARLY_FULL = 0.6
_WIDE = 44
"""From this width on, times have milliseconds, and outcomes a word."""


def ledger(stream: StreamView, colours: Palette, width: int, lines: int) -> RenderableType:
    """The ledger, for a box of so many cells and lines; the newest of the checkpoints and clears are on top."""
    wide = width >= _WIDE
    moments = [(item.sent_at, _checkpoint(item, colours, wide)) for item in stream.checkpoints]
    moments += [(item.sent_at, _clear(item, colours, wide)) for item in stream.clears]
    moments.sort(key=lambda moment: moment[0], reverse=True)
    return Group(_queue(stream, colours, width), Text(), _table(moments[: max(0, lines - 2)], colours, wide))


def _queue(stream: StreamView, colours: Palette, width: int) -> Text:
    seconds = stream.queued_ms / 1000
    share = seconds / QUEUE_SECONDS
    label = f" {seconds:4.1f} of {QUEUE_SECONDS:.0f} s"
    style = colours.warning if share > _NEARLY_FULL else colours.good
    filled, rest = glyphs.bar(share, max(4, width - len(label) - 7))
    return Text.assemble(("queued ", colours.dim), (filled, style), (rest, colours.track), (label, colours.text))


def _table(moments: list[tuple[datetime, tuple[Text, Text]]], colours: Palette, wide: bool) -> RenderableType:
    if not moments:
        return Text("No checkpoints and no clears yet.", colours.dim)
    table = Table.grid(padding=(0, 1, 0, 0))
    for sent_at, cells in moments:
        table.add_row(Text(glyphs.clock(sent_at, millis=wide), colours.dim), *cells)
    return table


def _checkpoint(item: CheckpointView, colours: Palette, wide: bool) -> tuple[Text, Text]:
    style = colours.good if item.played_at else colours.warning if item.overdue else colours.dim
    word = glyphs.checkpoint_word(item)
    how = f"played {word}" if item.played_at and wide else word
    name = Text(f"{glyphs.checkpoint_mark(item)} {glyphs.plain(item.name)}", colours.text, no_wrap=True)
    return name, Text(how, style, no_wrap=True)


def _clear(item: ClearView, colours: Palette, wide: bool) -> tuple[Text, Text]:
    if item.acknowledged_at is None:
        return Text("⌫ clear", colours.text), Text("waiting", colours.warning)
    took = round((item.acknowledged_at - item.sent_at).total_seconds() * 1000)
    return Text("⌫ clear", colours.text), Text(f"done {took} ms" if wide else f"{took} ms", colours.good)

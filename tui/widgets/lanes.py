"""Lanes of a timeline below the waveforms: what has a length as a bracket, moments as marks, each with its label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rich.style import Style

from bridge.operator.timeline import Item, Kind
from tui.palette import Palette
from tui.widgets import glyphs
from tui.widgets.time_axis import TimeAxis

LANES: dict[str, tuple[Kind, ...]] = {
    "turns": ("response", "barge-in"),
    "playout": ("checkpoint", "clear"),
    "operators": ("step", "whisper"),
    "events": ("dtmf", "callback", "end", "event"),
}
"""What is in which lane."""

Cell = tuple[str, Style]


@dataclass(frozen=True, slots=True)
class Shape:
    """How an item is drawn: its beginning, what is between, its end, and a mark where there is no length to see."""

    begin: str
    line: str
    end: str
    moment: str


_SHAPES: dict[Kind, Shape] = {
    "response": Shape("├", "─", "┤", "│"),
    "barge-in": Shape("╟", "─", "╢", "║"),
    "checkpoint": Shape("▸", "─", "✓", "✓"),
    "clear": Shape("⌫", "─", "┤", "⌫"),
    "step": Shape("▐", "─", "▌", "▐"),
    "whisper": Shape("▐", "─", "▌", "▐"),
    "dtmf": Shape("", "", "", ""),
    "callback": Shape("", "", "", "◇"),
    "end": Shape("", "", "", "■"),
    "event": Shape("", "", "", "▾"),
}
_GOES_ON = "╌"
_SHORTEST = 4
"""Cells below which what is left of a label tells nothing."""


def lane(items: Iterable[Item], axis: TimeAxis, now: float, colours: Palette) -> list[Cell]:
    """One lane's cells over the columns of the axis; what goes on is drawn until `now` (seconds)."""
    cells: list[Cell] = [(" ", colours.text)] * axis.columns
    shown = sorted((item for item in items if item.within(axis.start, axis.end)), key=lambda item: item.start)
    spans = [(axis.column(item.start), axis.column(now if item.end is None else item.end), item) for item in shown]
    for (begin, end, item), (following, *_) in pairwise([*spans, (axis.columns, 0, None)]):
        if item is not None:
            _draw(cells, begin, max(begin, end), following, item, _style(item, colours))
    return cells


def _draw(cells: list[Cell], begin: int, end: int, following: int, item: Item, style: Style) -> None:
    shape, label = _SHAPES[item.kind], glyphs.plain(item.label)
    if begin == end:
        mark = "✗" if item.who == "cleared" else "!" if item.level != "info" else shape.moment
        _put(cells, begin, mark + _short(label, following - begin - 2 * len(mark)), style)
        return
    line, last = (_GOES_ON, _GOES_ON) if item.end is None and shape.line == "─" else (shape.line, shape.end)
    _put(cells, begin, f"{shape.begin}{line * (end - begin - 1)}{last}", style)
    # A label that would begin out of sight begins where it can be read.
    first = max(begin + 1, 0)
    room = min(end, following, len(cells)) - first
    if item.kind in LANES["operators"]:
        _put(cells, first, _short(label, room), style)
    elif len(label) <= room - 2 or following <= end:
        within = _short(label, room - 2)
        _put(cells, first, f" {within} " if within else "", style)
    else:
        _put(cells, end + 1, _short(label, following - end - 2), style)


def _short(label: str, room: int) -> str:
    """A label cut to the room there is; a figure, which would be another one then, not at all."""
    if len(label) <= room:
        return label
    return "" if room < _SHORTEST or label[:1].isdigit() else glyphs.fit(label, room)


def _put(cells: list[Cell], column: int, text: str, style: Style) -> None:
    for offset, character in enumerate(text):
        if 0 <= column + offset < len(cells):
            cells[column + offset] = character, style


def _style(item: Item, colours: Palette) -> Style:
    if item.level != "info":
        return colours.level(item.level)
    return {
        "barge-in": colours.warning,
        "checkpoint": colours.dim if item.end is None or item.who == "cleared" else colours.good,
        "clear": colours.warning,
        "step": colours.loud,
        "whisper": colours.quiet,
        "dtmf": colours.strong,
        "callback": colours.accent,
        "event": colours.dim,
    }.get(item.kind, colours.text)


def runs(cells: Sequence[Cell]) -> Iterable[Cell]:
    """Cells of one style next to each other as one."""
    text, style = "", None
    for character, its_style in cells:
        if its_style is not style and style is not None:
            yield text, style
            text = ""
        text, style = text + character, its_style
    if style is not None:
        yield text, style

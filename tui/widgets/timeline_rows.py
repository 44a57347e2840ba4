"""The rows of a timeline below its ruler: a waveform for each leg, and the lanes of what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rich.style import Style

from bridge.operator.levels import Levels
from bridge.operator.timeline import Item, Timeline
from bridge.wire.link.audio import Leg
from tui.palette import Palette
from tui.widgets.lanes import LANES, Cell, lane
from tui.widgets.time_axis import TimeAxis
from tui.widgets.waveform import waveform

_NAMES = {Leg.CALLER: "caller", Leg.AGENT: "far end"}
_ON_ITS_WAY_S = 0.3
"""What is younger may not have been told yet: it is left blank, not drawn as unknown."""
_UNSEEN = "not seen by this terminal"


@dataclass(frozen=True, slots=True)
class TimelineRows:
    """What is in sight of a timeline, known until `now` (seconds)."""

    timeline: Timeline
    axis: TimeAxis
    levels: Mapping[Leg, Levels]
    now: float
    colours: Palette

    def lines(self, height: int) -> Iterable[tuple[str, list[Cell]]]:
        """So many rows from the top down: a row's name, and its cells over the columns of the axis."""
        items = list(self.timeline.items)
        rows = max(2, height - len(LANES))
        yield from self._wave(Leg.CALLER, (rows + 1) // 2, items)
        for name, kinds in LANES.items():
            yield name, lane((item for item in items if item.kind in kinds), self.axis, self.now, self.colours)
            if name == "turns":
                yield from self._wave(Leg.AGENT, rows // 2, items)

    def _wave(self, leg: Leg, rows: int, items: Iterable[Item]) -> Iterable[tuple[str, list[Cell]]]:
        styles = self._wave_styles(leg, items)
        levels = self._columns(leg)
        for row, bars in enumerate(waveform(levels, rows)):
            cells = list(zip(f"{bars:<{self.axis.columns}}", styles, strict=True))
            if row == rows - 2 and levels[: len(_UNSEEN)] == [None] * len(_UNSEEN):
                cells[: len(_UNSEEN)] = [(character, self.colours.dim) for character in _UNSEEN]
            yield _NAMES[leg] if row == rows // 2 else "", cells

    def _columns(self, leg: Leg) -> list[float | None]:
        """How loud the leg is in each column until now."""
        count = max(0, min(self.axis.column(self.now - 1e-5) + 1, self.axis.columns))
        if leg not in self.levels:
            return [None] * count
        start = self.timeline.origin.timestamp() + self.axis.start
        levels = self.levels[leg].columns(start, self.axis.width, count)
        while len(levels) > max(0, self.axis.column(self.now - _ON_ITS_WAY_S)) and levels[-1] is None:
            levels.pop()
        return levels

    def _wave_styles(self, leg: Leg, items: Iterable[Item]) -> list[Style]:
        """A leg is bright while it speaks, as far as that is known, and red where it is an operator."""
        bright = self.colours.key if leg is Leg.CALLER else self.colours.good
        known = max(0, min(self.axis.column(self.timeline.decided), self.axis.columns))
        styles = [self.colours.dim] * known + [bright] * (self.axis.columns - known)
        for item in items:
            if item.kind == "speech" and (item.who == "caller") is (leg is Leg.CALLER):
                self._paint(styles, item, self.colours.error if item.who == "operator" else bright)
        return styles

    def _paint(self, styles: list[Style], item: Item, style: Style) -> None:
        first = max(0, self.axis.column(item.start))
        last = min(self.axis.column(self.now if item.end is None else item.end), self.axis.columns - 1)
        for column in range(first, last + 1):
            styles[column] = style

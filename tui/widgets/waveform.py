"""A waveform of block elements: a bar for each column, growing up from the lane's foot."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.operator.levels import SILENT_DBFS
from tui.widgets.glyphs import loudness

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_NOT_KNOWN = "┈"


def waveform(levels: Sequence[float | None], rows: int) -> list[str]:
    """The rows of a lane, from the top down, for levels as `Levels.columns` gives them."""
    bars = [_bar(level, rows) for level in levels]
    return ["".join(bar[row] for bar in bars) for row in range(rows)]


def _bar(dbfs: float | None, rows: int) -> str:
    """One column from the top down: at the foot at least a line, so that silence differs from what is not known."""
    if dbfs is None:
        return f"{_NOT_KNOWN:>{rows}}"
    eighths = 0 if dbfs <= SILENT_DBFS else round(loudness(dbfs) * rows * 8)
    full, rest = divmod(max(1, eighths), 8)
    return f"{(_EIGHTHS[rest] if rest else '') + '█' * full:>{rows}}"

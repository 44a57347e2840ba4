"""The time axis of a timeline: which seconds are in sight, how wide a column is, and the ruler above."""

from __future__ import annotations

ZOOMS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0)
"""Seconds a column may take."""
USUAL_ZOOM = ZOOMS.index(0.2)
_TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
_LABEL_ROOM = 10
"""Columns from one figure on the ruler to the next, at least."""


class TimeAxis:
    """Columns in sight. A column begins at a multiple of its width, so that it keeps its content while time passes."""

    def __init__(self) -> None:
        self.columns = 1
        self.first = 0
        """Number of the leftmost column, counted from the beginning of the stream."""
        self._zoom = USUAL_ZOOM

    @property
    def width(self) -> float:
        """Seconds a column takes."""
        return ZOOMS[self._zoom]

    @property
    def start(self) -> float:
        """The leftmost second in sight."""
        return self.first * self.width

    @property
    def end(self) -> float:
        """The first second that is not in sight any more."""
        return (self.first + self.columns) * self.width

    def column(self, seconds: float) -> int:
        """The column of a time, 0 being the leftmost in sight; outside it is negative or too large."""
        return int((seconds + 1e-6) // self.width) - self.first

    def seconds(self, column: int) -> float:
        """When a column begins."""
        return (self.first + column) * self.width

    def pan(self, columns: int) -> None:
        """Move the picture; not to before the beginning."""
        self.first = max(0, self.first + columns)

    def bring(self, seconds: float) -> None:
        """Move the picture as little as it takes to have this time in sight."""
        column = self.column(seconds)
        self.pan(min(column, 0) + max(column - self.columns + 1, 0))

    def end_at(self, seconds: float) -> None:
        """Have this time in the rightmost column, or the beginning in the leftmost."""
        self.first = 0
        self.pan(self.column(seconds) - self.columns + 1)

    def zoom(self, steps: int, around: float) -> None:
        """See more (positive) or less of the time, with this time where it was on the screen."""
        column = self.column(around)
        self._zoom = max(0, min(self._zoom + steps, len(ZOOMS) - 1))
        self.pan(self.column(around) - column)

    def fit(self, seconds: float) -> None:
        """See all from the beginning to this time."""
        self.first = 0
        self._zoom = next((zoom for zoom in range(len(ZOOMS)) if seconds <= ZOOMS[zoom] * self.columns), len(ZOOMS) - 1)

    def ruler(self) -> str:
        """The figures over the columns, each beside the tick at its time."""
        each = next((tick for tick in _TICKS if tick >= self.width * _LABEL_ROOM), _TICKS[-1])
        line = ""
        for number in range(round(self.start / each), round(self.end / each) + 1):
            column = self.column(number * each)
            if len(line) <= column < self.columns:
                label = time_label(number * each, fine=each < 1)
                line = f"{line:<{column}}╷{label if column + len(label) < self.columns else ''}"
        return f"{line:<{self.columns}}"


def time_label(seconds: float, *, fine: bool) -> str:
    """Minutes and seconds (from an hour on with hours) since the beginning; `fine` has tenths."""
    tenths = round(abs(seconds) * 10)
    sign = "-" if seconds < 0 and tenths else ""
    minutes, tenth = divmod(tenths, 600)
    hours, minute = divmod(minutes, 60)
    head = f"{sign}{hours}:{minute:02d}" if hours else f"{sign}{minute}"
    return f"{head}:{tenth / 10:04.1f}" if fine else f"{head}:{tenth // 10:02d}"

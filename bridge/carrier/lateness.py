"""How late the emulator itself is: what it measures while it is late says as much of it as of the bot."""

from __future__ import annotations

from bisect import bisect_left
from itertools import accumulate

from msgspec import Struct

LATE = 0.01
"""Seconds after which a beat counts as late: half of a frame."""

_EDGES_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_KEPT_SECONDS = 24 * 3600


class LatenessView(Struct, kw_only=True):
    """Lateness of all beats so far."""

    beats: int
    late_beats: int
    """Those more than 10 ms late."""
    p50_ms: float
    """At most; likewise p99_ms."""
    p99_ms: float
    worst_ms: float


class Lateness:
    """Counts the beats of any number of calls, and remembers the seconds in which one of them was late."""

    def __init__(self) -> None:
        self._counts = [0] * (len(_EDGES_MS) + 1)
        self._late_seconds: set[int] = set()
        self.worst = 0.0

    def count(self, due: float, late_by: float) -> None:
        """A beat that was due then (monotonic seconds) came this much later."""
        self._counts[bisect_left(_EDGES_MS, late_by * 1000)] += 1
        self.worst = max(self.worst, late_by)
        if late_by > LATE and len(self._late_seconds) < _KEPT_SECONDS:
            self._late_seconds.add(int(due))

    def was_late(self, since: float, until: float) -> bool:
        """Whether any beat in the seconds that these two times (monotonic) are in was late."""
        return any(second in self._late_seconds for second in range(int(since), int(until) + 1))

    @property
    def view(self) -> LatenessView:
        """The figures so far."""
        late = sum(count for edge, count in zip((*_EDGES_MS, 1e9), self._counts, strict=True) if edge > LATE * 1000)
        return LatenessView(
            beats=sum(self._counts),
            late_beats=late,
            p50_ms=self._quantile(0.5),
            p99_ms=self._quantile(0.99),
            worst_ms=round(self.worst * 1000, 1),
        )

    def _quantile(self, share: float) -> float:
        """The edge below which this share of the beats is."""
        wanted = share * sum(self._counts)
        edges = (*_EDGES_MS, round(self.worst * 1000, 1))
        return next(edge for edge, count in zip(edges, accumulate(self._counts), strict=True) if count >= wanted)

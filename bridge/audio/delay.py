"""How late pieces of media come, and how long each should therefore wait for its turn.

A piece's transit is the time of its arrival less its place in the media, both in samples; only differences mean
anything. The fastest transit of the last two seconds is the network's own; what a piece took longer is its lateness.
The delay to aim for is the smallest with which the gaps of the recent past would have stayed within the profile's
share. The single worst is left out: one stall says nothing about the next, a second one does (as in WebRTC's NetEQ).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_SLOT_MS = 500
_FASTEST_SLOTS = 4
_FORGET_MS = 500
"""A piece this late begins a new reckoning: it was a pause of the sender, or a stall that no delay can bridge."""
_HIGHEST_MS = 250


@dataclass(frozen=True, slots=True)
class Profile:
    """How much delay a listener bears for how few gaps."""

    lowest_ms: int
    gaps: float
    """Share of the time that may be missing because media came too late."""
    memory_ms: int


BALANCED = Profile(lowest_ms=20, gaps=0.0005, memory_ms=10_000)
"""Little delay, for talking."""
SMOOTH = Profile(lowest_ms=60, gaps=0.0001, memory_ms=30_000)
"""Few gaps, for listening."""


class Delay:
    """The lateness of one leg at `rate` (Hz), and the delay that suits it. All in samples."""

    def __init__(self, rate: int, profile: Profile) -> None:
        self._slot_length = rate * _SLOT_MS // 1000
        self._forget = rate * _FORGET_MS // 1000
        self._lowest = rate * profile.lowest_ms // 1000
        self._highest = rate * _HIGHEST_MS // 1000
        self._bearable = profile.gaps * rate * profile.memory_ms / 1000
        self._slot = -1
        self._transits: deque[int] = deque(maxlen=_FASTEST_SLOTS)
        self._lateness: deque[int] = deque(maxlen=profile.memory_ms // _SLOT_MS)
        self.fastest = 0
        """The transit of a piece that nothing held up."""
        self.target = self._lowest
        """How much longer than that a piece should take until it is heard."""

    def arrived(self, transit: int, now: int) -> None:
        """Take the transit of a piece that arrives `now`."""
        if transit - self.fastest > self._forget:
            self._transits.clear()
        if now // self._slot_length != self._slot or not self._transits:
            self._slot = now // self._slot_length
            self._transits.append(transit)
            self._lateness.append(0)
        self._transits[-1] = min(self._transits[-1], transit)
        self.fastest = min(self._transits)
        self._lateness[-1] = max(self._lateness[-1], transit - self.fastest)
        self.target = min(max(self._lowest, self._least_bearable()), self._highest)

    def _least_bearable(self) -> int:
        """The delay over which the latenesses, without the worst of them, rise by what is bearable in all."""
        total, level = 0, 0.0
        for count, lateness in enumerate(sorted(self._lateness, reverse=True)[1:], 1):
            if lateness <= level:
                break
            total += lateness
            level = (total - self._bearable) / count
        return int(level)

"""What may go wrong on the way, from a seed, so that a failure can be had again."""

from __future__ import annotations

from random import Random

from msgspec import Struct

from bridge.wire.formats import FRAME_MS


class Trouble(Struct, frozen=True, kw_only=True):
    """How much of it. Shares are of 1, times are seconds; the default is none at all."""

    seed: int = 1
    stalls_per_minute: float = 0.0
    """Nothing leaves for a while, and then all that was due at once."""
    longest_stall: float = 0.8
    lost: float = 0.0
    """Share of the media that never leave: a jump in `sequenceNumber`, `chunk` and `timestamp`."""
    doubled: float = 0.0
    """Share of the media that leave twice, the same frame."""
    reads_every: float = 0.0
    """The least time from one command that is read to the next: the far end meets back-pressure."""
    half_open_after: float | None = None
    """From then on nothing is sent and nothing read, and no close comes when the call ends."""
    callbacks_missing: float = 0.0
    callbacks_doubled: float = 0.0
    callbacks_late: float = 0.0
    """Share of the callbacks that those after them overtake."""
    longest_delay: float = 3.0


TROUBLES: dict[str, Trouble] = {
    "none": Trouble(),
    "stalls": Trouble(stalls_per_minute=12.0),
    "lossy": Trouble(lost=0.02, doubled=0.02),
    "slow-reader": Trouble(reads_every=0.05),
    "half-open": Trouble(half_open_after=10.0),
    "callbacks": Trouble(callbacks_missing=0.2, callbacks_doubled=0.2, callbacks_late=0.4),
}
"""Trouble by name, for the command line; the seed is replaced."""


class Dice:
    """Thrown for each thing that may go wrong; the same seed gives the same throws."""

    def __init__(self, trouble: Trouble, purpose: str) -> None:
        self._trouble = trouble
        self._random = Random(f"{trouble.seed} {purpose}")

    def stall(self) -> float:
        """Seconds by which this beat is held up, mostly 0."""
        a_beat_in = 60_000 / FRAME_MS
        if not self._happens(self._trouble.stalls_per_minute / a_beat_in):
            return 0.0
        return self._random.uniform(0.1, self._trouble.longest_stall)

    def copies(self) -> int:
        """How many times a media frame leaves: 1, or 0, or 2."""
        if self._happens(self._trouble.lost):
            return 0
        return 2 if self._happens(self._trouble.doubled) else 1

    def callback_delays(self) -> list[float]:
        """One delay in seconds for each time that a callback is sent."""
        if self._happens(self._trouble.callbacks_missing):
            return []
        times = 2 if self._happens(self._trouble.callbacks_doubled) else 1
        return [self._delay() for _ in range(times)]

    def _delay(self) -> float:
        late = self._happens(self._trouble.callbacks_late)
        return self._random.uniform(0.1, self._trouble.longest_delay) if late else 0.0

    def _happens(self, share: float) -> bool:
        return share > 0 and self._random.random() < share

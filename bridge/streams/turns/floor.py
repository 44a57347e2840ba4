"""Who has the floor: how long each side speaks, how long both do at once, and when nobody does for too long."""

from __future__ import annotations

from bridge.streams.turns.lane import Change
from bridge.wire.turns import Speaker, Speaking

DEAD_AIR = 2.0
"""Seconds of silence from which on it is dead air."""


class Floor:
    """The sums over a stream up to `now`, in seconds; talk-over is of the caller with anybody at the far end."""

    def __init__(self) -> None:
        self.now = self.since = 0.0
        self.talk: dict[Speaker, float] = {"caller": 0.0, "agent": 0.0, "operator": 0.0}
        self.talk_over = self._dead_air = 0.0
        self._dead_airs = 0
        self._speakers: set[Speaker] = set()

    @property
    def speaking(self) -> Speaking:
        """Who speaks now; `since` tells since when."""
        if self._overlap:
            return "both"
        return next(iter(self._speakers - {"caller"} or self._speakers), "nobody")

    @property
    def dead_air(self) -> float:
        """Seconds of all silences that are long enough, the one that lasts included."""
        return self._dead_air + (self._silence if self._silence >= DEAD_AIR else 0.0)

    @property
    def dead_airs(self) -> int:
        """How many they are."""
        return self._dead_airs + (self._silence >= DEAD_AIR)

    def take(self, change: Change) -> None:
        """Somebody begins or stops."""
        self.advance(change.at)
        self._dead_air, self._dead_airs = self.dead_air, self.dead_airs
        before = self.speaking
        (self._speakers.add if change.speaking else self._speakers.discard)(change.speaker)
        if self.speaking != before:
            self.since = self.now

    def advance(self, now: float) -> None:
        """Nothing changed up to now."""
        passed, self.now = max(0.0, now - self.now), max(now, self.now)
        for speaker in self._speakers:
            self.talk[speaker] += passed
        if self._overlap:
            self.talk_over += passed

    @property
    def _overlap(self) -> bool:
        return "caller" in self._speakers and len(self._speakers) > 1

    @property
    def _silence(self) -> float:
        return 0.0 if self._speakers else self.now - self.since

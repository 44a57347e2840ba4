"""When the caller interrupts the agent, and how long it takes the agent to stop."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.streams.turns.lane import Change
from bridge.streams.turns.responses import PAUSE

BACKCHANNEL = 0.5
"""Seconds: who says less than this while the agent speaks only shows that they listen ("mhm")."""
REACTION = 0.1
"""Seconds: an agent that is silent sooner after the caller's onset came to its end by itself."""


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The caller began at `at` (seconds since the stream's start), the agent was silent after `stopped_after`."""

    at: float
    stopped_after: float | None
    """None: the stream was over before it was silent for half a second."""


@dataclass(slots=True)
class _Overlap:
    """The caller began while the agent spoke; what becomes of it."""

    began: float
    caller_end: float | None = None
    agent_end: float | None = None

    def spoken(self, now: float) -> float:
        return (now if self.caller_end is None else self.caller_end) - self.began

    @property
    def agent_came_to_its_end(self) -> bool:
        return self.agent_end is not None and self.agent_end - self.began < REACTION


class BargeIns:
    """Tells barge-ins as soon as they are certain."""

    def __init__(self) -> None:
        self._overlap: _Overlap | None = None
        self._agent_speaks = False
        self._agent_ended = float("-inf")

    def take(self, change: Change) -> BargeIn | None:
        """Somebody begins or stops; returns the barge-in that is certain with it."""
        told = self.advance(change.at)
        if change.speaker == "caller":
            self._take_caller(change)
        elif change.speaker == "agent":
            self._take_agent(change)
        return told

    def advance(self, now: float) -> BargeIn | None:
        """Nothing changed up to now; returns the barge-in that is certain with it."""
        overlap = self._overlap
        if overlap is None:
            return None
        if overlap.spoken(now) < BACKCHANNEL:
            if overlap.caller_end is not None and now - overlap.caller_end >= PAUSE:
                self._overlap = None
        elif overlap.agent_end is not None and now - overlap.agent_end >= PAUSE:
            self._overlap = None
            if not overlap.agent_came_to_its_end:
                return BargeIn(overlap.began, overlap.agent_end - overlap.began)
        return None

    def drop(self) -> None:
        """Somebody else silences the agent now: what has begun tells nothing of it."""
        self._overlap = None

    def finish(self, now: float) -> BargeIn | None:
        """The stream is over; returns the barge-in after which the agent was not silent for long enough to tell."""
        overlap, self._overlap = self._overlap, None
        if overlap is None or overlap.spoken(now) < BACKCHANNEL or overlap.agent_came_to_its_end:
            return None
        return BargeIn(overlap.began, None)

    def _take_caller(self, change: Change) -> None:
        if self._overlap is not None:
            self._overlap.caller_end = None if change.speaking else change.at
        elif change.speaking and self._agent_speaks:
            self._overlap = _Overlap(change.at)
        elif change.speaking and change.at - self._agent_ended < PAUSE:
            self._overlap = _Overlap(change.at, agent_end=self._agent_ended)

    def _take_agent(self, change: Change) -> None:
        self._agent_speaks = change.speaking
        goes_on = change.at - self._agent_ended < PAUSE
        if not change.speaking:
            self._agent_ended = change.at
        if self._overlap is None:
            return
        if not change.speaking:
            self._overlap.agent_end = change.at
        elif goes_on:
            self._overlap.agent_end = None
        else:
            self._overlap = None

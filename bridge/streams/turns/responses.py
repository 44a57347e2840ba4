"""How long the caller waits for the agent: the greeting, and the response to each end of their speech."""

from __future__ import annotations

from bridge.streams.turns.lane import Change

PAUSE = 0.5
"""Seconds for which the agent may pause in its turn: what follows a shorter silence answers nothing."""


class Responses:
    """Finds what the agent's next speech answers. Times are seconds since the start of the stream."""

    def __init__(self) -> None:
        self.greeting: float | None = None
        self._asked_at: float | None = None
        self._agent_speaks = self._taken_over = False
        self._agent_ended = float("-inf")

    def take_over(self, on: bool) -> None:
        """An operator has taken the call from the agent, or handed it back: meanwhile nothing is asked of the agent."""
        self._taken_over = on
        self._asked_at = None

    def take(self, change: Change) -> float | None:
        """Somebody begins or stops; returns the response time when this is the agent's response."""
        if change.speaker == "agent":
            return self._take_agent(change)
        if change.speaker == "operator" or change.speaking:
            self._asked_at = None
        elif not self._agent_speaks and not self._taken_over:
            self._asked_at = change.at
        return None

    def _take_agent(self, change: Change) -> float | None:
        self._agent_speaks = change.speaking
        if not change.speaking:
            self._agent_ended = change.at
            return None
        if self.greeting is None:
            self.greeting = change.at
        asked_at, self._asked_at = self._asked_at, None
        if asked_at is None or change.at - self._agent_ended < PAUSE:
            return None
        return change.at - asked_at

"""Turns of a call that goes on."""

from __future__ import annotations

from bridge.carrier.outcome import Outcome
from bridge.streams.playback import Piece
from bridge.streams.turns.measure import Turns
from bridge.wire.turns import TurnsView


class LiveTurns:
    """Follows what a call's outcome has kept of both legs; to be asked about ten times a second."""

    def __init__(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self._turns: Turns | None = None
        self._taken = 0

    def report(self) -> TurnsView | None:
        """All turns up to now; None before the stream."""
        outcome = self._outcome
        if outcome.started is None:
            return None
        self._turns = self._turns or Turns(outcome.format, 0.0)
        until = min(len(outcome.said), len(outcome.heard))
        if until > self._taken:
            begin, end = outcome.format.seconds(self._taken), outcome.format.seconds(until)
            self._turns.caller(bytes(outcome.said[self._taken : until]), end)
            self._turns.far([Piece(begin, end, bytes(outcome.heard[self._taken : until]), "")], end)
            self._taken = until
        return self._turns.report()

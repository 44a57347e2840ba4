"""The turns of a conversation, in the order in which they began."""

from __future__ import annotations

from collections import deque
from math import inf

from bridge.streams.turns.barge_ins import BargeIn
from bridge.streams.turns.floor import DEAD_AIR
from bridge.streams.turns.lane import Change
from bridge.streams.turns.responses import PAUSE
from bridge.wire.turns import Speaker, Turn

_MOST_TURNS = 1000


class TurnList:
    """The newest turns.

    Who goes on after a pause is in the same turn if nobody else began in it and it is no dead air; the agent also
    if it paused for less than half a second, whatever the caller said in it.
    """

    def __init__(self) -> None:
        self.turns: deque[Turn] = deque(maxlen=_MOST_TURNS)
        self._latest: dict[Speaker, Turn] = {}
        self._ended: dict[Speaker, float] = {}
        """When each stopped to speak; infinite while they do."""

    def take(self, change: Change, operator: str, response: float | None) -> None:
        """Somebody begins or stops: an operator of this name, an agent that responds after so many seconds."""
        speaker = change.speaker
        if change.speaking and not self._goes_on(change):
            self._add(change, operator, response)
        self._ended[speaker] = inf if change.speaking else change.at
        self._latest[speaker].end_ms = None if change.speaking else milliseconds(change.at)

    def interrupted(self, barge_in: BargeIn) -> None:
        """A caller's turn was a barge-in."""
        at = milliseconds(barge_in.at)
        for turn in reversed(self.turns):
            if turn.speaker == "caller" and turn.start_ms <= at:
                turn.barge_in = True
                if barge_in.stopped_after is not None:
                    turn.stop_ms = milliseconds(barge_in.stopped_after)
                return

    def _goes_on(self, change: Change) -> bool:
        ended = self._ended.get(change.speaker, -inf)
        if change.speaker == "agent" and change.at - ended < PAUSE:
            return True
        return change.at - ended < DEAD_AIR and not self._others_spoke(change.speaker, since=ended)

    def _others_spoke(self, speaker: Speaker, since: float) -> bool:
        return any(ended > since for other, ended in self._ended.items() if other != speaker)

    def _add(self, change: Change, operator: str, response: float | None) -> None:
        turn = Turn(speaker=change.speaker, start_ms=milliseconds(change.at))
        if change.speaker == "operator":
            turn.operator = operator
        if response is not None:
            turn.response_ms = milliseconds(response)
        self.turns.append(turn)
        self._latest[change.speaker] = turn


def milliseconds(seconds: float) -> int:
    """As views tell it."""
    return round(seconds * 1000)

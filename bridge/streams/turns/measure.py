"""Turns of a stream from its sound alone: who speaks when, and how long one waits for the other.

Both legs go in as the caller hears and is heard: the caller's by arrival, the far end's by the playout clock. Each
speaker has a lane that finds beginnings and ends; what is decided in all lanes is told, in order of time, to those
who know one figure each. So a turn is told a moment after it happened, with its true times. `docs/turns.md` has
the definitions.
"""

from __future__ import annotations

from collections import deque
from itertools import chain
from math import inf
from operator import attrgetter

import numpy as np

from bridge.audio.codec import Samples, decode, encode
from bridge.streams.arrivals import Arrivals
from bridge.streams.ledger import AGENT
from bridge.streams.playback import Piece, laid_out
from bridge.streams.ringing import SOURCE as RINGING
from bridge.streams.turns.barge_ins import BargeIn, BargeIns
from bridge.streams.turns.figure import Series
from bridge.streams.turns.floor import Floor
from bridge.streams.turns.lane import Lane
from bridge.streams.turns.responses import Responses
from bridge.streams.turns.returns import Returns
from bridge.streams.turns.turn_list import TurnList, milliseconds
from bridge.wire.formats import L16, AudioFormat
from bridge.wire.turns import Speaker, Talk, Turn, TurnsView

_AGENT_SOURCES = ("", AGENT)
_FEED_MS = 100
_MOST_TAKE_OVERS = 100
_TO_DECIDE = 1.0
"""Seconds of silence after which every lane has decided."""


class Turns:
    """The turns of one stream, whose sound is in `audio_format`; `started` and all times are monotonic seconds.

    Feed both legs about ten times a second. Nothing is decided beyond what the far end's leg is known for.
    """

    def __init__(self, audio_format: AudioFormat, started: float) -> None:
        self._format = audio_format
        self._started = started
        self._arrivals = Arrivals(audio_format.rate)
        self._played = 0
        self._lanes: dict[Speaker, Lane] = {
            "caller": Lane("caller", audio_format.rate),
            "agent": Lane("agent", audio_format.rate),
        }
        self._operator = ""
        self._take_overs: deque[tuple[float, bool]] = deque(maxlen=_MOST_TAKE_OVERS)
        self._floor = Floor()
        self._responses, self._response = Responses(), Series()
        self._barge_ins, self._stop = BargeIns(), Series()
        self._list = TurnList()
        self._returns = Returns(audio_format.rate)

    @property
    def turns(self) -> list[Turn]:
        """The newest 1,000, in the order in which they began."""
        return list(self._list.turns)

    def caller(self, payload: bytes, at: float) -> None:
        """Take the next piece of the caller's leg, whose last sample came `at`."""
        due = self._arrivals.take(decode(payload, self._format), at - self._started)
        self._hear_caller(due)

    def far(self, pieces: list[Piece], until: float) -> None:
        """Take what was played to the caller since the last call, `until` now; what lies between pieces is silence.

        A piece without a source is the agent's, and ringing is nobody's; any other source is an operator's name.
        """
        agents = [piece for piece in pieces if piece.source in _AGENT_SOURCES]
        operators = [piece for piece in pieces if piece.source not in (*_AGENT_SOURCES, RINGING)]
        if operators:
            self._operator = operators[-1].source
            self._admit_operators()
        count = round((until - self._started) * self._format.rate) - self._played
        agent = self._laid_out(agents, count)
        self._lanes["agent"].feed(agent)
        self._returns.agent(agent)
        if "operator" in self._lanes:
            self._lanes["operator"].feed(self._laid_out(operators, count))
        self._played += max(0, count)
        self._hear_caller(self._arrivals.wait(until - self._started))
        self._decide()

    def take_over(self, on: bool, at: float) -> None:
        """An operator has taken the call from the agent, or (not `on`) handed it back."""
        self._take_overs.append((at - self._started, on))

    def finish(self, now: float) -> None:
        """The stream is over: decide what is open."""
        self.far([], now)
        end = now - self._started
        self._hear_caller(self._arrivals.wait(end + _TO_DECIDE))
        for lane in self._lanes.values():
            lane.feed(_silence(self._format.rate))
        self._tell(inf)
        self._floor.advance(end)
        self._note(self._barge_ins.finish(end))

    def view(self) -> TurnsView:
        """The figures up to now, without the turns."""
        floor, greeting = self._floor, self._responses.greeting
        both = floor.talk["caller"] and floor.talk["agent"] + floor.talk["operator"]
        return TurnsView(
            at_ms=milliseconds(floor.now),
            speaking=floor.speaking,
            since_ms=milliseconds(floor.since),
            greeting_ms=None if greeting is None else milliseconds(greeting),
            response=self._response.figure,
            barge_in_stop=self._stop.figure,
            talk_over_ms=milliseconds(floor.talk_over) if both else None,
            dead_air_ms=milliseconds(floor.dead_air),
            dead_airs=floor.dead_airs,
            caller=self._talk("caller"),
            agent=self._talk("agent"),
            operator=self._talk("operator"),
            echo=self._returns.echo,
        )

    def report(self) -> TurnsView:
        """The figures with the turns."""
        view = self.view()
        view.turns = self.turns
        return view

    def _admit_operators(self) -> None:
        """Give operators a lane once there are any; it begins with silence, so that the first word is not the noise."""
        if "operator" not in self._lanes:
            lane = Lane("operator", self._format.rate, self._played / self._format.rate - _TO_DECIDE)
            lane.feed(_silence(self._format.rate))
            self._lanes["operator"] = lane

    def _laid_out(self, pieces: list[Piece], count: int) -> Samples:
        """The next `count` samples of a leg with these pieces in it."""
        if not pieces or count <= 0:
            return np.zeros(max(0, count), np.float32)
        return decode(laid_out(pieces, self._started, self._played, count, self._format), self._format)

    def _hear_caller(self, samples: Samples) -> None:
        lane = self._lanes["caller"]
        lane.offset = self._arrivals.offset
        if len(samples):
            lane.feed(samples)
            self._returns.caller(samples, lane.offset)

    def _decide(self) -> None:
        until = min(lane.settled for lane in self._lanes.values())
        self._tell(until)
        self._floor.advance(until)
        self._note(self._barge_ins.advance(until))

    def _tell(self, until: float) -> None:
        changes = chain.from_iterable(lane.changes(until) for lane in self._lanes.values())
        for change in sorted(changes, key=attrgetter("at")):
            while self._take_overs and self._take_overs[0][0] <= change.at:
                self._responses.take_over(self._take_overs.popleft()[1])
                self._barge_ins.drop()
            self._floor.take(change)
            response = self._responses.take(change)
            self._list.take(change, self._operator, response)
            if response is not None:
                self._response.add(milliseconds(response))
            self._note(self._barge_ins.take(change))

    def _note(self, barge_in: BargeIn | None) -> None:
        if barge_in is None:
            return
        self._list.interrupted(barge_in)
        if barge_in.stopped_after is not None:
            self._stop.add(milliseconds(barge_in.stopped_after))

    def _talk(self, speaker: Speaker) -> Talk:
        spoken = self._floor.talk
        total = sum(spoken.values())
        return Talk(ms=milliseconds(spoken[speaker]), share=round(spoken[speaker] / total, 3) if total else None)


def _silence(rate: int) -> Samples:
    return np.zeros(round(_TO_DECIDE * rate), np.float32)


def measure(caller: Samples, far: Samples, rate: int) -> TurnsView:
    """All figures of a recorded call, both legs aligned and at `rate` (Hz); the far end is taken for an agent."""
    audio_format = AudioFormat(L16, rate)
    turns = Turns(audio_format, 0.0)
    step = rate * _FEED_MS // 1000
    length = max(len(caller), len(far))
    for begin in range(0, length, step):
        end = min(begin + step, length)
        start_s, end_s = begin / rate, end / rate
        turns.caller(encode(caller[begin:end], audio_format), end_s)
        turns.far([Piece(start_s, end_s, encode(far[begin:end], audio_format), "")], end_s)
    turns.finish(length / rate)
    return turns.report()

"""What happened on one stream, as things on one time axis: turns, checkpoints, clears, interventions, events.

Times are seconds since the stream began. Live streams and recordings are drawn from the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from bridge.wire.events import Event
from bridge.wire.level import Level
from bridge.wire.turns import Turn, TurnsView
from bridge.wire.views import CheckpointView, ClearView

MomentKind = Literal["dtmf", "callback", "end", "event"]
Kind = Literal["speech", "response", "barge-in", "checkpoint", "clear", "step", "whisper", MomentKind]

_STEPS = {"whisper", "talk", "takeover"}
_TOLD_BY_LEDGER = {"checkpoint", "playedStream", "clear", "clearAudio", "clearedAudio"}
_SETTLES: dict[str, Kind] = {"playedStream": "checkpoint", "clearedAudio": "clear"}
_SAME_S = 0.005
"""What Plivo said of a checkpoint and what the ledger has of it differ by less than this."""
_ENDS = {"stop", "ended", "hangup", "closed"}


@dataclass(frozen=True, slots=True)
class Item:
    """Something on the time axis."""

    kind: Kind
    start: float
    end: float | None
    """The same as `start` for a moment; None while it goes on."""
    label: str
    """A word or a figure, for where there is little room."""
    text: str
    """A sentence."""
    who: str = ""
    """Whose it is: a turn's speaker, an operator's name, an event's source."""
    level: Level = "info"
    event: Event | None = None

    def within(self, start: float, end: float) -> bool:
        """Whether any of it is in this time, its end left out."""
        return self.start < end and (self.end is None or max(self.end, self.start + 1e-9) > start)


class Timeline:
    """The items of one stream. Events are taken once; the ledger and the turns replace what they said before.

    `origin` is second 0 (UTC), and `turns_from` the second of the stream's start, which turns count from.
    """

    def __init__(self, origin: datetime, turns_from: float = 0.0) -> None:
        self.origin = origin
        self._turns_from = turns_from
        self.events: list[Event] = []
        """Every event of the stream, in order."""
        self.turns: TurnsView | None = None
        self.revision = 0
        """Grows when an item comes or changes."""
        self._of_events: list[Item] = []
        self._open: dict[str, Event] = {}
        self._steps: list[Item] = []
        self._of_ledger: list[Item] = []
        self._ledger_from = float("inf")
        self._settled: list[Item] = []
        self._of_turns: list[Item] = []

    @property
    def items(self) -> Iterator[Item]:
        """All of them, in no order."""
        yield from self._of_turns
        yield from self._of_ledger
        yield from (item for item in self._settled if item.start < self._ledger_from - _SAME_S)
        yield from self._steps
        for event in self._open.values():
            yield self._step(event, None)
        yield from self._of_events

    @property
    def decided(self) -> float:
        """Up to here it is known who spoke."""
        return self._turns_from + self.turns.at_ms / 1000 if self.turns else 0.0

    def seconds(self, at: datetime) -> float:
        """A time as seconds since the stream began."""
        return (at - self.origin).total_seconds()

    def at(self, start: float, end: float) -> list[Item]:
        """The items in this time: moments first, then the shorter before the longer."""
        found = [item for item in self.items if item.within(start, end)]
        return sorted(found, key=lambda item: (float("inf") if item.end is None else item.end - item.start, item.start))

    def next(self, after: float, step: int) -> float | None:
        """When the next item begins (`step` 1) after a time, or the one before it (-1)."""
        starts = {item.start for item in self.items if item.kind != "speech"}
        if step > 0:
            return min((start for start in starts if start > after + 1e-6), default=None)
        return max((start for start in starts if start < after - 1e-6), default=None)

    def event_near(self, at: float, within: float) -> Event | None:
        """The event nearest to a time, if one is no further away than this."""
        nearest = min(self.events, key=lambda event: abs(self.seconds(event.at) - at), default=None)
        return nearest if nearest and abs(self.seconds(nearest.at) - at) <= within else None

    def take_events(self, events: Iterable[Event]) -> None:
        """Add newer events of this stream."""
        for event in events:
            self.events.append(event)
            self._take(event)
            self.revision += 1

    def take_ledger(self, checkpoints: Sequence[CheckpointView], clears: Sequence[ClearView]) -> None:
        """Go by these checkpoints and clears."""
        items = [self._checkpoint(checkpoint) for checkpoint in checkpoints]
        items += [self._clear(clear) for clear in clears]
        if items != self._of_ledger:
            self._of_ledger = items
            self._ledger_from = min((item.start for item in items), default=float("inf"))
            self.revision += 1

    def take_turns(self, turns: TurnsView) -> None:
        """Go by these turns."""
        if turns != self.turns:
            self.turns = turns
            self._of_turns = [item for turn in turns.turns for item in _of_turn(turn, self._turns_from)]
            self.revision += 1

    def _take(self, event: Event) -> None:
        operator = event.data.get("operator", "")
        if event.source == "operator" and event.event in _STEPS:
            if begun := self._open.pop(operator, None):
                self._steps.append(self._step(begun, event))
            if event.data.get("on", True):
                self._open[operator] = event
        elif event.event in _ENDS:
            self._end_steps(event)
            self._of_events.append(self._moment("end", event.event, event))
        elif event.event in _SETTLES and "took_ms" in event.data:
            self._settled.append(self._settled_item(event))
        elif event.event not in _TOLD_BY_LEDGER or event.level != "info":
            kind, label = _kind_and_label(event)
            self._of_events.append(self._moment(kind, label, event))

    def _end_steps(self, by: Event) -> None:
        self._steps += [self._step(begun, by) for begun in self._open.values()]
        self._open.clear()

    def _settled_item(self, event: Event) -> Item:
        """A checkpoint or clear by what Plivo said of it: the ledger holds only the newest."""
        end = self.seconds(event.at)
        label = str(event.data.get("name", "clear"))
        return Item(_SETTLES[event.event], end - event.data["took_ms"] / 1000, end, label, event.text)

    def _moment(self, kind: Kind, label: str, event: Event) -> Item:
        at = self.seconds(event.at)
        return Item(kind, at, at, label, event.text, event.source, event.level, event)

    def _step(self, begun: Event, ended: Event | None) -> Item:
        operator = str(begun.data.get("operator", ""))
        end = None if ended is None else self.seconds(ended.at)
        start = self.seconds(begun.at)
        lasted = "" if end is None else f" for {end - start:.1f} s"
        text = f"{begun.text.rstrip('.')}{lasted}."
        kind: Kind = "whisper" if begun.event == "whisper" else "step"
        return Item(kind, start, end, f"{begun.event} {operator}", text, operator, begun.level, begun)

    def _checkpoint(self, checkpoint: CheckpointView) -> Item:
        sent = self.seconds(checkpoint.sent_at)
        name = f"Checkpoint {checkpoint.name}"
        if checkpoint.played_at is not None:
            played = self.seconds(checkpoint.played_at)
            by = ", which the bridge said in Plivo's place" if checkpoint.held else ""
            text = f"{name}: played {round((played - sent) * 1000)} ms after it was sent{by}."
            return Item("checkpoint", sent, played, checkpoint.name, text)
        due = sent if checkpoint.due_at is None else max(sent, self.seconds(checkpoint.due_at))
        if checkpoint.cleared:
            return Item("checkpoint", sent, sent, checkpoint.name, f"{name}: cleared before it was played.", "cleared")
        if checkpoint.overdue:
            text = f"{name}: overdue, it should have been played {round((due - sent) * 1000)} ms after it was sent."
            return Item("checkpoint", sent, None, checkpoint.name, text, level="warning")
        return Item("checkpoint", sent, None, checkpoint.name, f"{name}: not played so far.")

    def _clear(self, clear: ClearView) -> Item:
        sent = self.seconds(clear.sent_at)
        if clear.acknowledged_at is None:
            return Item("clear", sent, None, "clear", "Clear: not acknowledged yet.")
        took = round((clear.acknowledged_at - clear.sent_at).total_seconds() * 1000)
        text = f"Clear: acknowledged after {took} ms."
        return Item("clear", sent, self.seconds(clear.acknowledged_at), "clear", text)


def _kind_and_label(event: Event) -> tuple[MomentKind, str]:
    if event.event == "dtmf":
        return "dtmf", str(event.data.get("digit", ""))
    if event.event == "sendDTMF":
        return "dtmf", str(event.data.get("digits", ""))
    return "callback" if event.source == "callback" else "event", event.event


def _of_turn(turn: Turn, turns_from: float) -> Iterator[Item]:
    start = turns_from + turn.start_ms / 1000
    end = None if turn.end_ms is None else turns_from + turn.end_ms / 1000
    who = turn.operator or f"the {turn.speaker}"
    lasted = "" if end is None else f" for {end - start:.1f} s"
    yield Item("speech", start, end, "", f"Turn of {who}{lasted}.", turn.speaker)
    if turn.response_ms is not None:
        took = turn.response_ms / 1000
        text = f"The agent answered after {turn.response_ms} ms."
        yield Item("response", start - took, start, f"{turn.response_ms} ms", text, turn.speaker)
    if turn.barge_in:
        stop = start if turn.stop_ms is None else start + turn.stop_ms / 1000
        when = "did not stop" if turn.stop_ms is None else f"was silent after {turn.stop_ms} ms"
        label = "barge-in" if turn.stop_ms is None else f"{turn.stop_ms} ms"
        yield Item("barge-in", start, stop, label, f"The caller interrupted: the agent {when}.", turn.speaker)

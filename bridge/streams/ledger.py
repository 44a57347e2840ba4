"""The playback ledger of one stream: what Plivo still has to play, every checkpoint and every clear.

It reckons on the playout clock and is put right by what Plivo says (`playedStream`, `clearedAudio`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TypeVar

from bridge.streams.clock import Moment
from bridge.streams.playback import Mark, PlaybackQueue
from bridge.wire.formats import AudioFormat
from bridge.wire.views import CheckpointView, ClearView

AGENT = "agent"
"""As the name of the source: the bot."""
KEPT = 100
"""Checkpoints and clears kept per stream; the journal has them all as events."""
_MOST_OWED = 1_000
"""The same of those that the agent waits for: a sentence may come with a checkpoint behind every 20 ms."""
_LEVEL_WINDOW = 0.1
_MOST_BEHIND_S = 1.0
"""A voice that comes faster than it is played is not heard later than this; a mix has the same bound."""
_OVERDUE_AFTER = 2.0
"""Seconds past its due time at which a checkpoint without an answer is called overdue."""

Settled = Callable[[Moment], None]
"""Called once when Plivo has answered."""


@dataclass(slots=True, eq=False)
class Checkpoint:
    """A checkpoint from its sending to its end."""

    mark: Mark
    view: CheckpointView
    settled: list[Settled] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """True until it was played or cleared."""
        return self.view.played_at is None and not self.view.cleared

    @property
    def owed(self) -> bool:
        """True while Plivo owes an answer to it."""
        return self.open and not self.view.held


@dataclass(slots=True, eq=False)
class Clear:
    """A `clearAudio` from its sending to its acknowledgement, with the checkpoints that it drops."""

    sent_mono: float
    view: ClearView
    drops: list[Checkpoint]
    settled: list[Settled] = field(default_factory=list)

    @property
    def open(self) -> bool:
        """True until it was acknowledged."""
        return self.view.acknowledged_at is None


_Sent = TypeVar("_Sent", Checkpoint, Clear)


class Ledger:
    """What was sent to Plivo on one stream, and what became of it."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self.queue = PlaybackQueue(audio_format)
        self.checkpoints: list[Checkpoint] = []
        self.clears: list[Clear] = []
        self.operators_wait: set[Checkpoint | Clear] = set()
        """What Plivo owes an answer to that the agent did not ask."""

    def play(self, payload: bytes, now: Moment, source: str) -> None:
        """Audio was sent."""
        self.queue.play(payload, now.mono, source)

    def checkpoint(self, name: str, now: Moment, by: str, held: PlaybackQueue | None = None) -> Checkpoint:
        """A checkpoint was sent to Plivo, or goes into a queue of the bridge's own."""
        mark = (held or self.queue).checkpoint(name, now.mono)
        view = CheckpointView(name=name, sent_at=now.utc, due_at=now.later(mark.due), by=by, held=held is not None)
        made = Checkpoint(mark, view)
        self._keep(self.checkpoints, made, by)
        return made

    def clear(self, now: Moment, by: str) -> Clear:
        """A clear was sent: the queue is empty as soon as Plivo reads it.

        It drops every checkpoint that Plivo has not reported by the time it acknowledges, also those that are due by
        our clock: Plivo's may be behind.
        """
        self.queue.clear(now.mono)
        drops = [checkpoint for checkpoint in self.checkpoints if checkpoint.owed]
        made = Clear(now.mono, ClearView(sent_at=now.utc, by=by), drops)
        self._keep(self.clears, made, by)
        return made

    def played(self, name: str, now: Moment) -> Checkpoint | None:
        """Plivo says that a checkpoint was played: the oldest open one of that name, else one that a clear dropped.

        Else one that the bridge has answered in Plivo's place while this was on its way. None when there is none.
        """
        named = [c for c in self.checkpoints if c.view.name == name]
        unplayed = [c for c in named if c.view.played_at is None]
        held = [c for c in named if c.view.held]
        checkpoint = next(chain((c for c in unplayed if c.owed), unplayed, held), None)
        if checkpoint is None or checkpoint.view.held:
            return checkpoint
        self.queue.reached(checkpoint.mark, now.mono)
        self.answered(checkpoint, now)
        return checkpoint

    def answered(self, checkpoint: Checkpoint, now: Moment) -> None:
        """It was played: Plivo said so, or the time came at which it would have been."""
        self.operators_wait.discard(checkpoint)
        checkpoint.view.played_at = now.utc
        checkpoint.view.overdue = False
        settle(checkpoint.settled, now)

    def cleared(self, now: Moment) -> Clear | None:
        """Plivo acknowledges the oldest open clear; None when none is open."""
        for clear in self.clears:
            if clear.open:
                clear.view.acknowledged_at = now.utc
                self.operators_wait.discard(clear)
                for checkpoint in clear.drops:
                    self.dropped(checkpoint, now)
                settle(clear.settled, now)
                return clear
        return None

    def newly_overdue(self, now: Moment) -> list[Checkpoint]:
        """The checkpoints that have become overdue since the last call."""
        self.queue.due(now.mono)
        late = []
        for checkpoint in self.checkpoints:
            is_late = now.mono > checkpoint.mark.due + _OVERDUE_AFTER
            if is_late and checkpoint.owed and not checkpoint.view.overdue:
                checkpoint.view.overdue = True
                late.append(checkpoint)
        return late

    def give_up(self, now: Moment) -> None:
        """The stream has ended: whoever waits for an answer of Plivo's waits in vain."""
        for checkpoint in self.checkpoints:
            settle(checkpoint.settled, now)
        for clear in self.clears:
            settle(clear.settled, now)

    def queued_ms(self, now: Moment) -> int:
        """Milliseconds that Plivo still has to play."""
        return round(self.queue.queued(now.mono) * 1000)

    def is_behind(self, now: Moment) -> bool:
        """Whether a voice that is sent now would be heard too late, as after a stall of the network it comes by."""
        return self.queue.queued(now.mono) > _MOST_BEHIND_S

    def lately(self, now: Moment) -> bytes:
        """What the caller heard in the last 100 ms, without the silence in it."""
        return b"".join(piece.payload for piece in self.queue.heard(now.mono - _LEVEL_WINDOW, now.mono))

    def pending(self, now: Moment) -> bool:
        """Whether Plivo has still something to play or to answer."""
        return self.queue.queued(now.mono) > 0 or any(checkpoint.owed for checkpoint in self.checkpoints)

    def set_aside(self, now: Moment) -> tuple[PlaybackQueue, dict[Mark, Checkpoint]]:
        """Take away what Plivo has still to play, with the agent's checkpoints in it: the bridge answers those."""
        rest, self.queue = self.queue, PlaybackQueue(self.queue.format)
        owed = [checkpoint for checkpoint in self.checkpoints if checkpoint.owed]
        for checkpoint in owed:
            checkpoint.mark.dropped = True
        agents = [checkpoint for checkpoint in owed if checkpoint.view.by == AGENT]
        for checkpoint in agents:
            checkpoint.view.held, checkpoint.view.overdue = True, False
        return rest, {checkpoint.mark: checkpoint for checkpoint in agents}

    def disown(self, now: Moment) -> None:
        """The agent is gone: what Plivo still has to answer of it is not for the next one."""
        for checkpoint in self.checkpoints:
            if checkpoint.view.by == AGENT and checkpoint.open:
                self._disown(checkpoint)
                if checkpoint.view.held:
                    self.dropped(checkpoint, now)
        for clear in self.clears:
            if clear.view.by == AGENT and clear.open:
                self._disown(clear)

    def requeue(self, checkpoint: Checkpoint, now: Moment) -> None:
        """One that was set aside was sent to Plivo again."""
        checkpoint.mark = self.queue.checkpoint(checkpoint.view.name, now.mono)
        checkpoint.view.due_at = now.later(checkpoint.mark.due)
        checkpoint.view.held = False

    def dropped(self, checkpoint: Checkpoint, now: Moment) -> None:
        """A clear took away what was before it."""
        self.operators_wait.discard(checkpoint)
        if checkpoint.open:
            checkpoint.view.cleared = True
            checkpoint.view.overdue = False
            settle(checkpoint.settled, now)

    def _keep(self, kept: list[_Sent], made: _Sent, by: str) -> None:
        """Remember something that was sent; for an answer to one that is forgotten nobody waits."""
        over = (sent for sent in kept if not (sent.open and sent.view.by == AGENT))
        for sent in list(islice(over, max(0, len(kept) + 1 - KEPT))):
            kept.remove(sent)
            self.operators_wait.discard(sent)
        del kept[: -(_MOST_OWED - 1)]
        kept.append(made)
        if by != AGENT:
            self.operators_wait.add(made)

    def _disown(self, sent: Checkpoint | Clear) -> None:
        sent.view.by = ""
        self.operators_wait.add(sent)


def settle(waiting: list[Settled], now: Moment) -> None:
    """Call everybody who waits, once."""
    called, waiting[:] = waiting[:], []
    for settled in called:
        settled(now)

"""The playback ledger of one stream: what Plivo still has to play, every checkpoint and every clear.

It reckons on the playout clock and is put right by what Plivo says (`playedStream`, `clearedAudio`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.audio.levels import payload_dbfs
from bridge.streams.clock import Moment
from bridge.streams.playback import Mark, PlaybackQueue
from bridge.wire.formats import AudioFormat
from bridge.wire.link import CheckpointView, ClearView

_KEPT = 100
"""Checkpoints and clears kept per stream; the journal has them all as events."""
_LEVEL_WINDOW = 0.1
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


@dataclass(slots=True, eq=False)
class Clear:
    """A `clearAudio` from its sending to its acknowledgement, with the checkpoints that it drops."""

    sent_mono: float
    view: ClearView
    drops: list[Checkpoint]
    settled: list[Settled] = field(default_factory=list)


class Ledger:
    """What was sent to Plivo on one stream, and what became of it."""

    def __init__(self, audio_format: AudioFormat) -> None:
        self.queue = PlaybackQueue(audio_format)
        self.checkpoints: deque[Checkpoint] = deque(maxlen=_KEPT)
        self.clears: deque[Clear] = deque(maxlen=_KEPT)

    def play(self, payload: bytes, now: Moment, source: str) -> None:
        """Audio was sent."""
        self.queue.play(payload, now.mono, source)

    def checkpoint(self, name: str, now: Moment) -> Checkpoint:
        """A checkpoint was sent."""
        mark = self.queue.checkpoint(name, now.mono)
        view = CheckpointView(name=name, sent_at=now.utc, due_at=now.later(mark.due))
        made = Checkpoint(mark, view)
        self.checkpoints.append(made)
        return made

    def clear(self, now: Moment) -> Clear:
        """A clear was sent: the queue is empty as soon as Plivo reads it.

        It drops every checkpoint that Plivo has not reported by the time it acknowledges, also those that are due by
        our clock: Plivo's may be behind.
        """
        self.queue.clear(now.mono)
        drops = [checkpoint for checkpoint in self.checkpoints if checkpoint.open]
        made = Clear(now.mono, ClearView(sent_at=now.utc), drops)
        self.clears.append(made)
        return made

    def played(self, name: str, now: Moment) -> Checkpoint | None:
        """Plivo says that a checkpoint was played: the oldest open one of that name, else one that a clear dropped.

        None when there is neither.
        """
        unplayed = [c for c in self.checkpoints if c.view.name == name and c.view.played_at is None]
        checkpoint = next((c for c in unplayed if c.open), next(iter(unplayed), None))
        if checkpoint is None:
            return None
        checkpoint.view.played_at = now.utc
        checkpoint.view.overdue = False
        self.queue.reached(checkpoint.mark, now.mono)
        settle(checkpoint.settled, now)
        return checkpoint

    def cleared(self, now: Moment) -> Clear | None:
        """Plivo acknowledges the oldest open clear; None when none is open."""
        for clear in self.clears:
            if clear.view.acknowledged_at is None:
                clear.view.acknowledged_at = now.utc
                for checkpoint in clear.drops:
                    self._drop(checkpoint, now)
                settle(clear.settled, now)
                return clear
        return None

    def newly_overdue(self, now: Moment) -> list[Checkpoint]:
        """The checkpoints that have become overdue since the last call."""
        self.queue.due(now.mono)
        late = []
        for checkpoint in self.checkpoints:
            is_late = now.mono > checkpoint.mark.due + _OVERDUE_AFTER
            if is_late and checkpoint.open and not checkpoint.view.overdue:
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

    def dbfs(self, now: Moment) -> float | None:
        """Level of what the caller heard in the last 100 ms, in dBFS; None for silence."""
        pieces = self.queue.heard(now.mono - _LEVEL_WINDOW, now.mono)
        return payload_dbfs(b"".join(piece.payload for piece in pieces), self.queue.format)

    @staticmethod
    def _drop(checkpoint: Checkpoint, now: Moment) -> None:
        if checkpoint.open:
            checkpoint.view.cleared = True
            checkpoint.view.overdue = False
            settle(checkpoint.settled, now)


def settle(waiting: list[Settled], now: Moment) -> None:
    """Call everybody who waits, once."""
    called, waiting[:] = waiting[:], []
    for settled in called:
        settled(now)

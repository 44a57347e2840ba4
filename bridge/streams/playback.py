"""The playout clock: what a playing end has received, has played, and has still to play.

One class with three uses: the emulator plays like Plivo with it, the bridge reckons with it what the caller has
heard (corrected by `playedStream`), and it is the sink of an agent that nobody is to hear for the moment.
Audio lies on a timeline: a piece starts when it arrives or when the piece before it ends, whichever is later.
Times are monotonic seconds given by the caller, and never go back.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from bridge.wire.formats import AudioFormat

_KEEP_PLAYED = 1.0
"""Seconds for which played audio can still be asked for with `heard`."""
_MOST_MARKS = 10_000
"""Checkpoints in a queue; of a sender that never stops setting them the oldest are lost."""
_KEEP_PAYLOADS = 120.0
"""Seconds of queue beyond which only durations are kept, so that a runaway sender cannot fill the memory."""


@dataclass(slots=True)
class Piece:
    """Audio on the timeline; `payload` is empty when only its length is known."""

    start: float
    end: float
    payload: bytes
    source: str


@dataclass(slots=True, eq=False)
class Mark:
    """A checkpoint in the queue: reached at `due`, when all audio before it has been played."""

    name: str
    due: float
    dropped: bool = False
    """True when a clear took the audio before it away."""


@dataclass(slots=True)
class PlaybackQueue:
    """The queue of one playing end, for audio of one format."""

    format: AudioFormat
    _pieces: list[Piece] = field(default_factory=list)
    _marks: list[Mark] = field(default_factory=list)
    _end: float = 0.0

    def play(self, payload: bytes, now: float, source: str = "") -> Piece:
        """Queue a payload in the queue's format; `source` says whose it is to whoever asks what is `heard`.

        Half a sample at a payload's end is left out.
        """
        payload = self.format.whole(payload)
        start = self._end if self._end > now else now
        end = start + len(payload) / self.format.bytes_per_second
        if start - now < _KEEP_PAYLOADS:
            piece = Piece(start, end, payload, source)
            self._pieces.append(piece)
        elif (piece := self._pieces[-1]).payload:
            piece = Piece(start, end, b"", source)
            self._pieces.append(piece)
        else:
            piece.end = end  # of a sender that never stops not even the pieces may pile up
        self._end = end
        if self._pieces[0].end < now - _KEEP_PLAYED:
            self._forget(now)
        return piece

    def play_run(self, payloads: Sequence[bytes], times: Sequence[float], source: str = "") -> None:
        """Queue several payloads, each at its time; those that follow one another without a pause are one piece."""
        rate, whole, end = self.format.bytes_per_second, self.format.whole, self._end
        since, together = times[0], list[bytes]()
        for payload, at in zip(payloads, times, strict=True):
            if at > end:
                if together:
                    self.play(b"".join(together), since, source)
                since = end = at
                together = []
            together.append(whole(payload))
            end += len(together[-1]) / rate
        self.play(b"".join(together), since, source)

    def checkpoint(self, name: str, now: float) -> Mark:
        """Mark the end of what is queued; on an empty queue it is due at once."""
        mark = Mark(name, max(now, self._end))
        self._marks.append(mark)
        del self._marks[:-_MOST_MARKS]
        return mark

    def clear(self, now: float) -> list[Mark]:
        """Drop all audio not yet played, cutting the piece that is playing; returns the marks not yet due."""
        while self._pieces and self._pieces[-1].start >= now:
            self._pieces.pop()
        if self._pieces:
            self._cut(self._pieces[-1], now)
        self._end = min(self._end, now)
        dropped = [mark for mark in self._marks if mark.due > now]
        for mark in dropped:
            mark.dropped = True
        self._marks = [mark for mark in self._marks if mark.due <= now]
        return dropped

    def due(self, now: float) -> list[Mark]:
        """The marks reached by now that were not returned before, in order."""
        reached = _until(now, self._marks)
        del self._marks[: len(reached)]
        self._forget(now)
        return reached

    def queued(self, now: float) -> float:
        """Seconds still to play."""
        return max(0.0, self._end - now)

    def mute(self) -> None:
        """Let what is queued pass in silence, in its time."""
        for piece in self._pieces:
            piece.payload = b""

    def rest(self, now: float) -> list[tuple[bytes, list[Mark]]]:
        """What is still to be played, piece by piece in order, each with the marks at its end."""
        marks = list(self._marks)
        found: list[tuple[bytes, list[Mark]]] = []
        for piece in self._pieces:
            if piece.end > now:
                audio = piece.payload and self._slice(piece, max(now, piece.start), piece.end).payload
                at_end = _until(piece.end, marks)
                marks = marks[len(at_end) :]
                found.append((audio, at_end))
        return [*found, (b"", marks)] if marks else found

    def reached(self, mark: Mark, now: float) -> None:
        """The far end says that it reached this mark now: what is before it has been played, the rest plays from now.

        The clock was early or late by `now - mark.due`. A mark that was dropped corrects nothing: the far end had
        played up to it before it knew of the clear.
        """
        if mark.dropped:
            return
        before = [piece for piece in self._pieces if piece.start < mark.due]
        behind = [piece for piece in self._pieces if piece.start >= mark.due]
        ends = [piece.end for piece in behind]
        for piece in before:
            self._cut(piece, now)
        self._end = now
        for piece in behind:
            piece.start, piece.end = self._end, self._end + piece.end - piece.start
            self._end = piece.end
        self._marks = [other for other in self._marks if other is not mark]
        for other in self._marks:
            if other.due < mark.due:
                other.due = min(other.due, now)
            else:
                played_before = bisect_right(ends, other.due)
                other.due = behind[played_before - 1].end if played_before else now

    def heard(self, since: float, until: float) -> list[Piece]:
        """What was or will be played between two times, in order, cut to whole samples; silence is left out."""
        found = []
        for piece in self._pieces:
            if piece.start >= until:
                break
            if piece.end > since and piece.payload:
                whole = since <= piece.start and piece.end <= until
                found.append(piece if whole else self._slice(piece, max(since, piece.start), min(until, piece.end)))
        return found

    def _slice(self, piece: Piece, start: float, end: float) -> Piece:
        first, last = (self._offset(piece, at) for at in (start, end))
        return Piece(start, end, piece.payload[first:last], piece.source)

    def _cut(self, piece: Piece, end: float) -> None:
        """Let a piece end at `end` at the latest; one that would begin later is empty."""
        if end < piece.end:
            piece.start = min(piece.start, end)
            piece.payload = piece.payload[: self._offset(piece, end)]
            piece.end = end

    def _offset(self, piece: Piece, at: float) -> int:
        return round((at - piece.start) * self.format.rate) * self.format.sample_bytes

    def _forget(self, now: float) -> None:
        del self._pieces[: bisect_left(self._pieces, now - _KEEP_PLAYED, key=attrgetter("end"))]


def _until(due: float, marks: list[Mark]) -> list[Mark]:
    return marks[: bisect_right(marks, due, key=attrgetter("due"))]


def laid_out(pieces: Iterable[Piece], origin: float, first: int, count: int, audio_format: AudioFormat) -> bytes:
    """Pieces on the stretch of `count` samples that begins `first` samples after `origin`, silence between them."""
    size = audio_format.sample_bytes
    stretch = bytearray(audio_format.silence * count)
    for piece in pieces:
        at = round((piece.start - origin) * audio_format.rate) - first
        payload = piece.payload[max(0, -at) * size : max(0, count - at) * size]
        begin = max(0, at) * size
        stretch[begin : begin + len(payload)] = payload
    return bytes(stretch)

"""Where in a recording one is: what the speakers say, or the clock where nothing is heard."""

from __future__ import annotations

from collections.abc import Callable

from bridge.phone.pipe import PhoneState

_STALE_S = 0.5
"""Reports of the phone that come sooner after a move are of before it."""
_PATIENCE_S = 5.0
"""How long the phone may take to begin, before it goes on without."""
_END_S = 0.5
"""The last report before the end is at most so far from it."""


class Playhead:
    """Moves through so many `seconds`; `clock` gives monotonic seconds."""

    def __init__(self, seconds: float, clock: Callable[[], float]) -> None:
        self._seconds = seconds
        self._clock = clock
        self._moved_at = self._ticked_at = clock()
        self.at = 0.0
        """Seconds from the beginning."""
        self.playing = False
        self.heard = False
        """The speakers play it."""

    def play(self) -> None:
        """Go on from here, or from the beginning where this is the end."""
        self.move(0.0 if self.at >= self._seconds else self.at)
        self.playing = True

    def pause(self) -> None:
        """Stay here."""
        self.playing = self.heard = False

    def move(self, seconds: float) -> None:
        """Be there."""
        self.at = max(0.0, min(seconds, self._seconds))
        self._moved_at = self._ticked_at = self._clock()

    def tick(self, phone: PhoneState) -> None:
        """Time went by; `phone` says what is heard."""
        now = self._clock()
        passed, self._ticked_at = now - self._ticked_at, now
        since_move = now - self._moved_at
        if not self.playing or (self.heard and since_move < _STALE_S):
            return
        was_heard, self.heard = self.heard, phone.played_s is not None and not is_silent(phone)
        if phone.played_s is not None and self.heard:
            self.at = min(phone.played_s, self._seconds)
        elif was_heard and self.at >= self._seconds - _END_S:
            self.at = self._seconds
        elif is_silent(phone) or was_heard or since_move > _PATIENCE_S:
            self.at = min(self.at + passed, self._seconds)
        if self.at >= self._seconds:
            self.pause()


def is_silent(phone: PhoneState) -> bool:
    """Whether there is no sound to wait for."""
    return bool(phone.problem) and not phone.output_device

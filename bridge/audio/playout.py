"""The playout buffer of a live leg: media comes in pieces of uneven timing, sound goes out evenly.

Over TCP nothing is lost and everything can come late, so a buffer that only waits would keep each stall as delay for
the rest of the call. This one waits a little before it plays, waits longer when that was too short, and gives the
delay back as soon as the least it held over a second shows that it was not needed. What it has to do to the sound
(skip, pause, resume) it does under short fades, so that nothing clicks.

Time is counted in samples pulled: whoever pulls at the pace of a device is the clock. Until somebody pulls, nobody
waits for anything, and nothing is held.
"""

from __future__ import annotations

import numpy as np

from bridge.audio.codec import Samples

SHORTEST_WAIT_MS = 30
LONGEST_WAIT_MS = 150
"""How long a piece waits before it plays, after silence."""
_LATE_MS = 20
"""The wait grows by this when a piece came too late."""
_FORGIVE_MS = 2
"""The wait shrinks by this in every second in which none did."""
_SPARE_MS = 15
"""What may be held beyond the wait before it is skipped: pieces come in 20 ms, and clocks differ a little."""
_WATCH_MS = 1000
_MOST_HELD_MS = 1000
_LEAST_LOST_MS = 15
"""A smaller jump in position is a coarse clock and no lost media, which is 20 ms at least."""
_MOST_SILENCE_MS = 100
"""Lost media keeps its place as silence, up to this."""
_FADE_MS = 5


class Playout:
    """The live playout buffer of one leg at `rate` (Hz)."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._fade = self._samples(_FADE_MS)
        self._held = np.zeros(0, np.float32)
        self._last = np.zeros(0, np.float32)
        self._next_position: int | None = None
        self._pulled = False
        self._playing = False
        self._late = False
        self._wait = self._samples(SHORTEST_WAIT_MS)
        self._waited = 0
        self._least_held = 0
        self._watched = 0
        self.underruns = 0
        """Times that media came too late for its turn."""
        self.trimmed = 0
        """Samples skipped to keep the delay small."""

    @property
    def depth_ms(self) -> int:
        """How much is held."""
        return len(self._held) * 1000 // self._rate

    def push(self, samples: Samples, position: int) -> None:
        """Take a piece; `position` is the number of the leg's samples before it."""
        missing = 0 if self._next_position is None else position - self._next_position
        self._next_position = position + len(samples)
        if not self._pulled:
            return
        lost = missing >= self._samples(_LEAST_LOST_MS)
        if self._playing and lost:
            samples = self._after_silence(samples, missing)
        elif not self._playing and not len(self._held):
            self._waited = 0
            self._late = not lost and len(self._last) > 0
        self._held = np.concatenate((self._held, samples))
        if len(self._held) > self._samples(_MOST_HELD_MS):
            self._trim(len(self._held) - self._wait)

    def pull(self, count: int) -> Samples:
        """The next `count` samples to be heard; silence where there are none."""
        self._pulled = True
        if not self._playing and not self._start(count):
            return np.zeros(count, np.float32)
        if len(self._held) < count:
            return self._run_dry(count)
        self._last, self._held = self._held[:count], self._held[count:]
        self._watch(count)
        return self._last

    def _samples(self, milliseconds: int) -> int:
        return self._rate * milliseconds // 1000

    def _start(self, count: int) -> bool:
        if not len(self._held):
            return False
        if self._waited < self._wait:
            self._waited += count
            return False
        if self._late:
            self.underruns += 1
            self._wait = min(self._wait + self._samples(_LATE_MS), self._samples(LONGEST_WAIT_MS))
        self._fade_in(self._held)
        self._playing = True
        self._watch_anew()
        return True

    def _run_dry(self, count: int) -> Samples:
        """Play what is left, and fade out over its mirror image: it goes on where the sound stopped."""
        known = np.concatenate((self._last, self._held))[-count:]
        left = np.concatenate((self._held, known[::-1], np.zeros(count, np.float32)))[:count]
        self._held = self._held[:0]
        self._playing = False
        return left * np.linspace(1, 0, count, dtype=np.float32)

    def _after_silence(self, samples: Samples, missing: int) -> Samples:
        edge = min(self._fade, len(self._held))
        if edge:
            self._held[-edge:] *= np.linspace(1, 0, edge, dtype=np.float32)
        silence = np.zeros(min(missing, self._samples(_MOST_SILENCE_MS)), np.float32)
        samples = samples.copy()
        self._fade_in(samples)
        return np.concatenate((silence, samples))

    def _fade_in(self, samples: Samples) -> None:
        edge = min(self._fade, len(samples))
        samples[:edge] *= np.linspace(0, 1, edge, dtype=np.float32)

    def _watch(self, count: int) -> None:
        """Over each second, see what was never needed, and skip it."""
        self._least_held = min(self._least_held, len(self._held))
        self._watched += count
        if self._watched < self._samples(_WATCH_MS):
            return
        surplus = self._least_held - self._wait
        if surplus > self._samples(_SPARE_MS):
            self._trim(surplus)
        self._wait = max(self._wait - self._samples(_FORGIVE_MS), self._samples(SHORTEST_WAIT_MS))
        self._watch_anew()

    def _watch_anew(self) -> None:
        self._watched = 0
        self._least_held = len(self._held)

    def _trim(self, count: int) -> None:
        """Skip `count` samples at the front of what is held, fading from what was next to what is next now."""
        kept = self._held[count:].copy()
        edge = min(self._fade, len(kept))
        up = np.linspace(0, 1, edge, dtype=np.float32)
        kept[:edge] = kept[:edge] * up + self._held[:edge] * (1 - up)
        self._held = kept
        self.trimmed += count

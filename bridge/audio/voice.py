"""Voice activity: when somebody begins and stops speaking, as positions of the sound itself.

Loudness in the band of speech is held against the noise that was there before. Each step of 5 ms that stands out adds
to the evidence of a voice, each that does not takes from it (Page's cumulative sum, 1954). The decision falls when
the evidence is full, 30 ms or more into the word; what is reported is the moment at which the evidence began to grow,
of a weak syllable just before it as well. So the times are those of the sound and not of the decision, at any level of
noise.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import copysign

import numpy as np

from bridge.audio.codec import Samples

STEP_MS = 5
HANG_MS = 200
"""A shorter gap (a closed consonant, a breath) ends nothing."""
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 7000.0
_FILTER_MS = 8
_QUIETEST_DBFS = -62.0
"""What is below this is never heard as noise: digital silence is no measure for a voice."""
_LEAST_CLEAR_DB = 5.0
_CLEAR_SPREADS = 1.5
"""A voice stands out from the noise by this many times the noise's own spread, and by the least above."""
_MIDWAY, _MOST_MIDWAY_DB = 0.4, 10.0
"""Where the voice is known, what stands out is what lies well between it and the noise, in reason."""
_STRONGEST_DB = 8.0
"""More than this no single step counts, for or against."""
_FULL = 36.0
_BURST = 30.0
_LINK_MS = 100
"""A burst is too short for a decision, yet a part of the word from which no longer silence parts it."""
_WATCH_STEPS = 20
_WATCHES = 20
_STEADY_DB = 4.0
"""A sound that never falls back to the noise within so many watches of 100 ms, and varies by no more than this between
them, is the new noise. A voice varies more, even in a sentence without a pause."""
_RISE, _FALL, _SPREAD_PACE, _VOICE_PACE = 1 / 200, 1 / 60, 1 / 50, 1 / 50
"""How much of a difference a step makes up for: noise is quickly believed to be less, slowly to be more."""
_NEW_STEPS, _MOST_AWAY_DB = 8, 10.0
"""The spread is not learned from the first steps, and what lies further off does not widen it more."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The beginning (`speaking`) or the end of speech, at a position in samples since the first that was fed."""

    speaking: bool
    at: int


class Voice:
    """The voice activity of one leg at `rate` (Hz)."""

    def __init__(self, rate: int) -> None:
        self._step = rate * STEP_MS // 1000
        self._taps = _band_pass(rate)
        self._unfiltered = np.zeros(0, np.float32)
        self._unmeasured = np.zeros(0, np.float32)
        self._position = len(self._taps) // 2
        self._levels = _Levels()
        self._evidence = 0.0
        self._grew_at = 0
        self._burst_at, self._burst_end = 0, -rate
        self.speaking = False
        """Whether there is speech, as far as it is decided."""

    @property
    def certain(self) -> bool:
        """Whether there is a voice at this very moment: not in gaps, and not while an end is waited for."""
        return self._evidence == _FULL

    @property
    def settled(self) -> int:
        """The position before which no edge will be found any more."""
        if self.speaking:
            return self._burst_end
        if self._position - self._burst_end <= self._step * _LINK_MS // STEP_MS:
            return self._burst_at
        return self._grew_at if self._evidence else self._position

    @property
    def noise_dbfs(self) -> float:
        """Level of what is heard when nobody speaks, in the band of speech; -62 at least."""
        return self._levels.noise

    def feed(self, samples: Samples) -> list[Edge]:
        """Take the next samples, any number; returns what has been decided with them, oldest first."""
        known = np.concatenate((self._unfiltered, samples))
        self._unfiltered = known[max(0, len(known) - len(self._taps) + 1) :]
        if len(known) < len(self._taps):
            return []
        if self._nothing_is_pending and not known.any():
            self._pass_silence(len(known) - len(self._taps) + 1)
            return []
        waiting = np.concatenate((self._unmeasured, np.correlate(known, self._taps, "valid")))
        steps = len(waiting) // self._step
        measured, self._unmeasured = waiting[: steps * self._step], waiting[steps * self._step :]
        in_steps = measured.reshape(steps, self._step)
        power = np.einsum("ij,ij->i", in_steps, in_steps) / self._step
        levels = 10 * np.log10(np.maximum(power, 10 ** (_QUIETEST_DBFS / 10)))
        return [edge for level in levels.tolist() if (edge := self._take(level))]

    @property
    def _nothing_is_pending(self) -> bool:
        return not self._evidence and not self.speaking and not self._unmeasured.any()

    def _pass_silence(self, count: int) -> None:
        """Take so many samples of digital silence at once: most far ends say nothing most of the time."""
        steps, left = divmod(len(self._unmeasured) + count, self._step)
        self._unmeasured = np.zeros(left, np.float32)
        self._position += steps * self._step
        self._levels.rest(steps)

    def _take(self, level: float) -> Edge | None:
        """Weigh one step's level (dBFS)."""
        if self._evidence == 0:
            self._grew_at = self._position
        self._position += self._step
        clear = level - self._levels.clear
        if abs(clear) > _STRONGEST_DB:
            clear = copysign(_STRONGEST_DB, clear)
        evidence = self._evidence + clear
        self._evidence = 0.0 if evidence < 0 else _FULL if evidence > _FULL else evidence
        if self._evidence >= _BURST and clear > 0:
            self._burst()
        self._levels.hear(level, self.speaking, self.certain)
        return self._decide()

    def _burst(self) -> None:
        """There is a voice in the last step."""
        if self._grew_at - self._burst_end > self._step * _LINK_MS // STEP_MS:
            self._burst_at = self._grew_at
        self._burst_end = self._position

    def _decide(self) -> Edge | None:
        if self.certain and not self.speaking:
            self.speaking = True
            return Edge(True, self._burst_at)
        if self.speaking and self._position - self._burst_end >= self._step * HANG_MS // STEP_MS:
            self.speaking = False
            return Edge(False, self._burst_end)
        return None


class _Levels:
    """How loud it is when nobody speaks, how much that varies, and how loud the voice is; in dB."""

    def __init__(self) -> None:
        self.noise = _QUIETEST_DBFS
        self.clear = self.noise + _LEAST_CLEAR_DB
        """The level from which on it is no noise."""
        self._voice = _QUIETEST_DBFS
        self._spread = 1.0
        self._heard = 0
        self._watch: list[float] = []
        self._watches: deque[float] = deque(maxlen=_WATCHES)

    def hear(self, level: float, voice: bool, certain: bool) -> None:
        """Take the level of a step, and whether there is a voice around it, and for certain in it."""
        if certain:
            self._voice += _VOICE_PACE * (level - self._voice)
        if not voice:
            self._follow(level)
        self.clear = self._find_clear()
        self._watch.append(level)
        if len(self._watch) == _WATCH_STEPS:
            self._watches.append(sum(self._watch) / _WATCH_STEPS)
            self._watch.clear()
            self._notice_new_noise()

    def rest(self, steps: int) -> None:
        """Take so many steps of digital silence, which is below all noise."""
        self._heard += steps
        self.noise += (1 - (1 - _FALL) ** steps) * (_QUIETEST_DBFS - self.noise)
        self._spread *= (1 - _SPREAD_PACE) ** steps
        self.clear = self._find_clear()
        self._watch.clear()
        self._watches.clear()

    def _find_clear(self) -> float:
        # Comparisons, as each step of each leg comes by here, and `max` takes three times as long.
        least = _MIDWAY * (self._voice - self.noise)
        if least > _MOST_MIDWAY_DB:
            least = _MOST_MIDWAY_DB
        if least < _LEAST_CLEAR_DB:
            least = _LEAST_CLEAR_DB
        spread = _CLEAR_SPREADS * self._spread
        return self.noise + (spread if spread > least else least)

    def _follow(self, level: float) -> None:
        self._heard += 1
        above = level - self.noise
        pace = _RISE if above > 0 else _FALL
        self.noise += (pace if pace * self._heard > 1 else 1 / self._heard) * above
        if self._heard > _NEW_STEPS:
            away = abs(above)
            self._spread += _SPREAD_PACE * ((away if away < _MOST_AWAY_DB else _MOST_AWAY_DB) - self._spread)

    def _notice_new_noise(self) -> None:
        quietest = min(self._watches)
        steady = len(self._watches) == _WATCHES and max(self._watches) - quietest <= _STEADY_DB
        if steady and quietest > self.clear:
            self.noise = quietest
            self.clear = self._find_clear()
            self._watches.clear()


def _band_pass(rate: int) -> Samples:
    """Taps of a filter that passes the band of speech (windowed sinc, odd length: its delay is half of it)."""
    half = rate * _FILTER_MS // 2000
    at = np.arange(-half, half + 1)
    edges = _LOWEST_HZ, min(_HIGHEST_HZ, 0.45 * rate)
    low, high = (2 * hz / rate * np.sinc(2 * hz / rate * at) for hz in edges)
    taps: Samples = ((high - low) * np.hamming(len(at))).astype(np.float32)
    return taps

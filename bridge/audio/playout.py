"""The playout buffer of a live leg: media comes in pieces of uneven timing, sound goes out evenly.

Over TCP nothing is lost and everything can come late, so a buffer that only waits would keep each stall as delay for
the rest of the call. This one knows how far the sound is behind the fastest media (its lead) and how far it should be
(`delay`), and makes up the difference by whole periods of the pitch, or freely where it is quiet (`stretch`). What is
not there in time is concealed (`conceal`). An even stream passes as it is.

Time is counted in samples pulled: whoever pulls at the pace of a device is the clock. Until somebody pulls, nobody
waits for anything, and nothing is held.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.conceal import Concealment
from bridge.audio.delay import BALANCED, Delay, Profile
from bridge.audio.stretch import Stretch, faded, lengthened, shortened

_MORE_MS, _LESS_MS = 8, 4
"""A lead that is longer or shorter than it should be by no more than this is left alone."""
_FAST_MS = 40
"""A lead that is off by more is made up fast."""
_SLOW_REST, _FAST_REST = 9, 2
"""After a change, so many times its length is played unchanged: 100 ms a second, 330 when fast."""
_LIKENESS = 0.9
"""How alike two periods must be, at first; less and less is asked while none is found."""
_SLOW_PATIENCE_MS, _FAST_PATIENCE_MS = 1000, 200
_FADE_MS = 5
_HISTORY_MS = 45
_MOST_HELD_MS = 1000
_LEAST_LOST_MS = 15
"""A smaller jump in position is a coarse clock and no lost media, which is 20 ms at least."""
_MOST_LOST_MS = 100
"""A larger jump in position is a pause of the sender."""


@dataclass(slots=True)
class _Run:
    """Media without a hole; `start` is the place of its first sample."""

    start: int
    samples: Samples

    @property
    def end(self) -> int:
        return self.start + len(self.samples)


class Playout:
    """The live playout buffer of one leg at `rate` (Hz)."""

    def __init__(self, rate: int, profile: Profile = BALANCED) -> None:
        self._rate = rate
        self._fade = self._samples(_FADE_MS)
        self._delay = Delay(rate, profile)
        self._stretch = Stretch(rate)
        self._runs: deque[_Run] = deque()
        self._next_position: int | None = None
        self._end = 0
        self._due = 0
        self._now = 0
        self._pulled = False
        self._playing = False
        self._past = np.zeros(self._samples(_HISTORY_MS), np.float32)
        self._concealment: Concealment | None = None
        self._in_speech = False
        self._gap = 0
        self._rest = 0
        self.underruns = 0
        """Times that media came too late for its turn."""
        self.concealed = 0
        """Samples of speech that were missing in their turn."""
        self.shortened = 0
        """Samples left out to keep the delay small."""
        self.lengthened = 0
        """Samples put in to make the delay longer."""

    @property
    def depth_ms(self) -> int:
        """How much is held."""
        return self._held * 1000 // self._rate

    @property
    def target_ms(self) -> int:
        """How much delay the leg's lateness asks for."""
        return self._delay.target * 1000 // self._rate

    def push(self, samples: Samples, position: int) -> None:
        """Take a piece; `position` is the number of the leg's samples before it."""
        missing = 0 if self._next_position is None else position - self._next_position
        self._next_position = position + len(samples)
        if not self._pulled or not len(samples):
            return
        start = self._end
        if missing >= self._samples(_LEAST_LOST_MS):
            start = max(start, min(start + missing, self._now - self._delay.fastest))
        self._delay.arrived(self._now - start, self._now)
        self._end = start + len(samples)
        if self._runs and self._runs[-1].end == start:
            self._runs[-1].samples = np.concatenate((self._runs[-1].samples, samples))
        else:
            self._runs.append(_Run(start, samples))
        if self._held > self._samples(_MOST_HELD_MS):
            self._skip()

    def pull(self, count: int) -> Samples:
        """The next `count` samples to be heard; silence where there are none."""
        self._pulled = True
        heard = self._play(count) if self._playing or self._begin() else self._conceal(count)
        self._now += count
        self._past = np.concatenate((self._past, heard))[len(heard) :]
        return heard

    def _samples(self, milliseconds: int) -> int:
        return self._rate * milliseconds // 1000

    @property
    def _held(self) -> int:
        return sum(len(run.samples) for run in self._runs)

    def _off(self, run: _Run) -> int:
        """How much longer than it should the next sample takes until it is heard, if it is heard now."""
        return self._now - self._delay.fastest - run.start - self._delay.target

    def _play(self, count: int) -> Samples:
        run = self._runs[0]
        self._adapt(run, count)
        if len(run.samples) < count:
            return self._run_dry(count)
        heard, run.samples = run.samples[:count], run.samples[count:]
        run.start += count
        self._stretch.follow(heard)
        return heard

    def _run_dry(self, count: int) -> Samples:
        """Play what is left of this run, and go on as if there were more."""
        run = self._runs.popleft()
        self._due = run.end
        past = np.concatenate((self._past, run.samples))[len(run.samples) :]
        self._concealment = Concealment(past, self._rate, self._stretch)
        self._in_speech = self._stretch.quiet(past) < len(past) // 2
        self._gap = 0
        self._playing = False
        return np.concatenate((run.samples, self._conceal(count - len(run.samples))))

    def _conceal(self, count: int) -> Samples:
        self._gap += count
        return self._concealment.next(count) if self._concealment else np.zeros(count, np.float32)

    def _begin(self) -> bool:
        """Begin with the next run if it is due, out of what was heard instead."""
        if not self._runs or self._off(self._runs[0]) < 0:
            return False
        run = self._runs[0]
        self._count_gap(run.start - self._due)
        fade = min(self._fade, len(run.samples))
        run.samples = np.concatenate((faded(self._conceal(fade), run.samples[:fade]), run.samples[fade:]))
        self._concealment = None
        self._playing = True
        return True

    def _count_gap(self, hole: int) -> None:
        if self._concealment and not hole:
            self.underruns += 1
        if self._in_speech and hole < self._samples(_MOST_LOST_MS):
            self.concealed += self._gap

    def _adapt(self, run: _Run, count: int) -> None:
        """Bring the lead nearer to what it should be, if something can be done without being heard."""
        self._rest -= count
        off = self._off(run)
        if -self._samples(_LESS_MS) <= off <= self._samples(_MORE_MS):
            self._rest = max(self._rest, 0)
        elif off > 0:
            self._catch_up(run, off)
        else:
            self._hold_back(run, -off)

    def _catch_up(self, run: _Run, off: int) -> None:
        most = min(off, len(run.samples) - self._delay.target)
        quiet = self._stretch.quiet(run.samples[: off + self._fade]) - self._fade
        if min(quiet, most) > 0:
            count, fade = min(quiet, most), self._fade
        else:
            count, likeness = self._stretch.period_ahead(run.samples, most)
            if not self._may_change(count, likeness, fast=off > self._samples(_FAST_MS)):
                return
            fade = count
        run.samples = shortened(run.samples, count, fade)
        run.start += count
        self.shortened += count

    def _hold_back(self, run: _Run, off: int) -> None:
        count = min(off, len(self._past))
        around = np.concatenate((self._past[-count:], run.samples[: self._fade]))
        if self._stretch.quiet(around) < len(around) // self._fade * self._fade:
            count, likeness = self._stretch.period_behind(self._past, run.samples)
            if not self._may_change(count, likeness, fast=False):
                return
        run.samples = lengthened(self._past, run.samples, count, min(count, len(run.samples)))
        run.start -= count
        self.lengthened += count

    def _may_change(self, count: int, likeness: float, *, fast: bool) -> bool:
        """Whether a period may go or come again now; if so, the sound is left alone for a while."""
        patience = self._samples(_FAST_PATIENCE_MS if fast else _SLOW_PATIENCE_MS)
        if not count or self._rest > 0 or likeness < _LIKENESS * (1 + self._rest / patience):
            return False
        self._rest = count * (_FAST_REST if fast else _SLOW_REST)
        return True

    def _skip(self) -> None:
        """Hold no more than is needed: what is this late, nobody waits for any more."""
        held = np.concatenate([run.samples for run in self._runs])
        count = len(held) - self._delay.target
        self._runs = deque([_Run(self._end - self._delay.target, shortened(held, count, self._fade))])
        self.shortened += count

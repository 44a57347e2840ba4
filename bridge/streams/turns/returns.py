"""Echo: what of the agent's speech comes back in the caller's leg, by how much weaker and how much later.

An echo rises and falls with what it is the echo of. So the power of both legs is compared in steps of 10 ms, over
windows of 5 s and at every delay up to 1.5 s (Pearson's correlation). Where it is high, the slope of the line through
the points (least squares) is the power of the echo against the agent's. Powers and not waveforms: on their way there
and back the waves are coded, filtered and delayed by changing times, and what comes back is not the same wave.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from math import log10
from statistics import median

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bridge.audio.codec import Samples
from bridge.wire.turns import Echo

_STEPS_PER_SECOND = 100
_WINDOW, _DELAYS = 500, 150
_LEAST_STEPS = 200
"""Steps of a window in which the agent must be heard: 2 s."""
_QUIET = 10**-5.0
"""Power (-50 dBFS) below which a step of the agent's tells nothing."""
_ALIKE, _UNLIKE = 0.7, 0.4
"""Correlation from which on it is an echo, and up to which it is none. Two people's speech has up to 0.6 by chance."""
_MOST_WINDOWS = 100
_KEPT = 1200
_NEXT_TO_NOTHING = 1e-20

Powers = NDArray[np.float64]


class Returns:
    """The echo in a stream at `rate` (Hz)."""

    def __init__(self, rate: int) -> None:
        self._agent, self._caller = _Powers(rate), _Powers(rate)
        self._judged_until = _DELAYS
        self._windows: deque[tuple[float, int] | None] = deque(maxlen=_MOST_WINDOWS)
        self.echo: Echo | None = None
        """What comes back, by the median of all windows; None until one could be judged."""

    def agent(self, samples: Samples) -> None:
        """Take what was played of the agent."""
        self._agent.add(samples)

    def caller(self, samples: Samples, offset: float) -> None:
        """Take the caller's leg; the first of all samples came `offset` seconds after the agent's first."""
        if not self._caller.count:
            self._caller.skip(round(offset * _STEPS_PER_SECOND))
        self._caller.add(samples)
        while min(self._agent.count, self._caller.count) >= self._judged_until + _WINDOW:
            self._judge()
            self._judged_until += _WINDOW

    def _judge(self) -> None:
        agent = self._agent.between(self._judged_until - _DELAYS, self._judged_until + _WINDOW)
        caller = self._caller.between(self._judged_until, self._judged_until + _WINDOW)
        spoken = np.flatnonzero(agent[_DELAYS:] > _QUIET)
        if len(spoken) < _LEAST_STEPS or len(caller) < _WINDOW:
            return
        # Column d of a row is what was played d steps before.
        played, heard = sliding_window_view(agent, _DELAYS + 1)[spoken, ::-1], caller[spoken]
        alike, slopes = _regress(played, heard)
        delay = int(np.argmax(alike))
        if alike[delay] >= _ALIKE:
            self._note((-10 * log10(slopes[delay]), delay * 1000 // _STEPS_PER_SECOND))
        elif alike[delay] <= _UNLIKE and heard.std() <= heard.mean():
            # Steady, so it is the noise of the line. Under the caller's own voice an echo could hide.
            self._note(None)

    def _note(self, window: tuple[float, int] | None) -> None:
        self._windows.append(window)
        heard = [found for found in self._windows if found is not None]
        if 2 * len(heard) < len(self._windows):
            self.echo = Echo(heard=False)
        else:
            losses, delays = zip(*heard, strict=True)
            self.echo = Echo(heard=True, loss_db=round(median(losses), 1), delay_ms=round(median(delays)))


class _Powers:
    """The power of a leg's last seconds, in steps of 10 ms."""

    def __init__(self, rate: int) -> None:
        self._step = rate // _STEPS_PER_SECOND
        self._rest = np.zeros(0, np.float32)
        self._steps: deque[float] = deque(maxlen=_KEPT)
        self.count = 0

    def skip(self, steps: int) -> None:
        """Nothing was to be heard for so long."""
        self.count += steps

    def add(self, samples: Samples) -> None:
        if len(self._rest):
            samples = np.concatenate((self._rest, samples))
        count = len(samples) // self._step
        self._rest = samples[count * self._step :]
        steps = samples[: count * self._step].reshape(count, self._step)
        self._steps.extend((np.einsum("ij,ij->i", steps, steps) / self._step).tolist())
        self.count += count

    def between(self, first: int, end: int) -> Powers:
        """Those from one step to another; none, or not all, if they are no longer (or were never) known."""
        known_from = self.count - len(self._steps)
        return np.array(list(islice(self._steps, max(0, first - known_from), max(0, end - known_from))))


def _regress(played: Powers, heard: Powers) -> tuple[Powers, Powers]:
    """Correlation and slope of what was heard with each column of what was played."""
    played = played - played.mean(axis=0)
    heard = heard - heard.mean()
    together = heard @ played
    own = np.einsum("ij,ij->j", played, played) + _NEXT_TO_NOTHING
    return together / np.sqrt(own * (heard @ heard + _NEXT_TO_NOTHING)), together / own

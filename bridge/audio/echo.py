"""Echo cancellation by WebRTC's own canceller (AEC3), if the extra `[aec]` is installed.

It works at 16, 32 or 48 kHz in blocks of 10 ms; other rates are brought there and back. The package is young, so
nothing else knows about it.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

import numpy as np

from bridge.audio.codec import Samples
from bridge.audio.resample import Resampler

_PACKAGE = "pywebrtc_audio"
_RATES = (16000, 32000, 48000)
_BLOCKS_PER_SECOND = 100
_MOST_AHEAD_MS = 500
"""How much the loudspeaker may play before the microphone is heard; what is older is dropped."""
_MOST_LEFT_MS = 20
"""How much of it may then be left over. More would come after its own echo, which no canceller can foresee."""


def why_not() -> str:
    """Why there is no echo cancellation, as a sentence; empty if there is."""
    if find_spec(_PACKAGE):
        return ""
    return "Echo cancellation is not installed: `pip install 'offhook[aec]'`, or use a headset."


class EchoCanceller:
    """Takes what the loudspeaker plays out of what the microphone hears, both at `rate` (Hz).

    With `suppress_noise` the microphone's noise goes, too. Raises ModuleNotFoundError where `why_not` has a reason.
    """

    def __init__(self, rate: int, *, suppress_noise: bool = False) -> None:
        inside = next((supported for supported in _RATES if supported >= rate), _RATES[-1])
        self._canceller = import_module(_PACKAGE).AudioProcessor(
            sample_rate=inside, echo_cancellation=True, noise_suppression=suppress_noise
        )
        self._block = inside // _BLOCKS_PER_SECOND
        self._most_ahead = inside * _MOST_AHEAD_MS // 1000
        self._most_left = inside * _MOST_LEFT_MS // 1000
        self._far_in, self._near_in = Resampler(rate, inside), Resampler(rate, inside)
        self._near_out = Resampler(inside, rate)
        self._played = np.zeros(0, np.float32)
        self._heard = np.zeros(0, np.float32)

    def far(self, samples: Samples) -> None:
        """Take what the loudspeaker plays, exactly."""
        self._played = np.concatenate((self._played, self._far_in.process(samples)))[-self._most_ahead :]

    def near(self, samples: Samples) -> Samples:
        """What the microphone hears without the echo: as many samples in the long run, up to 10 ms later."""
        self._heard = np.concatenate((self._heard, self._near_in.process(samples)))
        count = len(self._heard) // self._block * self._block
        heard, self._heard = self._heard[:count], self._heard[count:]
        played, self._played = self._played[:count], self._played[count:][-self._most_left :]
        if not count:
            return heard
        played = np.concatenate((played, np.zeros(count - len(played), np.float32)))
        return self._near_out.process(np.asarray(self._canceller.process(heard, played), np.float32))

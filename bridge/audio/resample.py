"""From one sample rate to another while the audio flows, with a small and constant delay.

libsamplerate's band-limited interpolation: flat to the edge of the telephone's band, images below what is heard.
It gives out each block as it comes (3 to 6 ms behind at 8 kHz); soxr's streams emit in bursts of up to 175 ms.
"""

from __future__ import annotations

import numpy as np
import samplerate  # type: ignore[import-not-found]

from bridge.audio.codec import Samples

_QUALITY = "sinc_medium"


class Resampler:
    """One stream of audio from `rate_in` to `rate_out` (Hz). Equal rates pass through untouched."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        self._ratio = rate_out / rate_in
        self._converter = None if rate_in == rate_out else samplerate.Resampler(_QUALITY, channels=1)

    def process(self, samples: Samples, *, last: bool = False) -> Samples:
        """The next samples at the other rate, a few more or fewer than the ratio says; with `last`, all that remain."""
        if self._converter is None:
            return samples
        resampled: Samples = self._converter.process(samples, self._ratio, end_of_input=last)
        return resampled


def resample(samples: Samples, rate_in: int, rate_out: int) -> Samples:
    """A whole recording at another rate (Hz)."""
    if not len(samples):
        return np.zeros(0, np.float32)
    return Resampler(rate_in, rate_out).process(samples, last=True)

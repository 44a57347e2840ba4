"""That the caller does not hear themselves: out of what the microphone hears goes what the speakers play beside it.

By an echo canceller where one is installed, else by turning the microphone down while the far end speaks; not at all
with a headset, whose microphone does not hear its speakers.
"""

from __future__ import annotations

from typing import Literal

from bridge.audio.codec import Samples
from bridge.audio.ducking import Ducking
from bridge.audio.echo import EchoCanceller, why_not
from bridge.audio.resample import Resampler
from bridge.phone.sentences import ducks, with_headset
from bridge.phone.settings import PhoneSettings

_HEADSETS = ("headset", "headphone", "earphone", "earbud", "airpods", "buds", "hands-free")


def is_headset(output_name: str, settings: PhoneSettings) -> bool:
    """Whether the microphone is taken not to hear this output device."""
    if settings.headset == "auto":
        return any(word in output_name.lower() for word in _HEADSETS)
    return settings.headset == "on"


class Unecho:
    """For one microphone at `rate` (Hz) beside one output device at `far_rate`."""

    def __init__(self, rate: int, far_rate: int, output_name: str, settings: PhoneSettings) -> None:
        self.headset = is_headset(output_name, settings)
        self._far_rate = Resampler(far_rate, rate)
        self._worker: EchoCanceller | Ducking | None = None
        self.how: Literal["cancelled", "ducked", "off"] = "off"
        """What is done about the echo."""
        self.because = ""
        """Why that, as a sentence; empty where there is nothing to say."""
        if self.headset:
            self.because = with_headset(output_name)
        elif reason := why_not():
            self._worker, self.how, self.because = Ducking(rate), "ducked", ducks(reason)
        else:
            self._worker, self.how = EchoCanceller(rate, suppress_noise=settings.noise_suppression), "cancelled"

    @property
    def suppresses_noise(self) -> bool:
        """Whether noise goes with the echo, if the settings want it to go."""
        return self.how == "cancelled"

    def far(self, played: Samples) -> None:
        """Take what the speakers play, exactly as it went to the device."""
        if self._worker is not None and len(played):
            self._worker.far(self._far_rate.process(played))

    def near(self, heard: Samples) -> Samples:
        """What the microphone hears, without the echo."""
        return heard if self._worker is None or not len(heard) else self._worker.near(heard)

"""What can be chosen about the sound besides devices, value by value."""

from __future__ import annotations

from dataclasses import dataclass

from bridge.phone.settings import PhoneSettings

_LABEL_CELLS = 19


@dataclass(frozen=True, slots=True)
class Choice:
    """A field of PhoneSettings with its values and what each means."""

    field: str
    label: str
    values: tuple[tuple[str | bool, str], ...]

    def line(self, settings: PhoneSettings) -> str:
        """The choice and its present value, in a line."""
        return f"{self.label:<{_LABEL_CELLS}}{dict(self.values)[getattr(settings, self.field)]}"

    def after(self, settings: PhoneSettings) -> str | bool:
        """The value after the present one; after the last, the first."""
        values = [value for value, _ in self.values]
        return values[(values.index(getattr(settings, self.field)) + 1) % len(values)]


CHOICES = (
    Choice(
        "profile",
        "Playout",
        (
            ("balanced", "balanced: as little delay as goes"),
            ("smooth", "smooth: more delay, fewer gaps on a bad network"),
        ),
    ),
    Choice(
        "headset",
        "Headset",
        (
            ("auto", "auto: told by the device's name"),
            ("on", "on: the microphone does not hear the speakers"),
            ("off", "off: the microphone hears the speakers"),
        ),
    ),
    Choice("gain", "Even loudness", ((True, "on"), (False, "off"))),
    Choice("noise_suppression", "Noise suppression", ((True, "on"), (False, "off"))),
)

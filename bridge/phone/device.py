"""Sound devices by way of PortAudio: the one place that imports sounddevice.

The import is made late and can fail (no PortAudio) or block for ever (a sound server that hangs): that is why the
phone is a process of its own. The callbacks run in PortAudio's thread and touch nothing but a ring and counters.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bridge.audio.ring import Ring
from bridge.phone.sentences import NO_DEVICE, cannot_open, no_portaudio, stands_still

Kind = Literal["input", "output"]
Block = NDArray[np.float32]
"""A moment of sound, of shape (samples, channels)."""

BLOCK_MS = 10
_RATE = 48000
"""Asked for first: the rate that a device says it likes best is often not true on ALSA."""
_RING_MS = 500
_LOST_AFTER = 0.4
"""Seconds without a callback after which a device is lost, even if PortAudio believes that it runs."""
_RUNS_WITHIN = 1.0
"""Seconds until a device runs."""
_RUNS_AFTER = 5
"""Callbacks after which it does: a device that is suspended asks for what fills its buffer, and then stands still."""


class SoundError(Exception):
    """There is no sound; the message is a sentence for the user."""


class Device(Struct, kw_only=True):
    """One sound device, as `offhook devices` lists it."""

    name: str
    kind: Kind
    default: bool
    channels: int
    rate: int
    """What the device says it likes best, in Hz."""
    latency_ms: float
    """What PortAudio calls its low latency."""


def list_devices() -> list[Device]:
    """The devices of the system's preferred sound interface. Raises SoundError when there are none, or no PortAudio."""
    sounddevice = _sounddevice()
    devices = [_device(kind, entry, default) for kind in _KINDS for entry, default in _entries(sounddevice, kind)]
    if not devices:
        raise SoundError(NO_DEVICE)
    return devices


def reinitialise() -> None:
    """Have PortAudio look again for what devices there are: it does so only once. All streams must be closed.

    Raises SoundError when there is no PortAudio, or no sound system.
    """
    sounddevice = _sounddevice()
    try:
        # sounddevice has no public name for these.
        sounddevice._terminate()
        sounddevice._initialize()
    except sounddevice.PortAudioError as error:
        raise SoundError(NO_DEVICE) from error


_KINDS: tuple[Kind, ...] = ("input", "output")


def _sounddevice() -> Any:
    try:
        import sounddevice  # type: ignore[import-untyped]
    except OSError as error:
        raise SoundError(no_portaudio()) from error
    return sounddevice


def _entries(sounddevice: Any, kind: Kind) -> list[tuple[dict[str, Any], bool]]:
    """The entries of one interface only: some systems list each device once for every interface that they have."""
    default = sounddevice.default.device[_KINDS.index(kind)]
    entries = sounddevice.query_devices()
    if not 0 <= default < len(entries):
        return []
    interface = entries[default]["hostapi"]
    return [
        (entry, entry["index"] == default)
        for entry in entries
        if entry["hostapi"] == interface and entry[f"max_{kind}_channels"] > 0
    ]


def _device(kind: Kind, entry: dict[str, Any], default: bool) -> Device:
    return Device(
        name=entry["name"],
        kind=kind,
        default=default,
        channels=entry[f"max_{kind}_channels"],
        rate=int(entry["default_samplerate"]),
        latency_ms=round(entry[f"default_low_{kind}_latency"] * 1000, 1),
    )


class _OpenDevice:
    """A device that runs. Raises SoundError when it cannot be opened, or none of its kind is there."""

    kind: Kind

    def __init__(self, name: str, wake: Callable[[], None]) -> None:
        sounddevice = _sounddevice()
        entry = self._choose(_entries(sounddevice, self.kind), name)
        self.name: str = entry["name"]
        self.channels = min(2, entry[f"max_{self.kind}_channels"])
        self.ring = Ring(_RING_MS * _RATE // 1000 * self.channels)
        self.xruns = 0
        """Blocks that were lost: PortAudio says so, or there was not enough in the ring in time."""
        self._wake = wake
        self._finished = False
        self._called_at = time.monotonic()
        self._calls = 0
        self._runs = threading.Event()
        self._stream = self._open(sounddevice, entry)
        self.rate = int(self._stream.samplerate)
        self.latency_ms: float = round(self._stream.latency * 1000, 1)

    def start(self) -> None:
        """Begin to call back, and wait until it does. Raises SoundError when the device refuses or stands still.

        What is raised leaves the device to be closed.
        """
        try:
            self._stream.start()
        except _sounddevice().PortAudioError as error:
            raise SoundError(cannot_open(self.kind, self.name, error)) from error
        if not self._runs.wait(_RUNS_WITHIN):
            raise SoundError(stands_still(self.kind, self.name))

    def lost(self) -> bool:
        """Whether the device is gone, or stands still without saying so."""
        return self._finished or time.monotonic() - self._called_at > _LOST_AFTER

    def close(self) -> None:
        """Stop at once and give the device back."""
        self._stream.abort(ignore_errors=True)
        self._stream.close(ignore_errors=True)

    def _choose(self, entries: list[tuple[dict[str, Any], bool]], name: str) -> dict[str, Any]:
        """By name, as numbers change. Raises SoundError when it is not there (any more)."""
        found = [entry for entry, default in entries if (entry["name"] == name if name else default)]
        if not found:
            raise SoundError(NO_DEVICE)
        return found[0]

    def _open(self, sounddevice: Any, entry: dict[str, Any]) -> Any:
        stream = sounddevice.OutputStream if self.kind == "output" else sounddevice.InputStream
        open_at = partial(
            stream,
            device=entry["index"],
            channels=self.channels,
            dtype="float32",
            latency="low",
            callback=self._callback,
            finished_callback=self._finish,
        )
        try:
            return open_at(samplerate=_RATE, blocksize=_RATE * BLOCK_MS // 1000)
        except sounddevice.PortAudioError:
            pass
        rate = int(entry["default_samplerate"])
        try:
            return open_at(samplerate=rate, blocksize=rate * BLOCK_MS // 1000)
        except sounddevice.PortAudioError as error:
            raise SoundError(cannot_open(self.kind, self.name, error)) from error

    def _callback(self, block: Block, frames: int, at: Any, status: Any) -> None:
        self._called_at = time.monotonic()
        self.xruns += bool(status.input_overflow or status.output_underflow)
        self._exchange(block)
        self._calls += 1
        if self._calls == _RUNS_AFTER:
            self._runs.set()
        self._wake()

    def _exchange(self, block: Block) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        self._finished = True


class OutputDevice(_OpenDevice):
    """Speakers or a headset: plays what is in the ring (the channels of a moment together), or silence."""

    kind = "output"

    def __init__(self, name: str, wake: Callable[[], None]) -> None:
        self.played = Ring(_RING_MS * _RATE // 1000)
        """What went to the device, in mono: what a microphone beside it may hear."""
        super().__init__(name, wake)

    def _exchange(self, block: Block) -> None:
        sound = block.reshape(-1)
        count = self.ring.read_into(sound)
        sound[count:] = 0
        self.xruns += count < len(sound) and self._runs.is_set()
        self.played.write(block.mean(axis=1))


class InputDevice(_OpenDevice):
    """A microphone: what it hears is in the ring, unless nobody fetched what is there for half a second."""

    kind = "input"

    def _exchange(self, block: Block) -> None:
        self.ring.write(block[:, 0])

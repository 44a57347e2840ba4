"""What the phone says when there is no sound: what is wrong, and what to do."""

from __future__ import annotations

import shutil
import sys

NO_DEVICE = (
    "This machine has no sound device: plug in a headset, or start the sound server. It is used once it is there."
)
NO_MICROPHONE = "There is no microphone, so you can listen but not talk: plug one in and choose it as the input."
DEVICE_LOST = "The sound device is gone. It is used again once it is back."

_INSTALL = {
    "apt": "sudo apt install libportaudio2",
    "dnf": "sudo dnf install portaudio",
    "pacman": "sudo pacman -S portaudio",
    "zypper": "sudo zypper install libportaudio2",
    "apk": "sudo apk add portaudio",
    "brew": "brew install portaudio",
}
"""By the package manager's command."""


def no_portaudio() -> str:
    """PortAudio is not installed."""
    commands = [command for manager, command in _INSTALL.items() if shutil.which(manager)]
    install = commands[0] if commands else "pip install --force-reinstall sounddevice"
    return f"There is no sound because PortAudio is not installed: run `{install}`, then listen again."


def not_answering() -> str:
    """The sound server blocks whoever asks it for something."""
    if sys.platform == "linux":
        restart = "restart it with `systemctl --user restart pipewire pipewire-pulse` (or `pulseaudio --kill`)"
    else:
        restart = "restart it, or the computer"
    return f"The sound server does not answer, so the phone was stopped: {restart}, then listen again."


def cannot_open(kind: str, name: str, reason: object) -> str:
    """A device is there and will not be opened."""
    return f"The {kind} device {name} cannot be opened ({reason}): close what else uses it, or choose another."


def stands_still(kind: str, name: str) -> str:
    """A device opens, and then nothing happens."""
    return f"The {kind} device {name} gives no sign of life: plug it in again, or choose another."


def lost_blocks(kind: str, name: str, count: int) -> str:
    """Sound did not come to a device, or from it, in time."""
    return f"The {kind} device {name} lost blocks of sound ({count}): this machine is too busy."


def ducks(why_not_better: str) -> str:
    """Half duplex, and how to have better."""
    return f"Your microphone is turned down while the far end speaks. {why_not_better}"


def with_headset(name: str) -> str:
    """Nothing is done about echo."""
    return f"With {name or 'a headset'} there is no echo to take away: the microphone does not hear the speakers."


def stood_in(kind: str, wanted: str, used: str) -> str:
    """Another device is used than the one that was chosen."""
    return f"The {kind} device {wanted} is not there, so {used} is used until it is back."


def missing_devices(chosen: dict[str, str], present: list[tuple[str, str]]) -> list[str]:
    """Which devices that were chosen (names by kind) are not among those that are present."""
    return [
        f"The {kind} device {name} was chosen and is not there: the default stands in for it."
        for kind, name in chosen.items()
        if name and (kind, name) not in present
    ]

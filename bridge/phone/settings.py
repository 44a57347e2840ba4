"""What the phone is told about sound, and what of it the person chose and finds again the next time."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import platformdirs
from msgspec import UNSET, Meta, Struct, UnsetType

from bridge.operator.home import SettingsError

Profile = Literal["balanced", "smooth"]
Headset = Literal["auto", "on", "off"]
QUIETEST_DB, LOUDEST_DB = -40, 12
Volume = Annotated[float, Meta(ge=QUIETEST_DB, le=LOUDEST_DB)]


class PhoneSettings(Struct, kw_only=True, frozen=True, forbid_unknown_fields=True):
    """The table `[phone]` of `offhook.toml`."""

    input: str = ""
    """Name of the microphone; empty: the system's default."""
    output: str = ""
    """Name of the speakers; empty: the system's default."""
    profile: Profile = "balanced"
    """`smooth` waits longer before it plays, and has fewer gaps on a bad network."""
    headset: Headset = "auto"
    """Whether the microphone does not hear the speakers, so that there is no echo to take away; `auto` goes by name."""
    stereo: bool = True
    """The caller on the left and the far end on the right of a stereo device; false: both in the middle."""
    gain: bool = True
    """Bring the operator's voice to an even loudness."""
    noise_suppression: bool = True
    """Take away what hums and hisses behind the operator's voice."""
    caller_volume_db: Volume = 0.0
    """How much louder (or, below 0, quieter) the caller is heard, in dB."""
    agent_volume_db: Volume = 0.0
    """How much louder (or, below 0, quieter) the far end (bot or operators) is heard, in dB."""
    mute_after: Annotated[float, Meta(ge=0)] = 120.0
    """Seconds of the operator's silence after which the microphone is muted; 0: never."""
    side_tone: bool = True
    """A short tone for the operator's ear when the microphone opens, and when it is muted."""


def phone_settings(toml: dict[str, Any]) -> PhoneSettings:
    """Those of a settings file. Raises SettingsError with a sentence that says which is wrong."""
    try:
        return msgspec.convert(toml.get("phone", {}), PhoneSettings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"[phone] in the settings is wrong: {error}.") from error


class _Chosen(Struct, kw_only=True, frozen=True, omit_defaults=True):
    """What the person chose with the phone in hand; what they never touched is unset."""

    input: str | UnsetType = UNSET
    output: str | UnsetType = UNSET
    profile: Profile | UnsetType = UNSET
    headset: Headset | UnsetType = UNSET
    gain: bool | UnsetType = UNSET
    noise_suppression: bool | UnsetType = UNSET
    caller_volume_db: Volume | UnsetType = UNSET
    agent_volume_db: Volume | UnsetType = UNSET


class Memory:
    """The person's choices, in a file. One that is broken or can't be written is none."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or platformdirs.user_state_path("offhook") / "phone.json"

    def applied_to(self, settings: PhoneSettings) -> PhoneSettings:
        """These settings, with what the person chose before in their place."""
        return msgspec.structs.replace(settings, **_fields(self._read()))

    def note(self, before: PhoneSettings, after: PhoneSettings) -> None:
        """Remember what the person changed just now."""
        changed = {
            name: getattr(after, name)
            for name in _Chosen.__struct_fields__
            if getattr(after, name) != getattr(before, name)
        }
        if changed:
            self._write(msgspec.structs.replace(self._read(), **changed))

    def _read(self) -> _Chosen:
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=_Chosen)
        except (OSError, msgspec.MsgspecError, UnicodeError):
            return _Chosen()

    def _write(self, chosen: _Chosen) -> None:
        """In one step: a reader finds the old choices or the new ones."""
        unfinished = self._path.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(msgspec.json.encode(chosen))
            unfinished.replace(self._path)


def _fields(chosen: _Chosen) -> dict[str, Any]:
    fields = msgspec.structs.asdict(chosen)
    return {name: value for name, value in fields.items() if value is not UNSET}

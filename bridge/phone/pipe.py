"""What is said over the pipe between whoever shows the phone and the phone's process: JSON, one message a line."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from bridge.phone.settings import PhoneSettings
from bridge.wire.modes import SteppedIn

MAX_LINE_BYTES = 256 * 1024
"""A line longer than this is no message (a state with hundreds of devices has 50 KB)."""


SOUND_HANGS = 3
"""The process's exit code when the sound server does not answer."""


class Connect(Struct, kw_only=True, tag_field="type", tag="connect"):
    """The first message: the bridge to link to. Over the pipe, as a command line can be read by everybody."""

    url: str
    token: str
    settings: PhoneSettings = PhoneSettings()


class Listen(Struct, kw_only=True, tag_field="type", tag="listen"):
    """Hear a stream, or stop hearing it. Hearing another one ends the one before, and talking into it."""

    stream_id: str
    on: bool


class Step(Struct, kw_only=True, tag_field="type", tag="step"):
    """Step into the stream that is heard, with an open microphone, or out of it; a call taken over is handed back."""

    mode: SteppedIn | None
    """None: out."""
    seize: bool = False
    """Take the microphone from whoever has it."""


class Mute(Struct, kw_only=True, tag_field="type", tag="mute"):
    """Say nothing any more, or speak again. Only a call that was taken over is kept by a muted microphone."""

    on: bool


class Change(Struct, kw_only=True, tag_field="type", tag="change"):
    """Go by other settings from now on: devices, volumes and all the rest."""

    settings: PhoneSettings


class Look(Struct, kw_only=True, tag_field="type", tag="look"):
    """Find out anew which devices there are."""


class Tones(Struct, kw_only=True, tag_field="type", tag="tones"):
    """Let the operator hear the tones of these DTMF digits; nothing is sent into the call."""

    digits: Annotated[str, Meta(max_length=64, pattern=r"^[0-9*#A-Da-d]*$")]


class Play(Struct, kw_only=True, tag_field="type", tag="play"):
    """Let the operator, and nobody else, hear a recording of this machine from an instant on; None: no more."""

    path: str = ""
    at_s: float | None = None


class PhoneState(Struct, kw_only=True):
    """All there is to show of the phone; sent whole, at most ten times a second, when something changed.

    Levels are dBFS (0 is full scale), None where nothing is heard.
    """

    running: bool = False
    """The phone's process is up; whether there is sound, `problem` and the devices tell."""
    problem: str = ""
    """What is wrong with the sound, as a sentence that says what to do; empty when all is well."""
    notice: str = ""
    """What is worth knowing although there is sound: a device stands in for the one that was chosen."""
    refused: str = ""
    """Why the bridge refused the last wish, as its sentence."""
    refusals: int = 0
    """Wishes refused so far: one more may be refused for the same reason as the last."""
    stream_id: str = ""
    """The stream in hand; empty when there is none."""
    listening: bool = False
    mode: SteppedIn | None = None
    """What the bridge granted; None: stepped out."""
    on_air: bool = False
    """What the microphone hears goes to whom the mode says."""
    taken_over_ms: float | None = None
    """How long the takeover took, until the agent was heard no more."""
    muted_because: str = ""
    """Why the microphone was muted without the operator's doing; empty when it was not."""
    microphone_dbfs: float | None = None
    speaker_dbfs: float | None = None
    caller_dbfs: float | None = None
    agent_dbfs: float | None = None
    depth_ms: int = 0
    """How much of the caller's leg is held before it plays: the delay that the phone adds."""
    target_ms: int = 0
    """How much of the caller's leg ought to be held, as the network goes."""
    concealed_ms: int = 0
    """Speech of the caller that came too late and was made up, in all."""
    concealed_percent: float = 0.0
    """Share of it in the caller's leg of the last ten seconds."""
    shortened_ms: int = 0
    """Left out of the caller's leg, in all, to get back to the target."""
    lengthened_ms: int = 0
    """Added to the caller's leg, in all, to get up to the target."""
    underruns: int = 0
    """Blocks of sound that were lost, in or out, because this machine was too busy."""
    caller_volume_db: float = 0.0
    agent_volume_db: float = 0.0
    headset: bool = False
    """The microphone is taken not to hear the speakers."""
    echo: Literal["cancelled", "ducked", "off"] = "off"
    """What is done that the caller does not hear themselves."""
    echo_because: str = ""
    """Why that and nothing else, as a sentence."""
    gain_db: float = 0.0
    """By how much the operator's voice is raised just now."""
    input_device: str = ""
    output_device: str = ""
    input_latency_ms: float = 0.0
    """From the air to this process, as PortAudio knows it."""
    output_latency_ms: float = 0.0
    """From this process to the air, as PortAudio knows it."""
    stereo: bool = False
    """The caller is heard on the left, the far end on the right."""
    played_s: float | None = None
    """How far into a recording the speakers are, in seconds; None while they play none."""
    inputs: list[str] = []
    outputs: list[str] = []


Command = Connect | Listen | Step | Mute | Change | Look | Tones | Play

encode = msgspec.json.Encoder().encode
"""Any of these messages to JSON bytes, without the line's end."""
decode_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
"""`decode` raises msgspec.MsgspecError for what is no command."""
decode_state = msgspec.json.Decoder(PhoneState).decode
"""Raises msgspec.MsgspecError for what is no state."""

"""What is said over the pipe between whoever shows the phone and the phone's process: JSON, one message a line."""

from __future__ import annotations

import msgspec
from msgspec import Struct

MAX_LINE_BYTES = 256 * 1024
"""A line longer than this is no message (a state with hundreds of devices has 50 KB)."""


SOUND_HANGS = 3
"""The process's exit code when the sound server does not answer."""


class Connect(Struct, kw_only=True, tag_field="type", tag="connect"):
    """The first message: the bridge to link to. Over the pipe, as a command line can be read by everybody."""

    url: str
    token: str


class Listen(Struct, kw_only=True, tag_field="type", tag="listen"):
    """Hear a stream, or stop hearing it. Hearing another one ends the one before, and talking into it."""

    stream_id: str
    on: bool


class Talk(Struct, kw_only=True, tag_field="type", tag="talk"):
    """Speak into the stream that is heard, or stop."""

    on: bool


class Choose(Struct, kw_only=True, tag_field="type", tag="choose"):
    """Use other devices; None is the system's default."""

    input_name: str | None
    output_name: str | None


class PhoneState(Struct, kw_only=True):
    """All there is to show of the phone; sent whole, at most ten times a second, when something changed.

    Levels are dBFS (0 is full scale), None where nothing is heard.
    """

    running: bool = False
    """The phone's process is up; whether there is sound, `problem` and the devices tell."""
    problem: str = ""
    """What is wrong with the sound, as a sentence that says what to do; empty when all is well."""
    refused: str = ""
    """Why the bridge refused the last listen or talk, as its sentence."""
    stream_id: str = ""
    """The stream in hand; empty when there is none."""
    listening: bool = False
    on_air: bool = False
    """What the microphone hears goes to the caller."""
    microphone_dbfs: float | None = None
    speaker_dbfs: float | None = None
    caller_dbfs: float | None = None
    agent_dbfs: float | None = None
    depth_ms: int = 0
    """How much of the caller's leg is held before it plays: the delay that the phone adds."""
    underruns: int = 0
    """Times that sound ran dry: media of a leg came too late, or this machine was too busy."""
    input_device: str = ""
    output_device: str = ""
    inputs: list[str] = []
    outputs: list[str] = []


Command = Connect | Listen | Talk | Choose

encode = msgspec.json.Encoder().encode
"""Any of these messages to JSON bytes, without the line's end."""
decode_command: msgspec.json.Decoder[Command] = msgspec.json.Decoder(Command)
"""`decode` raises msgspec.MsgspecError for what is no command."""
decode_state = msgspec.json.Decoder(PhoneState).decode
"""Raises msgspec.MsgspecError for what is no state."""

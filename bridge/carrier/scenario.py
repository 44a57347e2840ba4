"""A scenario of `offhook check`: what the caller does, step by step, and what is expected of the bot.

A short TOML file; `docs/emulator.md` describes it. Those that ship are in `scenarios/`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from bridge.audio.wav import Wav, WavError, read_wav
from bridge.wire.commands import checked_digits
from bridge.wire.fields import FrameError
from bridge.wire.formats import MULAW_8K, UnknownFormatError, parse_format
from bridge.wire.level import Level

SHIPPED = Path(__file__).parent / "scenarios"
SPEECH = Path(__file__).parent / "speech"

Seconds = Annotated[float, Meta(gt=0, le=3600)]
Milliseconds = Annotated[int, Meta(gt=0, le=600_000)]

TextToSpeech = Callable[[str], Wav]
"""Speaks a sentence; raises whatever is to reach the user."""


class ScenarioError(Exception):
    """A scenario that cannot be run; the message is a sentence for the user."""


class Speech(Struct, forbid_unknown_fields=True, kw_only=True):
    """What the caller says: one of the three."""

    speech: str = ""
    """A sentence that ships, by its name: `emma-1`."""
    wav: str = ""
    """A WAV file; a relative path starts at the scenario's folder."""
    text: str = ""
    """To be spoken by text to speech."""


class Say(Speech, tag="say", tag_field="do"):
    """Speak, whatever the bot does."""


class Interrupt(Speech, tag="interrupt", tag_field="do"):
    """Wait until the bot has been speaking for a while, and speak into it."""

    after_ms: Milliseconds = 1000
    within: Seconds = 20.0
    """Seconds that the bot has to get there."""


class WaitForSpeech(Struct, forbid_unknown_fields=True, kw_only=True, tag="wait for speech", tag_field="do"):
    """Wait until the bot speaks; it fails when it does not."""

    within: Seconds = 10.0


class WaitForSilence(Struct, forbid_unknown_fields=True, kw_only=True, tag="wait for silence", tag_field="do"):
    """Wait until the bot has been silent for a while; it fails when it never is."""

    of: Seconds = 0.8
    within: Seconds = 60.0


class StaySilent(Struct, forbid_unknown_fields=True, kw_only=True, tag="stay silent", tag_field="do"):
    """Say nothing, whatever the bot does."""

    seconds: Seconds


class Press(Struct, forbid_unknown_fields=True, kw_only=True, tag="press", tag_field="do"):
    """Press digits, five a second."""

    digits: str


class WaitForClose(Struct, forbid_unknown_fields=True, kw_only=True, tag="wait for close", tag_field="do"):
    """Wait until the bot closes the socket; it fails when it does not."""

    within: Seconds = 30.0


Step = Say | Interrupt | WaitForSpeech | WaitForSilence | StaySilent | Press | WaitForClose


class Expect(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is expected when the steps are done; docs/turns.md defines the times."""

    greeting_within_ms: Milliseconds | None = None
    response_within_ms: Milliseconds | None = None
    """Of every response; there has to be one."""
    stops_within_ms: Milliseconds | None = None
    """Of every interruption; there has to be one."""
    checkpoints: list[str] = []
    """Names that the bot sets, and that are played or cleared."""
    dtmf: str = ""
    """Digits that the bot sends."""
    findings_up_to: Level = "warning"
    """The worst level that is let pass."""
    closes_with: int | None = None
    """The bot's close code; None: it may not close before the caller hangs up."""


class Scenario(Struct, forbid_unknown_fields=True, kw_only=True):
    """One scenario as it is written."""

    about: str
    """One sentence: what is checked."""
    step: Annotated[list[Step], Meta(min_length=1, max_length=1000)]
    expect: Expect = Expect()
    repeat: Annotated[int, Meta(ge=1, le=1000)] = 1
    """How many times the steps are done."""
    calls: Annotated[int, Meta(ge=1, le=50)] = 1
    """Calls at the same time, half a second apart, each with these steps."""
    content_type: str = MULAW_8K.content_type
    """Of the stream, where the target is a WebSocket."""


def shipped_scenarios() -> list[str]:
    """Names of the scenarios that ship."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def find_scenario(name_or_file: str) -> Path:
    """The file of a scenario, by its name or path. Raises ScenarioError when there is none."""
    if name_or_file in shipped_scenarios():
        return SHIPPED / f"{name_or_file}.toml"
    path = Path(name_or_file)
    if not path.is_file():
        known = ", ".join(shipped_scenarios())
        raise ScenarioError(f"There is no scenario {name_or_file}: give the path of a file, or one of {known}.")
    return path


def read_scenario(path: Path) -> Scenario:
    """Read a file. Raises ScenarioError that says what is wrong with it."""
    try:
        scenario = msgspec.toml.decode(path.read_bytes(), type=Scenario)
        parse_format(scenario.content_type)
        for step in scenario.step:
            _check(step)
    except (msgspec.MsgspecError, UnicodeError, OSError, UnknownFormatError, FrameError, ValueError) as error:
        raise ScenarioError(f"{path} is no scenario: {error}") from error
    return scenario


def load_speech(step: Speech, folder: Path, speak: TextToSpeech | None) -> Wav:
    """The sound of what a step says. Raises ScenarioError when it cannot be had."""
    if step.text:
        if speak is None:
            raise ScenarioError(f"There is no text to speech here for {step.text!r}: use a WAV file.")
        return speak(step.text)
    path = SPEECH / f"{step.speech}.wav" if step.speech else folder / step.wav
    try:
        return read_wav(path.read_bytes())
    except (OSError, WavError) as error:
        raise ScenarioError(f"{path} cannot be said: {error}") from error


def _check(step: Step) -> None:
    if isinstance(step, Press):
        checked_digits(step.digits)
    if isinstance(step, Speech) and sum(map(bool, (step.speech, step.wav, step.text))) != 1:
        raise ValueError("what is said is given as one of speech, wav and text")

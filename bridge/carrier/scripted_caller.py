"""A caller who follows the steps of a scenario.

Each step is a generator that is sent what was heard in the last 20 ms and yields what is said in the next, so that
time passes only as the call's own clock does. A step that cannot be done raises StepFailed, and the caller hangs up.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from bridge.carrier.bot_ear import BotEar
from bridge.carrier.scenario import (
    Interrupt,
    Press,
    Say,
    Scenario,
    StaySilent,
    Step,
    WaitForClose,
    WaitForSilence,
    WaitForSpeech,
)
from bridge.carrier.voice import silence
from bridge.wire.formats import FRAME_MS, AudioFormat

_DIGIT_FRAMES = 200 // FRAME_MS

Frames = Generator[bytes, None, None]


class StepFailed(Exception):  # noqa: N818 - it is the bot that failed
    """The bot did not do what a step waits for; the message is a sentence."""


class ScriptedCaller:
    """One caller on one call. `press` and `hang_up` act on the call; `tell` is told each step as it begins."""

    def __init__(
        self,
        scenario: Scenario,
        audio_format: AudioFormat,
        sayings: Mapping[int, list[bytes]],
        *,
        press: Callable[[str], None],
        hang_up: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        self._scenario = scenario
        self._sayings = sayings
        self._press = press
        self._hang_up = hang_up
        self._tell = tell
        self._ear = BotEar(audio_format)
        self._quiet = silence(audio_format)(b"")
        self._frames = self._follow()
        self.failure = "The call ended before the caller was done."
        """Why not all steps were done, as a sentence; empty when they were."""

    def __call__(self, heard: bytes) -> bytes:
        """The next frame."""
        self._ear.hear(heard)
        return next(self._frames, self._quiet)

    def _follow(self) -> Frames:
        try:
            for _ in range(self._scenario.repeat):
                for number, step in enumerate(self._scenario.step):
                    self._tell(_told(step))
                    yield from self._do(number, step)
            self.failure = ""
        except StepFailed as failure:
            self.failure = str(failure)
        self._hang_up()

    def _do(self, number: int, step: Step) -> Frames:
        match step:
            case Say():
                yield from self._sayings[number]
            case Interrupt():
                yield from self._wait(
                    lambda: self._ear.speaking and self._ear.seconds * 1000 >= step.after_ms,
                    step.within,
                    f"The bot did not speak for {step.after_ms} ms within {step.within:g} s.",
                )
                yield from self._sayings[number]
            case WaitForSpeech(within=within):
                yield from self._wait(lambda: self._ear.speaking, within, f"The bot did not speak within {within:g} s.")
            case WaitForSilence(of=of, within=within):
                yield from self._wait(
                    lambda: not self._ear.speaking and self._ear.seconds >= of,
                    within,
                    f"The bot was not silent for {of:g} s within {within:g} s.",
                )
            case StaySilent(seconds=seconds):
                yield from self._be_quiet(seconds)
            case Press(digits=digits):
                for digit in digits:
                    self._press(digit)
                    yield from [self._quiet] * _DIGIT_FRAMES
            case WaitForClose(within=within):
                self.failure = ""
                yield from self._be_quiet(within)
                raise StepFailed(f"The bot did not close the socket within {within:g} s.")

    def _wait(self, happened: Callable[[], bool], within: float, otherwise: str) -> Frames:
        for _ in range(round(within * 1000 / FRAME_MS)):
            if happened():
                return
            yield self._quiet
        raise StepFailed(otherwise)

    def _be_quiet(self, seconds: float) -> Frames:
        for _ in range(round(seconds * 1000 / FRAME_MS)):
            yield self._quiet


def _told(step: Step) -> str:
    match step:
        case Say():
            return f"says {step.speech or step.wav or step.text!r}"
        case Interrupt(after_ms=after_ms):
            return f"waits to interrupt after {after_ms} ms"
        case WaitForSpeech():
            return "waits for the bot to speak"
        case WaitForSilence(of=of):
            return f"waits for {of:g} s of silence"
        case StaySilent(seconds=seconds):
            return f"stays silent for {seconds:g} s"
        case Press(digits=digits):
            return f"presses {digits}"
        case WaitForClose():
            return "waits for the bot to close"

"""The steps of a scenario, with a bot's audio fed by hand: no time passes but that of the frames."""

import pytest

from bridge.carrier.scenario import (
    Interrupt,
    Press,
    Say,
    Scenario,
    StaySilent,
    WaitForClose,
    WaitForSilence,
    WaitForSpeech,
)
from bridge.carrier.scripted_caller import ScriptedCaller
from bridge.carrier.voice import sentences, silence
from bridge.wire.formats import MULAW_8K

QUIET = silence(MULAW_8K)(b"")
QUESTION = sentences("emma", MULAW_8K)[0]
SPEECH = sentences("sam", MULAW_8K)[0]
SECOND = 50


class OneCall:
    """A caller on a call that this test is the other end of."""

    def __init__(self, *steps, repeat=1):
        self.pressed, self.hung_up, self.told = "", False, []
        scenario = Scenario(about="test", step=list(steps), repeat=repeat)
        sayings = {number: QUESTION for number, step in enumerate(steps) if isinstance(step, Say | Interrupt)}
        self.caller = ScriptedCaller(
            scenario, MULAW_8K, sayings, press=self.press, hang_up=self.hang_up, tell=self.told.append
        )

    def press(self, digit):
        self.pressed += digit

    def hang_up(self):
        self.hung_up = True

    def hear(self, frames) -> list[bytes]:
        """What the caller says to these frames."""
        return [self.caller(frame) for frame in frames]


def silent(seconds: float) -> list[bytes]:
    return [QUIET] * round(seconds * SECOND)


def test_saying_takes_as_long_as_the_sentence_and_then_the_caller_hangs_up():
    call = OneCall(Say(speech="emma-1"))
    assert call.hear(silent(len(QUESTION) / SECOND)) == QUESTION
    assert not call.hung_up
    assert call.hear([QUIET]) == [QUIET]
    assert call.hung_up
    assert call.caller.failure == ""


def test_waiting_for_speech_ends_when_the_bot_speaks():
    call = OneCall(WaitForSpeech(within=2.0), Say(speech="emma-1"))
    call.hear(silent(1.0))
    said = call.hear(SPEECH[:25])
    assert said[-1] in QUESTION
    assert said[0] == QUIET


def test_a_bot_that_does_not_speak_in_time_fails_the_step_and_is_hung_up_on():
    call = OneCall(WaitForSpeech(within=2.0), Say(speech="emma-1"))
    assert set(call.hear(silent(2.1))) == {QUIET}
    assert call.caller.failure == "The bot did not speak within 2 s."
    assert call.hung_up


def test_waiting_for_silence_lets_the_bot_finish():
    call = OneCall(WaitForSilence(of=0.8, within=9.0), Say(speech="emma-1"))
    assert set(call.hear(SPEECH)) == {QUIET}
    assert set(call.hear(silent(0.5))) == {QUIET}
    assert QUESTION[0] in call.hear(silent(0.7))


def test_a_bot_that_is_never_silent_fails_the_step():
    call = OneCall(WaitForSilence(of=0.8, within=2.0))
    call.hear(SPEECH[:110])
    assert "was not silent for 0.8 s" in call.caller.failure


def test_an_interruption_comes_when_the_bot_has_spoken_for_long_enough():
    call = OneCall(Interrupt(speech="emma-1", after_ms=1000, within=9.0))
    call.hear(silent(0.5))
    said = call.hear(SPEECH)
    began = next(number for number, frame in enumerate(said) if frame == QUESTION[0])
    assert began == pytest.approx(SECOND, abs=5)


def test_digits_are_pressed_five_a_second():
    call = OneCall(Press(digits="12#"))
    call.hear(silent(0.3))
    assert call.pressed == "12"
    call.hear(silent(0.4))
    assert call.pressed == "12#"
    assert call.hung_up


def test_staying_silent_takes_its_time():
    call = OneCall(StaySilent(seconds=2.0))
    call.hear(silent(2.0))
    assert not call.hung_up
    call.hear(silent(0.1))
    assert call.hung_up


def test_a_call_that_ends_too_soon_leaves_steps_undone_unless_the_bot_was_to_close():
    call = OneCall(StaySilent(seconds=2.0))
    call.hear(silent(1.0))
    assert "before the caller was done" in call.caller.failure
    closing = OneCall(WaitForClose(within=2.0))
    closing.hear(silent(1.0))
    assert closing.caller.failure == ""
    closing.hear(silent(1.1))
    assert "did not close" in closing.caller.failure


def test_steps_are_repeated_and_told_as_they_begin():
    call = OneCall(Press(digits="1"), StaySilent(seconds=0.1), repeat=2)
    call.hear(silent(1.0))
    assert call.pressed == "11"
    assert call.told == ["presses 1", "stays silent for 0.1 s"] * 2

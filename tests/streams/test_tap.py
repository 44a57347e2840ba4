"""What the caller and the agent are given while an operator steps in, on a clock that the test turns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from bridge.audio.codec import decode, encode
from bridge.streams.audience import Audience
from bridge.streams.check.findings import Findings
from bridge.streams.clock import Moment
from bridge.streams.ledger import AGENT, Ledger
from bridge.streams.tap import Tap
from bridge.wire.commands import (
    ClearAudio,
    PlayAudio,
    SendDtmf,
    SetCheckpoint,
    checkpoint_command,
    play_audio_command,
    read_command,
)
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import ClearedAudio, Media, PlayedStream, media_frame, read_frame
from bridge.wire.link.audio import Audio, Leg


def at(seconds: float) -> Moment:
    return Moment(100 + seconds, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))


def sound(level: float, milliseconds: int = 20) -> bytes:
    return encode(np.full(milliseconds * 8, level, np.float32), MULAW_8K)


def level_of(payload: bytes) -> float:
    """The middle of a payload, as it must be after silence that leads in."""
    return round(float(np.median(decode(payload[-160:], MULAW_8K))) * 20) / 20


class Line:
    """Either side's socket: what was sent on it, read."""

    def __init__(self, read) -> None:
        self.open = True
        self.sent = []
        self._read = read

    def send(self, text: str) -> bool:
        self.sent.append(self._read(text))
        return True

    def take(self) -> list:
        sent, self.sent = self.sent, []
        return sent


class Rig:
    def __init__(self, *, agent_hears_caller: bool = False) -> None:
        self.carrier, self.agent = Line(read_command), Line(read_frame)
        self.ledger = Ledger(MULAW_8K)
        self.audience = Audience(1)
        self.heard: list[Audio] = []
        self.findings = Findings(MULAW_8K, bidirectional=True, started=100.0)
        sides = (self.carrier, self.agent)
        self.tap = Tap("s-1", self.ledger, self.audience, *sides, self.findings, agent_hears_caller=agent_hears_caller)
        self.now = 0.0

    def agent_says(self, *commands, has_passed: bool = False) -> list[bool]:
        return [self.tap.command(command, at(self.now), has_passed=has_passed) for command in commands]

    def step(self, mode, operator: str = "anna"):
        clear = self.tap.step(mode, operator if mode != "agent" else "", at(self.now))
        self.tap.hold("anna")
        return clear

    def run(self, seconds: float, voice: float | None = None) -> None:
        """Time passes in ticks of 20 ms, an operator speaking at a level the while."""
        for _ in range(round(seconds * 50)):
            self.now += 0.02
            if voice is not None:
                self.tap.speak("anna", sound(voice), at(self.now))
            self.tap.tick(at(self.now))

    def to_agent(self, level: float) -> float | bool:
        """The level at which the agent is given a piece of the caller at this level; True: untouched."""
        frame = media_frame(Media(stream_id="s-1", payload=sound(level), timestamp="1", sequence=1, chunk=1))
        verdict = self.tap.for_agent(read_frame(frame), frame.encode())
        return level_of(read_frame(verdict).payload) if isinstance(verdict, str) else verdict


def played(line: Line) -> list[float]:
    return [level_of(command.payload) for command in line.take() if isinstance(command, PlayAudio)]


@pytest.fixture
def rig() -> Rig:
    return Rig()


SPEECH = PlayAudio(payload=sound(0.25, 1000))


def test_in_agent_mode_everything_passes_and_is_followed(rig: Rig) -> None:
    assert rig.agent_says(SPEECH, SetCheckpoint(name="a"), ClearAudio(), SendDtmf(digits="1")) == [True] * 4
    assert rig.to_agent(0.5) is True
    assert not rig.tap.editing
    assert (rig.carrier.sent, rig.agent.sent) == ([], [])
    assert [checkpoint.view.by for checkpoint in rig.ledger.checkpoints] == [AGENT]


def test_a_takeover_sends_one_clear_and_then_the_operator_alone(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.now = 0.4
    clear = rig.step("takeover")
    assert [type(command) for command in rig.carrier.take()] == [ClearAudio]
    assert rig.agent_says(SPEECH, SetCheckpoint(name="b")) == [False, False]
    rig.run(0.2, voice=0.5)
    assert set(played(rig.carrier)) == {0.5}
    assert rig.ledger.cleared(at(rig.now)) is clear
    assert clear.view.by == "anna"


def test_after_a_stall_of_the_operators_network_they_are_heard_a_second_late_at_most(rig: Rig) -> None:
    """What was held up comes at once: all of it queued, the caller would hear everything after it as late."""
    rig.step("takeover")
    rig.run(0.2, voice=0.5)
    rig.now += 4
    for _ in range(200):
        rig.tap.speak("anna", sound(0.5), at(rig.now))
    assert 1000 <= rig.ledger.queued_ms(at(rig.now)) <= 1040
    rig.carrier.take()
    rig.run(1, voice=0.25)
    assert 45 <= len(played(rig.carrier)) <= 51
    assert 1000 <= rig.ledger.queued_ms(at(rig.now)) <= 1040


def test_checkpoints_of_a_silenced_agent_are_answered_when_they_would_have_been_played(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.now = 0.4
    rig.step("takeover")
    rig.agent_says(SPEECH, SetCheckpoint(name="b"))
    rig.run(0.58)
    assert rig.agent.take() == []
    rig.run(0.04)
    assert [frame.name for frame in rig.agent.take()] == ["a"]
    rig.run(0.96)
    assert rig.agent.take() == []
    rig.run(0.04)
    assert [frame.name for frame in rig.agent.take()] == ["b"]
    assert all(checkpoint.view.played_at and checkpoint.view.held for checkpoint in rig.ledger.checkpoints)


def test_a_clear_of_a_silenced_agent_is_answered_at_once_and_drops_its_checkpoints(rig: Rig) -> None:
    rig.step("takeover")
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    assert rig.agent_says(ClearAudio()) == [False]
    assert [type(frame) for frame in rig.agent.take()] == [ClearedAudio]
    rig.run(1.5)
    assert rig.agent.take() == []
    assert rig.ledger.checkpoints[0].view.cleared


def test_a_clear_that_plivo_answers_with_the_checkpoints_is_not_told_twice(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.step("takeover")
    returned = rig.ledger.played("a", at(0.1))
    assert returned is not None
    assert returned.view.held
    assert returned.open


def test_what_plivo_played_before_it_read_the_clear_is_not_told_twice(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.step("takeover")
    rig.run(1.5)
    assert [frame.name for frame in rig.agent.take()] == ["a"]
    returned = rig.ledger.played("a", at(rig.now))
    assert returned is not None
    assert returned.view.held


def test_while_taken_over_the_agent_hears_silence_or_the_caller(rig: Rig) -> None:
    rig.step("takeover")
    assert rig.to_agent(0.5) == 0.0
    other = Rig(agent_hears_caller=True)
    other.step("takeover")
    assert other.to_agent(0.5) is True


def test_after_a_hand_back_the_agent_is_heard_from_its_next_frame_on(rig: Rig) -> None:
    rig.agent_says(SPEECH)
    rig.step("takeover")
    rig.agent_says(SPEECH, SetCheckpoint(name="held"))
    rig.run(0.1, voice=0.5)
    rig.carrier.take()
    rig.step("agent")
    assert rig.carrier.take() == []
    assert rig.agent_says(SPEECH, SetCheckpoint(name="next")) == [True, True]
    rig.run(2.5)
    assert [frame.name for frame in rig.agent.take()] == ["held"]
    assert rig.carrier.take() == []
    assert not any(checkpoint.view.held for checkpoint in list(rig.ledger.checkpoints)[1:])


def test_once_everything_is_answered_frames_pass_unread_again(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.step("takeover")
    rig.step("agent")
    assert rig.tap.editing
    rig.run(1.1)
    assert rig.tap.editing  # Plivo has not acknowledged the clear
    rig.ledger.cleared(at(rig.now))
    assert not rig.tap.editing


def test_in_talk_the_caller_hears_the_agent_and_the_operator_together(rig: Rig) -> None:
    rig.agent_says(SPEECH)
    rig.now = 0.1
    rig.step("talk")
    assert isinstance(rig.carrier.take()[0], ClearAudio)
    rig.run(0.5, voice=0.5)
    mixed = played(rig.carrier)
    assert 0.75 in mixed
    assert set(mixed) <= {0.25, 0.75}
    rig.run(0.6)
    assert rig.to_agent(0.5) is True


def test_handed_back_between_two_pieces_of_a_mix_the_agent_is_heard_without_a_hole(rig: Rig) -> None:
    speech = bytes(range(128, 138)) * 160
    rig.agent_says(PlayAudio(payload=speech))
    rig.step("talk")
    rig.run(0.1)
    rig.now += 0.013
    rig.step("agent", "")
    heard = b"".join(command.payload for command in rig.carrier.take() if isinstance(command, PlayAudio))
    assert heard.endswith(speech)


def test_in_talk_nothing_of_the_agent_is_lost_and_the_rest_is_given_back(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.now = 0.2
    rig.step("talk")
    rig.ledger.cleared(at(rig.now))
    rig.run(0.3)
    rig.step("agent")
    commands = [command for command in rig.carrier.take() if not isinstance(command, ClearAudio)]
    audio = b"".join(command.payload for command in commands if isinstance(command, PlayAudio))
    agents = int((decode(audio, MULAW_8K) > 0.2).sum())
    assert agents == pytest.approx(0.8 * 8000, abs=200)
    assert commands[-1] == SetCheckpoint(name="a", stream_id="s-1")
    assert not rig.tap.editing or rig.ledger.operators_wait
    assert [checkpoint.view.held for checkpoint in rig.ledger.checkpoints] == [False]


def test_in_talk_the_operator_hears_the_agent_without_the_own_voice(rig: Rig) -> None:
    rig.audience.join("anna", lambda audio, source: rig.heard.append(audio), 100.0)
    rig.step("talk")
    rig.agent_says(SPEECH)
    rig.run(0.5, voice=0.5)
    agents = [audio for audio in rig.heard if audio.leg is Leg.AGENT and audio.payload]
    assert {level_of(audio.payload) for audio in agents} == {0.25}


def test_a_whisper_is_heard_by_the_agent_alone(rig: Rig) -> None:
    assert rig.step("whisper") is None
    assert rig.agent_says(SPEECH, SetCheckpoint(name="a")) == [True, True]
    for _ in range(3):
        rig.tap.speak("anna", sound(0.5), at(rig.now))
    assert rig.to_agent(0.25) == 0.75
    assert rig.carrier.take() == []
    for _ in range(3):
        rig.to_agent(0.25)
    assert rig.to_agent(0.25) is True


def test_two_voices_of_one_person_are_mixed_in_a_takeover(rig: Rig) -> None:
    rig.step("takeover")
    rig.tap.hold("anna#2")
    rig.carrier.take()
    for _ in range(20):
        rig.tap.speak("anna#2", sound(0.25), at(rig.now))
        rig.run(0.02, voice=0.5)
    assert 0.75 in played(rig.carrier)


def test_from_talk_to_takeover_the_agent_falls_silent_and_keeps_its_queue(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.step("talk")
    rig.run(0.2, voice=0.5)
    rig.carrier.take()
    rig.step("takeover")
    assert isinstance(rig.carrier.take()[0], ClearAudio)
    rig.run(0.2, voice=0.5)
    assert set(played(rig.carrier)) == {0.5}
    rig.agent_says(SetCheckpoint(name="b"))
    rig.run(0.56)
    assert rig.agent.take() == []
    rig.run(0.1)
    assert [frame.name for frame in rig.agent.take()] == ["a", "b"]


def test_a_late_answer_of_plivos_is_the_agents_when_the_agent_asked(rig: Rig) -> None:
    rig.agent_says(SetCheckpoint(name="a"))
    answered = rig.ledger.played("a", at(0.1))
    assert answered is not None
    assert answered.view.by == AGENT
    assert rig.tap.for_agent(PlayedStream(name="a"), b"") is True


def test_a_second_voice_late_in_a_takeover_does_not_send_the_time_before_it(rig: Rig) -> None:
    rig.step("takeover")
    rig.run(60, voice=0.5)
    rig.carrier.take()
    rig.tap.hold("anna#2")
    for _ in range(4):
        rig.tap.speak("anna#2", sound(0.25), at(rig.now))
    rig.run(0.1, voice=0.5)
    sent = [command for command in rig.carrier.take() if isinstance(command, PlayAudio)]
    assert 0 < sum(len(command.payload) for command in sent) <= 8000 * (0.1 + 0.04)


def test_after_a_pause_of_the_bridge_a_mix_sends_a_second_at_most(rig: Rig) -> None:
    rig.step("talk")
    rig.agent_says(PlayAudio(payload=sound(0.25, 5000)))
    rig.now += 5
    rig.tap.tick(at(rig.now))
    (sent,) = rig.carrier.take()
    assert len(sent.payload) <= 8000 * (1 + 0.04)


def test_every_checkpoint_is_answered_however_often_operators_clear(rig: Rig) -> None:
    rig.agent_says(PlayAudio(payload=sound(0.25, 30_000)), SetCheckpoint(name="long"))
    for _ in range(12):
        rig.run(0.5)
        rig.tap.take_back(at(rig.now), "anna")
    assert rig.agent.take() == []
    rig.run(25)
    assert [frame.name for frame in rig.agent.take()] == ["long"]


def test_what_plivo_has_the_beginning_of_is_answered_once(rig: Rig) -> None:
    rig.step("takeover")
    rig.carrier.take()
    rig.agent_says(SPEECH, SetCheckpoint(name="a"), has_passed=True)
    assert {type(command) for command in rig.carrier.take()} == {ClearAudio}, "the caller hears none of it"
    assert rig.ledger.queued_ms(at(rig.now)) == 0
    rig.run(1.1)
    assert [frame.name for frame in rig.agent.take()] == ["a"]
    assert rig.ledger.played("a", at(rig.now)).view.held, "which Plivo's answer is not passed on for"


def test_a_clear_that_plivo_has_the_beginning_of_is_plivos_to_acknowledge(rig: Rig) -> None:
    clear = rig.step("takeover")
    rig.agent_says(ClearAudio(), has_passed=True)
    assert rig.agent.take() == []
    assert rig.ledger.cleared(at(0.1)) is clear
    assert rig.ledger.cleared(at(0.1)).view.by == AGENT


def test_the_protocol_check_knows_of_checkpoints_that_the_bridge_has_answered(rig: Rig) -> None:
    rig.step("takeover")
    rig.findings.command(checkpoint_command("s-1", "a"), 100.0)
    rig.agent_says(SetCheckpoint(name="a"))
    rig.run(0.1)
    assert rig.findings.closed(by_bot=True, code=1000, at=110.0) == []


@pytest.mark.parametrize("by", ["a clear", "a hand-back"])
def test_what_an_operator_took_away_from_plivo_fills_no_queue(rig: Rig, by: str) -> None:
    long = PlayAudio(payload=sound(0.25, 38_000))
    rig.findings.command(play_audio_command(long.payload[:8000], MULAW_8K), 100.0)
    for _ in range(37):
        rig.findings.command(play_audio_command(long.payload[:8000], MULAW_8K), 100.0)
    rig.agent_says(long)
    if by == "a clear":
        rig.tap.take_back(at(0), "anna")
    else:
        rig.step("takeover")
        rig.step("agent")
    for _ in range(10):
        rig.findings.command(play_audio_command(long.payload[:8000], MULAW_8K), 100.5)
    assert "queue-overflow" not in {finding.code for finding in rig.findings.found}


def test_a_frame_that_is_not_quite_text_is_edited_all_the_same(rig: Rig) -> None:
    frame = media_frame(Media(stream_id="s-1", payload=sound(0.5), timestamp="1", sequence=1, chunk=1)).encode()
    message = frame[:-1] + b',"x":"\xff"}'
    rig.step("takeover")
    verdict = rig.tap.for_agent(read_frame(message), message)
    assert isinstance(verdict, str)
    assert level_of(read_frame(verdict).payload) == 0


def test_an_agent_that_comes_to_an_operator_is_held(rig: Rig) -> None:
    rig.tap.come_late("takeover", "anna", ["anna"], at(0))
    assert rig.agent_says(SPEECH, SetCheckpoint(name="a")) == [False, False]
    rig.run(1.1, voice=0.5)
    assert set(played(rig.carrier)) == {0.5}
    assert [frame.name for frame in rig.agent.take()] == ["a"]
    rig.step("agent")
    assert rig.agent_says(SPEECH) == [True]


def test_an_agent_that_speaks_at_once_to_an_operators_caller_is_mixed_without_delay(rig: Rig) -> None:
    rig.now = 5.0
    rig.tap.come_late("talk", "anna", ["anna"], at(rig.now))
    rig.agent_says(PlayAudio(payload=sound(0.25)))
    rig.run(0.06)
    sent = b"".join(command.payload for command in rig.carrier.take() if isinstance(command, PlayAudio))
    assert len(sent) <= 160 + 320, "20 ms of it, and the lead"


def test_of_many_checkpoints_none_is_left_unanswered(rig: Rig) -> None:
    names = [f"piece {number}" for number in range(150)]
    for name in names:
        rig.agent_says(PlayAudio(payload=sound(0.25)), SetCheckpoint(name=name))
    rig.now = 0.5
    rig.step("takeover")
    rig.run(3)
    assert [frame.name for frame in rig.agent.take()] == names


def test_a_checkpoint_that_the_agent_has_cleared_itself_is_not_answered(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"), ClearAudio())
    rig.step("talk")
    rig.ledger.cleared(at(rig.now))
    rig.run(0.1)
    rig.step("agent")
    rig.run(1.5)
    assert rig.agent.take() == []
    assert [command.name for command in rig.carrier.take() if isinstance(command, SetCheckpoint)] == []
    assert rig.ledger.checkpoints[0].view.cleared
    rig.ledger.cleared(at(rig.now))
    assert not rig.tap.editing


def test_a_checkpoint_given_back_before_the_clear_was_acknowledged_is_answered_once(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.now = 0.99
    rig.step("talk")
    rig.step("agent")
    sent = rig.carrier.take()
    crossing = rig.ledger.played("a", at(rig.now))
    assert crossing is not None
    assert crossing.view.held
    assert [command for command in sent if isinstance(command, SetCheckpoint)] == []
    rig.ledger.cleared(at(rig.now))
    rig.run(0.1)
    assert [frame.name for frame in rig.agent.take()] == ["a"]

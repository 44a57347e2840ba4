"""What the caller and the agent are given while an operator steps in, on a clock that the test turns."""

from __future__ import annotations

import pytest

from bridge.audio.codec import decode
from bridge.streams.ledger import AGENT
from bridge.wire.commands import ClearAudio, PlayAudio, SendDtmf, SetCheckpoint, play_audio_command
from bridge.wire.formats import MULAW_8K
from bridge.wire.frames import Media, media_frame, read_frame
from bridge.wire.link.audio import Leg
from tests.streams.tap_rig import SPEECH, Rig, at, level_of, played, sound


@pytest.fixture
def rig() -> Rig:
    return Rig()


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

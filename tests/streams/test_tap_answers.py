"""What the agent is told of its checkpoints and clears when an operator has stepped in: each is answered once."""

from __future__ import annotations

import pytest

from bridge.streams.ledger import AGENT
from bridge.wire.commands import ClearAudio, PlayAudio, SetCheckpoint, checkpoint_command
from bridge.wire.frames import ClearedAudio, PlayedStream
from tests.streams.tap_rig import SPEECH, Rig, at, sound


@pytest.fixture
def rig() -> Rig:
    return Rig()


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


def test_once_everything_is_answered_frames_pass_unread_again(rig: Rig) -> None:
    rig.agent_says(SPEECH, SetCheckpoint(name="a"))
    rig.step("takeover")
    rig.step("agent")
    assert rig.tap.editing
    rig.run(1.1)
    assert rig.tap.editing  # Plivo has not acknowledged the clear
    rig.ledger.cleared(at(rig.now))
    assert not rig.tap.editing


def test_a_late_answer_of_plivos_is_the_agents_when_the_agent_asked(rig: Rig) -> None:
    rig.agent_says(SetCheckpoint(name="a"))
    answered = rig.ledger.played("a", at(0.1))
    assert answered is not None
    assert answered.view.by == AGENT
    assert rig.tap.for_agent(PlayedStream(name="a"), b"") is True


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

"""What the operator's microphone does to the stream in hand."""

from __future__ import annotations

import pytest

from bridge.phone.step import Step
from bridge.wire.modes import Mode
from bridge.wire.views import AgentView, StreamView


def stream(mode: Mode, operator: str = "anna") -> StreamView:
    return StreamView(handle=1, mode=mode, operator=operator, agent=AgentView(url="ws://127.0.0.1:1"))


@pytest.fixture
def told() -> list[bool]:
    """When the microphone opened (True) and closed."""
    return []


@pytest.fixture
def step(told: list[bool]) -> Step:
    return Step(told.append)


@pytest.fixture
def taken_over(step: Step, told: list[bool]) -> Step:
    step.step_in("takeover", seize=False)
    step.grant("takeover", stream("takeover"), 84.0)
    assert told == [True]
    return step


def test_nobody_is_on_the_air_before_the_bridge_grants_it(step: Step, told: list[bool]) -> None:
    step.step_in("whisper", seize=False)
    assert (step.must_ask, step.on_air, told) == (True, False, [])
    step.grant("whisper", stream("whisper"), None)
    assert (step.must_ask, step.mode, step.on_air, told) == (False, "whisper", True, [True])


@pytest.mark.parametrize("mode", ["whisper", "talk"])
def test_a_muted_whisper_or_talk_lets_go(step: Step, told: list[bool], mode: Mode) -> None:
    step.step_in(mode, seize=False)
    step.grant(mode, stream(mode), None)
    step.mute("you said nothing for 120 s")
    assert (step.mode, step.must_give_back, told) == (None, True, [True, False])
    assert step.muted_because == "you said nothing for 120 s"


def test_a_muted_takeover_keeps_the_call(taken_over: Step, told: list[bool]) -> None:
    taken_over.mute("the microphone was lost")
    assert (taken_over.mode, taken_over.must_give_back, told) == ("takeover", False, [True, False])
    assert taken_over.muted_because == "the microphone was lost"
    taken_over.unmute()
    assert (taken_over.on_air, taken_over.muted_because, told) == (True, "", [True, False, True])


def test_who_mutes_before_the_call_is_taken_over_does_not_take_it_over(step: Step, told: list[bool]) -> None:
    step.step_in("takeover", seize=False)
    step.mute()
    step.grant("takeover", stream("takeover"), 84.0)
    assert (step.mode, step.must_give_back, told) == (None, True, [])


def test_how_long_the_takeover_took_is_known_while_it_lasts(taken_over: Step) -> None:
    assert taken_over.taken_over_ms == 84.0
    taken_over.step_in("talk", seize=False)
    taken_over.grant("talk", stream("talk"), None)
    assert taken_over.taken_over_ms is None


def test_from_one_mode_into_another_the_microphone_stays_open(taken_over: Step, told: list[bool]) -> None:
    taken_over.step_in("whisper", seize=False)
    assert (taken_over.mode, taken_over.must_ask, taken_over.on_air) == ("takeover", True, True)
    taken_over.grant("whisper", stream("whisper"), None)
    assert (taken_over.mode, told) == ("whisper", [True])


def test_what_is_refused_leaves_it_as_it_was(taken_over: Step) -> None:
    taken_over.step_in("whisper", seize=False)
    taken_over.deny()
    assert (taken_over.mode, taken_over.must_ask, taken_over.on_air) == ("takeover", False, True)


def test_what_is_granted_too_late_is_given_back(step: Step, told: list[bool]) -> None:
    step.step_in("talk", seize=False)
    step.step_out()
    step.grant("talk", stream("talk"), None)
    assert (step.mode, step.must_give_back, told) == (None, True, [])


def test_who_wants_something_else_meanwhile_asks_again(step: Step) -> None:
    step.step_in("talk", seize=False)
    step.step_in("takeover", seize=False)
    step.grant("talk", stream("talk"), None)
    assert (step.mode, step.must_ask, step.wanted) == ("talk", True, "takeover")


def test_stepping_out_and_in_again_gives_the_first_one_back(taken_over: Step) -> None:
    taken_over.step_out()
    taken_over.step_in("takeover", seize=False)
    assert (taken_over.must_give_back, taken_over.must_ask, taken_over.on_air) == (True, True, False)


def test_who_is_thrown_out_is_told_by_whom(taken_over: Step, told: list[bool]) -> None:
    taken_over.follow(stream("takeover", "bert"))
    assert (taken_over.mode, taken_over.on_air, taken_over.must_give_back) == (None, False, False)
    assert taken_over.muted_because == "bert has the microphone now"
    assert told == [True, False]


@pytest.mark.parametrize("operator", ["", "carla"])
def test_that_somebody_took_the_microphone_is_told_as_long_as_they_have_it(taken_over: Step, operator: str) -> None:
    taken_over.follow(stream("takeover", "bert"))
    taken_over.follow(stream("whisper", "bert"))
    assert taken_over.muted_because == "bert has the microphone now"
    taken_over.follow(stream("agent", operator))
    assert taken_over.muted_because == ""


def test_whoever_took_the_microphone_has_it_no_more_when_the_stream_ends(taken_over: Step) -> None:
    taken_over.follow(stream("takeover", "bert"))
    taken_over.lose("the stream ended")
    assert taken_over.muted_because == ""


def test_why_one_is_muted_later_outlasts_who_had_the_microphone_before(taken_over: Step) -> None:
    taken_over.follow(stream("takeover", "bert"))
    taken_over.step_in("talk", seize=True)
    taken_over.grant("talk", stream("talk"), None)
    taken_over.mute("you said nothing for 120 s")
    taken_over.follow(stream("agent", ""))
    assert taken_over.muted_because == "you said nothing for 120 s"


def test_a_call_handed_back_by_somebody_else_is_noticed_though_muted(taken_over: Step) -> None:
    taken_over.mute()
    taken_over.follow(stream("agent", ""))
    assert (taken_over.mode, taken_over.muted_because) == (None, "the call was handed back")


def test_another_link_of_the_same_person_changes_the_mode_of_all(taken_over: Step) -> None:
    taken_over.follow(stream("whisper"))
    assert (taken_over.mode, taken_over.must_ask) == ("whisper", False)


def test_who_mutes_while_another_link_of_theirs_whispers_keeps_the_call(taken_over: Step, told: list[bool]) -> None:
    taken_over.follow(stream("whisper"))
    taken_over.mute("you said nothing for 120 s")
    assert (taken_over.must_give_back, taken_over.on_air, told) == (False, False, [True, False])
    taken_over.follow(stream("takeover"))
    assert (taken_over.mode, taken_over.must_ask, taken_over.on_air) == ("takeover", False, False)


def test_on_a_stream_without_an_agent_one_talks(step: Step) -> None:
    step.step_in("talk", seize=False)
    step.grant("talk", stream("direct"), None)
    assert (step.mode, step.must_ask) == ("talk", False)

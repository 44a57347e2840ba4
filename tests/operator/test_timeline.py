from __future__ import annotations

from typing import Any

import pytest

from bridge.operator.timeline import Item, Timeline
from bridge.wire.events import Event
from bridge.wire.turns import Turn, TurnsView
from bridge.wire.views import CheckpointView, ClearView
from tests.operator.fake_bridge import an_event
from tests.tui.scene import BEGAN, NOBODY, at


@pytest.fixture
def timeline() -> Timeline:
    return Timeline(BEGAN)


def event(seconds: float, name: str, number: int = 1, **fields: Any) -> Event:
    return an_event(number, at=at(seconds), event=name, **{"data": {}, **fields})


def step(seconds: float, name: str, operator: str = "alex", on: bool = True) -> Event:
    return event(seconds, name, source="operator", data={"operator": operator, "on": on})


def turns(*turns: Turn) -> TurnsView:
    return TurnsView(at_ms=60_000, caller=NOBODY, agent=NOBODY, operator=NOBODY, turns=list(turns))


def only(timeline: Timeline, kind: str) -> Item:
    (item,) = [item for item in timeline.items if item.kind == kind]
    return item


def test_a_digit_is_its_own_label(timeline: Timeline) -> None:
    timeline.take_events([event(3, "dtmf", data={"digit": "5"})])
    item = only(timeline, "dtmf")
    assert (item.start, item.end, item.label) == (3, 3, "5")


def test_callbacks_ends_and_the_rest_are_told_apart(timeline: Timeline) -> None:
    timeline.take_events([event(0, "StartStream", source="callback"), event(1, "listen"), event(2, "ended")])
    assert [item.kind for item in timeline.items] == ["callback", "event", "end"]


@pytest.mark.parametrize("name", ["whisper", "talk", "takeover"])
def test_an_intervention_goes_on_until_it_is_handed_back(timeline: Timeline, name: str) -> None:
    timeline.take_events([step(10, name)])
    (item,) = timeline.items
    assert (item.start, item.end, item.label) == (10, None, f"{name} alex")
    timeline.take_events([step(14.5, name, on=False)])
    (item,) = timeline.items
    assert (item.end, item.who) == (14.5, "alex")
    assert "4.5 s" in item.text


def test_who_goes_from_one_mode_into_another_ends_the_first(timeline: Timeline) -> None:
    timeline.take_events([step(10, "whisper"), step(12, "takeover")])
    assert [(item.start, item.end) for item in timeline.items] == [(10, 12), (12, None)]


def test_the_streams_end_ends_what_went_on(timeline: Timeline) -> None:
    timeline.take_events([step(10, "takeover"), event(20, "ended", source="bridge")])
    assert only(timeline, "step").end == 20


def test_two_operators_steps_are_their_own(timeline: Timeline) -> None:
    timeline.take_events([step(10, "takeover"), step(11, "whisper", "anna"), step(12, "takeover", on=False)])
    assert {item.who: item.end for item in timeline.items} == {"alex": 12, "anna": None}


def test_a_checkpoint_goes_from_being_sent_to_being_played(timeline: Timeline) -> None:
    timeline.take_ledger([CheckpointView(name="menu", sent_at=at(1), played_at=at(2.25))], [])
    item = only(timeline, "checkpoint")
    assert (item.start, item.end, item.label) == (1, 2.25, "menu")
    assert "1250 ms" in item.text


@pytest.mark.parametrize(
    ("fields", "end", "words"),
    [({}, None, "not played so far"), ({"cleared": True}, 1, "cleared"), ({"overdue": True}, None, "overdue")],
)
def test_a_checkpoint_that_was_not_played_says_why(
    timeline: Timeline, fields: dict[str, bool], end: float | None, words: str
) -> None:
    timeline.take_ledger([CheckpointView(name="menu", sent_at=at(1), **fields)], [])
    item = only(timeline, "checkpoint")
    assert item.end == end
    assert words in item.text


def test_a_clear_goes_until_it_is_acknowledged(timeline: Timeline) -> None:
    timeline.take_ledger([], [ClearView(sent_at=at(1))])
    assert only(timeline, "clear").end is None
    timeline.take_ledger([], [ClearView(sent_at=at(1), acknowledged_at=at(1.084))])
    assert "84 ms" in only(timeline, "clear").text


def test_what_the_ledger_tells_is_not_told_twice_but_can_be_opened(timeline: Timeline) -> None:
    timeline.take_events([event(5, "playedStream"), event(6, "clear", number=2)])
    assert not list(timeline.items)
    assert timeline.event_near(5.1, 0.2) is timeline.events[0]
    assert timeline.event_near(5.5, 0.2) is None


def test_what_the_ledger_no_longer_holds_is_told_by_events(timeline: Timeline) -> None:
    told = [(1.0, "first"), (5.0, "second")]
    timeline.take_events(
        [
            event(when, "playedStream", number, data={"name": name, "took_ms": 400})
            for number, (when, name) in enumerate(told)
        ]
    )
    timeline.take_events([event(2, "clearedAudio", 3, data={"took_ms": 84, "dropped": []})])
    assert {item.label for item in timeline.items} == {"first", "second", "clear"}
    timeline.take_ledger([CheckpointView(name="second", sent_at=at(4.6), played_at=at(5))], [])
    assert [(item.label, item.kind) for item in timeline.items] == [
        ("second", "checkpoint"),
        ("first", "checkpoint"),
        ("clear", "clear"),
    ]


def test_a_response_reaches_from_the_callers_end_to_the_agents_start(timeline: Timeline) -> None:
    timeline.take_turns(turns(Turn(speaker="agent", start_ms=9420, end_ms=12_000, response_ms=820)))
    item = only(timeline, "response")
    assert (item.start, item.end, item.label) == (pytest.approx(8.6), 9.42, "820 ms")


@pytest.mark.parametrize(("stop_ms", "end", "words"), [(240, 5.24, "silent after 240 ms"), (None, 5, "did not stop")])
def test_a_barge_in_reaches_from_the_callers_start_until_the_agent_is_silent(
    timeline: Timeline, stop_ms: int | None, end: float, words: str
) -> None:
    timeline.take_turns(turns(Turn(speaker="caller", start_ms=5000, barge_in=True, stop_ms=stop_ms)))
    item = only(timeline, "barge-in")
    assert item.end == pytest.approx(end)
    assert words in item.text


def test_the_revision_grows_only_with_something_new(timeline: Timeline) -> None:
    checkpoints = [CheckpointView(name="menu", sent_at=at(1))]
    timeline.take_ledger(checkpoints, [])
    before = timeline.revision
    timeline.take_ledger(list(checkpoints), [])
    assert timeline.revision == before
    checkpoints[0].played_at = at(2)
    timeline.take_ledger(checkpoints, [])
    assert timeline.revision > before


def test_under_an_instant_moments_come_before_what_goes_on(timeline: Timeline) -> None:
    timeline.take_turns(turns(Turn(speaker="caller", start_ms=0, end_ms=9000)))
    timeline.take_events([step(4, "takeover"), event(5.05, "dtmf", data={"digit": "1"})])
    assert [item.kind for item in timeline.at(5, 5.2)] == ["dtmf", "speech", "step"]
    assert timeline.at(9.5, 9.7)[0].kind == "step"


def test_the_next_thing_and_the_one_before_are_found(timeline: Timeline) -> None:
    timeline.take_events([event(2, "listen"), event(4, "listen")])
    assert timeline.next(2, 1) == 4
    assert timeline.next(4, -1) == 2
    assert timeline.next(4, 1) is None

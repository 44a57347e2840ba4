"""What is a turn, a response, a barge-in, and what is not: scripts of who speaks from when to when."""

import msgspec
import numpy as np
import pytest

from bridge.audio.codec import encode
from bridge.streams.playback import Piece
from bridge.streams.turns.figure import Series
from bridge.streams.turns.lane import Change
from bridge.streams.turns.measure import Turns, measure
from bridge.streams.turns.turn_list import TurnList
from bridge.wire.formats import MULAW_8K
from bridge.wire.turns import TURNS_VERSION, Speaker, TurnsView

RATE = 8000
ABOUT = 15
Spans = list[tuple[int, int]]


def voiced(spans: Spans, until: int) -> np.ndarray:
    """A leg with a voice from one ms to another, for each span."""
    at = np.arange(until * RATE // 1000) / RATE
    sung = 0.1 * (1 + 0.7 * np.sin(2 * np.pi * 4 * at)) * (np.sin(2 * np.pi * 300 * at) + np.sin(2 * np.pi * 900 * at))
    speaks = np.zeros(len(at))
    for begin, end in spans:
        speaks[begin * RATE // 1000 : end * RATE // 1000] = 1
    return (sung * speaks).astype(np.float32)


def measured(caller: Spans, agent: Spans, until: int = 12_000) -> TurnsView:
    return measure(voiced(caller, until), voiced(agent, until), RATE)


def responses(view: TurnsView) -> list[int]:
    return [turn.response_ms for turn in view.turns if turn.response_ms is not None]


def turns(view: TurnsView) -> list[str]:
    return [turn.speaker for turn in view.turns]


def about(*values: int) -> object:
    return pytest.approx(list(values), abs=ABOUT)


def test_turns_have_their_acoustic_times():
    view = measured(caller=[(3000, 4000)], agent=[(500, 2000), (4700, 6000)])
    assert turns(view) == ["agent", "caller", "agent"]
    assert [turn.start_ms for turn in view.turns] == about(500, 3000, 4700)
    assert [turn.end_ms for turn in view.turns] == about(2000, 4000, 6000)
    assert view.greeting_ms == pytest.approx(500, abs=ABOUT)
    assert responses(view) == about(700)


def test_nothing_is_said_of_a_stream_in_which_nobody_spoke():
    view = measured(caller=[], agent=[])
    assert view.turns == []
    assert view.greeting_ms is view.response is view.barge_in_stop is view.talk_over_ms is view.echo is None
    assert view.caller.share is view.agent.share is None
    assert (view.dead_air_ms, view.dead_airs) == (12_000, 1)


def test_a_caller_who_speaks_first_is_answered_by_the_greeting():
    view = measured(caller=[(500, 1500)], agent=[(2500, 4000)])
    assert view.greeting_ms == pytest.approx(2500, abs=ABOUT)
    assert responses(view) == about(1000)


def test_after_a_pause_in_the_callers_sentence_the_later_end_counts():
    view = measured(caller=[(500, 1500), (1800, 2500), (3500, 4000)], agent=[(4600, 6000)])
    assert turns(view) == ["caller", "agent"]
    assert responses(view) == about(600)


def test_an_agent_that_cuts_in_does_not_respond():
    view = measured(caller=[(500, 3000)], agent=[(2000, 4000)])
    assert responses(view) == []
    assert view.talk_over_ms == pytest.approx(1000, abs=ABOUT)
    assert not any(turn.barge_in for turn in view.turns)


def test_an_agent_that_goes_on_after_a_pause_does_not_answer_what_was_said_in_it():
    view = measured(caller=[(2050, 2250)], agent=[(500, 2000), (2400, 4000)])
    assert responses(view) == []
    assert [(turn.speaker, turn.end_ms) for turn in view.turns if turn.speaker == "agent"] == [
        ("agent", pytest.approx(4000, abs=ABOUT))
    ]


def test_a_second_message_without_an_answer_between_responds_to_nothing():
    view = measured(caller=[(500, 1500)], agent=[(2000, 3000), (8000, 9000)])
    assert turns(view) == ["caller", "agent", "agent"]
    assert responses(view) == about(500)


def test_an_interrupted_agent_is_silent_after_a_while():
    view = measured(caller=[(2000, 4000)], agent=[(500, 2600), (5000, 6000)])
    (interruption,) = (turn for turn in view.turns if turn.barge_in)
    assert interruption.speaker == "caller"
    assert interruption.stop_ms == pytest.approx(600, abs=ABOUT)
    assert view.barge_in_stop is not None
    assert view.barge_in_stop.count == 1
    assert responses(view) == about(1000)


def test_who_only_shows_that_they_listen_does_not_interrupt():
    view = measured(caller=[(1000, 1300), (2500, 2800)], agent=[(500, 4000)])
    assert turns(view) == ["agent", "caller", "caller"]
    assert not any(turn.barge_in for turn in view.turns)
    assert view.barge_in_stop is None


def test_after_a_backchannel_the_next_barge_in_is_measured_from_its_own_onset():
    view = measured(caller=[(1000, 1300), (2500, 4500)], agent=[(500, 3000)])
    assert [turn.stop_ms for turn in view.turns if turn.barge_in] == about(500)


def test_an_agent_that_ends_just_after_the_callers_onset_was_not_interrupted():
    view = measured(caller=[(1940, 4000)], agent=[(500, 2000)])
    assert not any(turn.barge_in for turn in view.turns)
    assert view.talk_over_ms == pytest.approx(60, abs=ABOUT)


def test_an_agent_interrupted_in_a_pause_of_its_own_stops_when_it_is_silent_for_good():
    view = measured(caller=[(2100, 4000)], agent=[(500, 2000), (2300, 2900)])
    assert [turn.stop_ms for turn in view.turns if turn.barge_in] == about(800)


def test_an_agent_that_never_stops_has_no_stop_time():
    view = measured(caller=[(1000, 2500)], agent=[(500, 12_000)])
    (interruption,) = (turn for turn in view.turns if turn.barge_in)
    assert interruption.stop_ms is None
    assert view.barge_in_stop is None


def test_a_click_is_no_speech():
    view = measured(caller=[(1000, 1040)], agent=[(500, 4000)])
    assert turns(view) == ["agent"]
    assert view.talk_over_ms is None


def test_talk_is_shared_and_dead_air_counted_from_two_seconds_on():
    view = measured(caller=[(3500, 4500)], agent=[(500, 3500), (7000, 9000), (10_000, 11_000)])
    assert (view.agent.ms, view.caller.ms) == (pytest.approx(6000, abs=60), pytest.approx(1000, abs=ABOUT))
    assert view.agent.share == pytest.approx(6 / 7, abs=0.01)
    assert (view.dead_air_ms, view.dead_airs) == (pytest.approx(2500, abs=ABOUT), 1)


def test_a_view_goes_through_json():
    view = measured(caller=[(3000, 4000)], agent=[(500, 2000), (4700, 6000)])
    assert view.version == TURNS_VERSION
    assert msgspec.json.decode(msgspec.json.encode(view), type=TurnsView) == view


def test_there_is_no_95th_percentile_of_fewer_than_twenty():
    series = Series()
    assert series.figure is None
    for value in range(1, 20):
        series.add(value)
    assert series.figure is not None
    assert (series.figure.median_ms, series.figure.p95_ms, series.figure.worst_ms) == (10, None, 19)
    series.add(500)
    assert (series.figure.count, series.figure.last_ms, series.figure.p95_ms) == (20, 500, 19)


class Live:
    """A stream in progress, 100 ms at a time."""

    def __init__(self, caller: Spans, agent: Spans, operator: Spans | None = None, name: str = "ann") -> None:
        self.turns = Turns(MULAW_8K, started=50.0)
        self._caller, self._agent, self._operator = (
            encode(voiced(spans, 20_000), MULAW_8K) for spans in (caller, agent, operator or [])
        )
        self._now, self._name = 0, name

    def run(self, until: int) -> TurnsView:
        while self._now < until:
            first, self._now = self._now * RATE // 1000, self._now + 100
            part = slice(first, self._now * RATE // 1000)
            begin, end = 50 + first / RATE, 50 + self._now / 1000
            self.turns.caller(self._caller[part], end)
            far = [Piece(begin, end, self._agent[part], ""), Piece(begin, end, self._operator[part], self._name)]
            self.turns.far([piece for piece in far if set(piece.payload) - {0xFF}], end)
        return self.turns.report()


def test_a_turn_is_told_while_the_stream_lives_and_with_its_true_times():
    live = Live(caller=[(1000, 2000)], agent=[(2600, 4000)])
    view = live.run(1600)
    assert (view.speaking, view.since_ms) == ("caller", pytest.approx(1000, abs=ABOUT))
    view = live.run(2500)
    assert (view.speaking, view.since_ms) == ("nobody", pytest.approx(2000, abs=ABOUT))
    view = live.run(2900)
    assert view.speaking == "agent"
    assert view.turns[-1].end_ms is None
    assert view.response is not None
    assert view.response.last_ms == pytest.approx(600, abs=ABOUT)
    assert live.turns.view().turns == []


def test_a_barge_in_is_told_half_a_second_after_the_agent_is_silent():
    live = Live(caller=[(2000, 6000)], agent=[(500, 2600)])
    assert live.run(2900).barge_in_stop is None
    assert live.run(3500).barge_in_stop is not None


def test_what_an_operator_answers_is_no_response_of_the_agents():
    live = Live(caller=[(1000, 2000)], operator=[(2500, 3500)], agent=[(4000, 5000)])
    view = live.run(7000)
    assert [(turn.speaker, turn.operator) for turn in view.turns] == [
        ("caller", ""),
        ("operator", "ann"),
        ("agent", ""),
    ]
    assert responses(view) == []
    assert view.operator.ms == pytest.approx(1000, abs=ABOUT)


def test_a_word_that_ends_when_the_rest_catches_up_begins_before_it_ends():
    told = Turns(MULAW_8K, 0.0)
    told.caller(encode(voiced([], 1_000), MULAW_8K), 1.5)
    told.caller(encode(voiced([(0, 100)], 150), MULAW_8K), 1.65)
    told.caller(encode(voiced([], 500), MULAW_8K), 1.75)
    told.far([], 1.8)
    (turn,) = told.turns
    assert turn.end_ms is not None
    assert turn.start_ms <= turn.end_ms


def test_ringing_is_nobodys_speech():
    live = Live(caller=[(1000, 2000)], operator=[(2500, 3500)], agent=[], name="ringing")
    assert turns(live.run(5000)) == ["caller"]


def test_while_an_operator_has_taken_over_nothing_is_asked_of_the_agent():
    live = Live(caller=[(1000, 2000), (5000, 6000)], agent=[(4000, 4500), (6500, 7000)])
    live.turns.take_over(True, at=50.5)
    live.run(3000)
    live.turns.take_over(False, at=53.0)
    assert responses(live.run(9000)) == about(500)


def test_an_agent_silenced_by_a_take_over_did_not_stop_for_the_caller():
    live = Live(caller=[(1000, 4000)], agent=[(500, 2010)])
    live.run(1900)
    live.turns.take_over(True, at=52.0)
    assert live.run(5000).barge_in_stop is None


def test_only_the_newest_thousand_turns_are_kept():
    kept = TurnList()
    for at in range(1500):
        speaker: Speaker = "agent" if at % 2 else "caller"
        kept.take(Change(at, speaker, speaking=True), "", None)
        kept.take(Change(at + 0.9, speaker, speaking=False), "", None)
    assert len(kept.turns) == 1000
    assert kept.turns[-1].start_ms == 1_499_000

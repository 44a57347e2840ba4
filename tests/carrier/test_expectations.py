"""Expectations held against reports of calls."""

import pytest

from bridge.carrier.expectations import judge
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.report import CallReport, report
from bridge.carrier.scenario import Expect
from bridge.wire.findings import RULES, Finding
from bridge.wire.turns import Figure, Talk, Turn, TurnsView


def figure(worst_ms: int) -> Figure:
    return Figure(count=1, last_ms=worst_ms, median_ms=worst_ms, p95_ms=None, worst_ms=worst_ms)


def turns(**figures) -> TurnsView:
    nobody = Talk(ms=0, share=None)
    return TurnsView(at_ms=9000, caller=nobody, agent=nobody, operator=nobody, **figures)


def found(code: str) -> Finding:
    rule = RULES[code]
    return Finding(code=code, level=rule.level, text=rule.text, remedy=rule.remedy, first_at=0)


def call(measured: TurnsView | None = None, **fields) -> CallReport:
    return report(Outcome(**fields), measured or turns())


def failed(expect: Expect, reported: CallReport, failure: str = "") -> list[str]:
    return [check.name for check in judge(expect, reported, failure) if not check.passed]


@pytest.mark.parametrize(
    ("expect", "figures"),
    [
        (Expect(greeting_within_ms=1000), {"greeting_ms": 1000}),
        (Expect(response_within_ms=1000), {"response": figure(1000)}),
        (Expect(stops_within_ms=1000), {"barge_in_stop": figure(1000)}),
    ],
)
def test_a_time_is_held_by_the_slowest_and_must_have_been_measured(expect, figures):
    assert failed(expect, call(turns(**figures))) == []
    (name,) = figures
    slower = {name: 1001 if name == "greeting_ms" else figure(1001)}
    assert len(failed(expect, call(turns(**slower)))) == 1
    assert len(failed(expect, call(turns()))) == 1


def test_a_bot_that_stops_at_once_when_interrupted_has_stopped():
    overlapping = [Turn(speaker="agent", start_ms=0, end_ms=850), Turn(speaker="caller", start_ms=800, end_ms=3000)]
    assert failed(Expect(stops_within_ms=1000), call(turns(turns=overlapping))) == []


def test_a_call_without_a_stream_fails_for_that_alone():
    reported = call(ending=Ending.NO_SOCKET, error="The socket could not be opened.")
    assert failed(Expect(greeting_within_ms=1, dtmf="1"), reported) == ["call"]


def test_a_step_that_was_not_done_fails():
    assert failed(Expect(), call(), "The bot did not speak.") == ["steps"]


@pytest.mark.parametrize(
    ("expected", "ending", "code", "fails"),
    [
        (None, Ending.CALLER, None, False),
        (None, Ending.FAR_END, 1000, True),
        (1000, Ending.FAR_END, 1000, False),
        (1000, Ending.FAR_END, 1011, True),
        (1000, Ending.CALLER, None, True),
    ],
)
def test_who_closes_and_how_is_expected(expected, ending, code, fails):
    reported = call(ending=ending, close_code=code)
    assert failed(Expect(closes_with=expected), reported) == (["close"] if fails else [])


@pytest.mark.parametrize(("let_pass", "fails"), [("info", True), ("warning", False), ("error", False)])
def test_findings_are_let_pass_up_to_a_level(let_pass, fails):
    reported = call(findings=[found("clear-no-id")])
    assert failed(Expect(findings_up_to=let_pass), reported) == (["findings"] if fails else [])


def test_checkpoints_and_digits_are_expected_by_name():
    reported = call(played=["greeting"], dropped=["answer"], digits="12")
    assert failed(Expect(checkpoints=["greeting", "answer"], dtmf="12"), reported) == []
    assert failed(Expect(checkpoints=["farewell"], dtmf="1"), reported) == ["checkpoint farewell", "dtmf"]

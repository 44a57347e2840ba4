"""Scenarios run against bots: one that does it right, and some that do not."""

import asyncio
import stat

import pytest

from bridge.carrier.bot import talking_bot
from bridge.carrier.checking import run_scenario
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.recorded import RecordedError, read_recorded
from bridge.carrier.scenario import Expect, Press, Scenario, StaySilent, WaitForClose, find_scenario, read_scenario
from bridge.wire.document import StreamElement
from bridge.wire.notes import read_notes


def plans_to(url: str):
    def plan_of(number: int) -> CallPlan:
        parties = Parties(from_=f"+44770090012{number}", to="+14155550100")
        return CallPlan(parties=parties, target=StreamElement(url=url, bidirectional=True))

    return plan_of


async def shipped(name: str, url: str, **rest):
    path = find_scenario(name)
    return await run_scenario(
        name, read_scenario(path), path.parent, plans_to(url), tell=lambda number, sentence: None, **rest
    )


def failed(report) -> list[str]:
    return [check.name for call in report.calls for check in call.checks if not check.passed]


async def test_a_good_bot_greets_and_stops_when_it_is_interrupted():
    async with talking_bot() as url:
        greets, stops = await asyncio.gather(shipped("greets", url), shipped("stops-when-interrupted", url))
    assert failed(greets) == failed(stops) == []
    assert greets.passed
    assert stops.passed
    assert greets.calls[0].report.turns.greeting_ms < 1000


async def test_a_bot_that_says_nothing_does_not_greet(far_end):
    scenario = read_scenario(find_scenario("greets"))
    scenario.step[0].within = 0.5
    report = await run_scenario(
        "greets", scenario, find_scenario("greets").parent, plans_to(far_end.stream().url), tell=lambda *_: None
    )
    assert not report.passed
    assert failed(report) == ["steps", "greeting"]


async def test_calls_at_the_same_time_are_made_and_kept_and_can_be_called_with_again(far_end, tmp_path):
    told = []
    scenario = Scenario(about="Two press.", step=[Press(digits="42"), StaySilent(seconds=0.2)], calls=2)
    report = await run_scenario(
        "two",
        scenario,
        tmp_path,
        plans_to(far_end.stream().url),
        tell=lambda number, sentence: told.append((number, sentence)),
        recordings=tmp_path / "kept",
    )
    assert report.passed
    assert sorted(told) == [(number, does) for number in (1, 2) for does in ("presses 42", "stays silent for 0.2 s")]
    assert [frame["dtmf"]["digit"] for frame in far_end.named("dtmf")].count("4") == 2
    paths = sorted((tmp_path / "kept").iterdir())
    assert [path.suffix for path in paths] == [".json", ".wav"] * 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}
    assert {call.report.recording for call in report.calls} == {str(path) for path in paths if path.suffix == ".wav"}
    recorded = read_recorded(paths[1])
    assert [digit for _, digit in recorded.digits] == ["4", "2"]
    assert recorded.digits[1][0] - recorded.digits[0][0] == pytest.approx(0.2, abs=0.05)
    assert recorded.seconds == pytest.approx(0.6, abs=0.1)
    assert read_notes(paths[0].read_bytes()).stream.to == "+14155550100"


async def test_a_bot_that_closes_as_expected_passes(far_end):
    scenario = Scenario(about="Closes.", step=[WaitForClose(within=5.0)], expect=Expect(closes_with=1000))
    running = asyncio.create_task(
        run_scenario("closes", scenario, find_scenario("greets").parent, plans_to(far_end.stream().url), tell=print)
    )
    await far_end.until_frames("media")
    await far_end.sockets[0].close(1000, "goodbye")
    report = await running
    assert failed(report) == []


def test_what_is_no_recording_is_told(tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(RecordedError, match="is no recording"):
        read_recorded(tmp_path / "x.wav")

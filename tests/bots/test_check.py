"""Bots of other people pass the scenario that suits an echo: they answer what the caller says."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from bridge.carrier.checking import run_scenario
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.scenario import SPEECH, Say, WaitForSilence, find_scenario, read_scenario
from bridge.wire.document import StreamElement
from bridge.wire.formats import MULAW_8K


async def test_a_bot_answers(bot: str, tmp_path: Path) -> None:
    scenario = read_scenario(find_scenario("answers"))
    assert isinstance(scenario.step[0], WaitForSilence)
    assert isinstance(scenario.step[1], Say)
    # An echo has no greeting to wait for; a shorter sentence keeps the test short.
    steps = [structs.replace(scenario.step[0], of=0.2), Say(speech="sam-3"), *scenario.step[2:]]
    scenario = structs.replace(scenario, step=steps)

    def plan_of(number: int) -> CallPlan:
        target = StreamElement(url=bot, bidirectional=True, content_type=MULAW_8K.content_type)
        return CallPlan(parties=Parties(from_="+447700900123", to="+14155550100"), target=target)

    report = await run_scenario(
        "answers", scenario, SPEECH, plan_of, tell=lambda number, text: None, recordings=tmp_path
    )
    assert [check.text for call in report.calls for check in call.checks if not check.passed] == []
    (call,) = report.calls
    assert call.report.audio_got_seconds > 2.5
    assert call.report.turns is not None
    assert call.report.turns.agent.ms > 1000, "it is heard to say something"
    assert Path(call.report.recording).is_file()

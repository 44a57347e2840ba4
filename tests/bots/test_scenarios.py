"""The scenarios of `offhook check`, run against bots that are not ours."""

from bridge.carrier.checking import run_scenario
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.scenario import WaitForSilence, find_scenario, read_scenario
from bridge.wire.document import StreamElement
from bridge.wire.formats import MULAW_8K


async def test_an_echo_answers_and_nothing_worse_than_a_warning_is_found(bot):
    path = find_scenario("answers")
    scenario = read_scenario(path)
    assert isinstance(scenario.step[0], WaitForSilence)
    scenario.step[0].of = 0.1  # an echo has no greeting to wait for

    def plan_of(number: int) -> CallPlan:
        stream = StreamElement(url=bot, bidirectional=True, content_type=MULAW_8K.content_type)
        return CallPlan(parties=Parties(from_="+447700900123", to="+14155550100"), target=stream)

    report = await run_scenario("answers", scenario, path.parent, plan_of, tell=lambda number, sentence: None)
    assert [check.text for call in report.calls for check in call.checks if not check.passed] == []

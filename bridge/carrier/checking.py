"""Running a scenario against a bot: the engine of `offhook check`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from msgspec import Struct

from bridge.audio.wav import Wav
from bridge.carrier.call import Call
from bridge.carrier.expectations import Check, judge
from bridge.carrier.keeping import keep
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.recital import frames_of
from bridge.carrier.report import CallReport, measure_turns, report
from bridge.carrier.scenario import Interrupt, Say, Scenario, TextToSpeech, load_speech
from bridge.carrier.scripted_caller import ScriptedCaller
from bridge.carrier.voice import Voice
from bridge.wire.formats import AudioFormat

_APART = 0.5
"""Seconds between the beginnings of calls at the same time."""

Tell = Callable[[int, str], None]
"""Told what the caller of each call (by its number, from 1) does, as the end of a sentence."""


class CheckedCall(Struct, kw_only=True):
    """One call of a scenario."""

    report: CallReport
    checks: list[Check]


class CheckReport(Struct, kw_only=True):
    """One scenario's run."""

    scenario: str
    about: str
    passed: bool
    seconds: float
    calls: list[CheckedCall]


async def run_scenario(
    name: str,
    scenario: Scenario,
    folder: Path,
    plan_of: Callable[[int], CallPlan],
    *,
    tell: Tell,
    speak: TextToSpeech | None = None,
    recordings: Path | None = None,
) -> CheckReport:
    """Make the scenario's calls and judge them; the caller in each plan is replaced.

    `folder` is where the scenario's WAV files are; `recordings` is where the calls are kept, None: nowhere.
    Raises ScenarioError when something that is to be said cannot be had, OSError when a recording cannot be written.
    """
    sayings = {
        number: load_speech(step, folder, speak)
        for number, step in enumerate(scenario.step)
        if isinstance(step, Say | Interrupt)
    }
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(
                _one_call(scenario, sayings, plan_of(number), number, tell, recordings), name=f"call {number} of {name}"
            )
            for number in range(1, scenario.calls + 1)
        ]
    calls = [task.result() for task in tasks]
    passed = all(check.passed for call in calls for check in call.checks)
    seconds = round(time.monotonic() - began, 3)
    return CheckReport(scenario=name, about=scenario.about, passed=passed, seconds=seconds, calls=calls)


async def _one_call(
    scenario: Scenario, sayings: dict[int, Wav], plan: CallPlan, number: int, tell: Tell, recordings: Path | None
) -> CheckedCall:
    await asyncio.sleep((number - 1) * _APART)
    callers: list[ScriptedCaller] = []

    def begin(audio_format: AudioFormat) -> Voice:
        frames = {step: frames_of(wav.samples, wav.rate, audio_format) for step, wav in sayings.items()}
        callers.append(
            ScriptedCaller(
                scenario,
                audio_format,
                frames,
                press=call.press,
                hang_up=call.hang_up,
                tell=lambda sentence: tell(number, sentence),
            )
        )
        return callers[-1]

    call = Call(replace(plan, caller=begin))
    outcome = await call.run()
    failure = callers[-1].failure if callers else ""
    reported = await asyncio.to_thread(_report, outcome, plan, recordings)
    return CheckedCall(report=reported, checks=judge(scenario.expect, reported, failure))


def _report(outcome: Outcome, plan: CallPlan, recordings: Path | None) -> CallReport:
    turns = measure_turns(outcome)
    kept = str(keep(outcome, plan.parties, turns, recordings)) if recordings and outcome.said else ""
    return report(outcome, turns, kept)

"""One call without a person: a file speaks, or nobody."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import click

from bridge.audio.wav import Wav
from bridge.carrier.call import Call
from bridge.carrier.outcome import Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.recital import recital
from bridge.cli.call_words import live_line
from bridge.cli.calling import KEPT_SECONDS, carry_out, says_and_waits, tell
from bridge.cli.report import Report
from bridge.phone.recording import RecordingError, read_recording


def make_one(
    plan: CallPlan, wav: Path | None, seconds: float | None, record: str | None, *, fail_on: str, as_json: bool
) -> int:
    """Make the call and print what became of it; returns the exit code. Raises click.ClickException."""
    try:
        said = read_recording(wav) if wav else None
    except RecordingError as error:
        raise click.ClickException(str(error)) from error
    return finish_one(replace(plan, seconds=seconds), said, record, fail_on=fail_on, as_json=as_json)


def finish_one(plan: CallPlan, said: Wav | None, record: str | None, *, fail_on: str, as_json: bool) -> int:
    """Make a call in which `said` is said, or what the plan says; the rest as `make_one`."""
    if said is not None and plan.seconds is None:
        plan = replace(plan, caller=says_and_waits(said, lambda: call))
    elif said is not None:
        plan = replace(plan, caller=recital(said.samples, said.rate))
    call = Call(replace(plan, keep_seconds=KEPT_SECONDS))
    live = Report(as_json)

    def show(outcome: Outcome) -> None:
        live.live(live_line(outcome))

    outcome = asyncio.run(carry_out(call, show))
    live.live("")
    return tell(outcome, plan, record, fail_on=fail_on, as_json=as_json)

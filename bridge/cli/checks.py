"""Scenarios run one after the other, each told as it goes and when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click
from msgspec import Struct

from bridge.audio.wav import Wav
from bridge.carrier.checking import CheckReport, run_scenario
from bridge.carrier.plan import CallPlan
from bridge.carrier.scenario import Scenario, ScenarioError, find_scenario, read_scenario, shipped_scenarios
from bridge.cli.call_options import CONTENT_TYPE
from bridge.cli.check_words import scenario_lines, summary
from bridge.cli.connect import told
from bridge.cli.junit import write_junit
from bridge.cli.output import say
from bridge.cli.report import Report
from bridge.cli.speech import speak
from bridge.operator.home import read_toml
from bridge.operator.network import why_not
from bridge.wire.link.messages import encode

PlanOf = Callable[[str], CallPlan]
"""A call whose stream has this content type."""


class AllChecks(Struct, kw_only=True):
    """What `--json` prints."""

    target: str
    passed: bool
    scenarios: list[CheckReport]


@dataclass(frozen=True, slots=True)
class Found:
    """A scenario, and where it was read."""

    name: str
    path: Path
    scenario: Scenario


def read_all(names: tuple[str, ...]) -> list[Found]:
    """The scenarios of these names or files, or all that ship. Raises click.UsageError."""
    try:
        paths = [find_scenario(name) for name in names or shipped_scenarios()]
        return [Found(path.stem, path, read_scenario(path)) for path in paths]
    except ScenarioError as error:
        raise click.UsageError(str(error)) from error


def check_all(
    target: str, found: list[Found], plan_of: PlanOf, *, junit: Path | None, keep: Path, as_json: bool
) -> int:
    """Run the scenarios and print how they went; returns the exit code. Raises click.ClickException."""
    plan_of(CONTENT_TYPE)  # Wrong usage is to be told before the first scenario.
    live = Report(as_json)
    reports = []
    for each in found:
        reports.append(_check(each, plan_of, keep, live))
        if not as_json:
            say("\n".join(scenario_lines(reports[-1])))
    passed = all(report.passed for report in reports)
    if as_json:
        click.echo(encode(AllChecks(target=target, passed=passed, scenarios=reports)))
    else:
        say(summary(reports))
    if junit is not None:
        _write(junit, write_junit(reports))
    return 0 if passed else 1


def _check(found: Found, plan_of: PlanOf, keep: Path, live: Report) -> CheckReport:
    began = time.monotonic()

    def tell(number: int, text: str) -> None:
        caller = f"caller {number}" if found.scenario.calls > 1 else "the caller"
        live.live(f"{found.name} · {time.monotonic() - began:.0f} s · {caller} {text}")

    live.live(f"{found.name} · ringing")
    try:
        return asyncio.run(
            run_scenario(
                found.name,
                found.scenario,
                found.path.parent,
                lambda _: plan_of(found.scenario.content_type),
                tell=tell,
                speak=_speak,
                recordings=keep,
            )
        )
    except* ScenarioError as errors:
        raise click.UsageError(str(errors.exceptions[0])) from errors
    except* OSError as errors:
        raise click.ClickException(
            f"The recordings cannot be kept in {keep}: {why_not(errors.exceptions[0])}."
        ) from errors
    finally:
        live.live("")


def _speak(text: str) -> Wav:
    with told():
        return speak(text, None, read_toml())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}.") from error

"""Scenarios that were run, in words: what failed in full, what passed in a line with its numbers."""

from __future__ import annotations

from collections.abc import Iterator

import click

from bridge.carrier.checking import CheckedCall, CheckReport
from bridge.carrier.report import CallReport
from bridge.cli.call_words import finding_lines, wrapped
from bridge.cli.output import counted
from bridge.cli.turn_words import figure
from bridge.operator.turn_words import seconds

_INDENT = " " * 6
_MATTERS_OF_COURSE = ("call", "steps", "close", "findings")
"""Checks that are told of only when they fail."""


def scenario_lines(report: CheckReport) -> Iterator[str]:
    """One scenario."""
    verdict = click.style("pass", fg="green") if report.passed else click.style("FAIL", fg="red", bold=True)
    yield f"{verdict}  {report.scenario:<24}{report.seconds:>6.1f} s"
    if not report.passed:
        yield from wrapped(report.about, _INDENT)
    for number, call in enumerate(report.calls, 1):
        if len(report.calls) > 1:
            yield f"{_INDENT}Caller {number}:"
        yield from _call_lines(call)


def summary(reports: list[CheckReport]) -> str:
    """All of them in a sentence."""
    failed = [report.scenario for report in reports if not report.passed]
    seconds = sum(report.seconds for report in reports)
    if not failed:
        return f"All {len(reports)} passed in {seconds:.0f} s." if len(reports) > 1 else f"Passed in {seconds:.0f} s."
    return f"{len(failed)} of {len(reports)} failed: {', '.join(failed)}."


def _call_lines(call: CheckedCall) -> Iterator[str]:
    for check in call.checks:
        if not check.passed or check.name not in _MATTERS_OF_COURSE:
            yield from wrapped(check.text, _INDENT)
    yield from wrapped(" · ".join(_figures(call.report)), _INDENT)
    yield from finding_lines(call.report.findings, _INDENT)
    if call.report.recording:
        yield f"{_INDENT}{call.report.recording}"


def _figures(report: CallReport) -> Iterator[str]:
    """The numbers that say how fast the bot is, as far as they are known, and how good they are."""
    if report.first_audio_ms is not None:
        yield f"first audio {seconds(report.first_audio_ms)}"
    if report.turns is not None and report.turns.greeting_ms is not None:
        yield f"greeting {seconds(report.turns.greeting_ms)}"
    if report.turns is not None and report.turns.response is not None:
        yield f"response {figure(report.turns.response)}"
    if report.gaps:
        yield counted(report.gaps, "gap")
    yield f"emulator up to {report.worst_lateness_ms:g} ms late"

"""Many calls at once: a line while they go on, a table when they are over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from bridge.carrier.lateness import LatenessView
from bridge.carrier.load import FindingTotal, Load, LoadFigure, LoadPlan, LoadReport, LoadTotals
from bridge.carrier.plan import CallPlan, Parties
from bridge.carrier.recital import recital
from bridge.carrier.voice import Talker, Voice, VoiceOf
from bridge.cli.call_words import wrapped
from bridge.cli.calling import worst_reached
from bridge.cli.output import counted, printable, table
from bridge.cli.report import Report
from bridge.phone.recording import RecordingError, read_recording
from bridge.wire.formats import AudioFormat
from bridge.wire.link.messages import encode

_SECONDS = 30.0
_CALLERS = ("emma", "jack", "omar", "ruth")
_TICK = 0.2
_HEADINGS = ("", " COUNT", "     P50", "     P95", "   WORST", "WHILE LATE")


def make_many(
    plan: CallPlan,
    wav: Path | None,
    *,
    calls: int,
    per_second: float,
    seconds: float | None,
    fail_on: str,
    as_json: bool,
) -> int:
    """Make calls like the plan and print what became of them; returns the exit code. Raises click.ClickException.

    Each is `seconds` long, 30 where that is None.
    """
    said = _recital(wav) if wav else None

    def plan_of(number: int) -> CallPlan:
        parties = _parties_of_another_call(plan.parties)
        return replace(plan, parties=parties, caller=said or _talker(number))

    load = Load(LoadPlan(calls=calls, per_second=per_second, seconds=seconds or _SECONDS, plan_of=plan_of))
    live = Report(as_json)
    report = asyncio.run(_run(load, calls, live))
    live.live("")
    click.echo(encode(report) if as_json else "\n".join(_lines(report)))
    return int(bool(report.failures) or worst_reached((found.level for found in report.findings), fail_on))


async def _run(load: Load, calls: int, live: Report) -> LoadReport:
    """Run it to its end; when cancelled, all calls are hung up, and what became of them is reported."""
    running = asyncio.create_task(load.run(), name="load")
    try:
        while not (await asyncio.wait({running}, timeout=_TICK))[0]:
            live.live(_live_line(load.totals(), calls))
    except asyncio.CancelledError:
        load.stop()
    return await running


def _parties_of_another_call(parties: Parties) -> Parties:
    return Parties(from_=parties.from_, to=parties.to, sip_headers=parties.sip_headers)


def _recital(wav: Path) -> VoiceOf:
    try:
        recording = read_recording(wav)
    except RecordingError as error:
        raise click.ClickException(str(error)) from error
    return recital(recording.samples, recording.rate)


def _talker(number: int) -> VoiceOf:
    def begin(audio_format: AudioFormat) -> Voice:
        return Talker(audio_format, _CALLERS[number % len(_CALLERS)], seed=number)

    return begin


def _live_line(totals: LoadTotals, calls: int) -> str:
    failed = f" ({totals.failed} failed)" if totals.failed else ""
    return (
        f"{totals.live} live · {totals.begun}/{calls} begun · {totals.ended} ended{failed} · "
        f"{_lateness(totals.lateness)} · {totals.frames_sent} sent, {totals.frames_got} got"
    )


def _lateness(lateness: LatenessView) -> str:
    return f"late p99 {lateness.p99_ms:g} ms, worst {lateness.worst_ms:g} ms"


def _lines(report: LoadReport) -> list[str]:
    failed = sum(report.failures.values())
    figures = {
        "set-up": report.set_up,
        "first audio": report.first_audio,
        "response": report.response,
    }
    lines = [f"{counted(report.calls, 'call')}, {failed or 'none'} failed."]
    lines += [f"  {count} times: {printable(failure)}" for failure, count in report.failures.items()]
    lines += ["", *table(_HEADINGS, [_row(name, figure) for name, figure in figures.items()])]
    if report.measured_calls < report.calls:
        lines.append(f"Responses were measured on {report.measured_calls} of the calls.")
    lines += [f"Gaps in the bot's audio: {report.gaps}.", ""]
    lines += _findings(report.findings)
    return [*lines, *_trust(report)]


def _row(name: str, figure: LoadFigure | None) -> tuple[str, ...]:
    if figure is None:
        return (name, f"{'-':>6}", f"{'-':>8}", f"{'-':>8}", f"{'-':>8}", "")
    values = figure.values
    times = (values.median_ms, values.p95_ms, values.worst_ms)
    cells = [f"{'-' if time is None else f'{time} ms':>8}" for time in times]
    return (name, f"{values.count:>6}", *cells, f"{figure.late} of {values.count}" if figure.late else "none")


def _findings(findings: list[FindingTotal]) -> list[str]:
    if not findings:
        return ["Nothing was found."]
    rows = [(found.level, found.code, f"{found.calls:>5}", f"{found.count:>6}") for found in findings]
    return table(("FINDING", "", "CALLS", " TIMES"), rows)


def _trust(report: LoadReport) -> Iterator[str]:
    """How good the figures are: how late this machine was itself."""
    late = report.lateness
    yield from wrapped(
        f"This machine was itself {_lateness(late)}; {late.late_beats} of {late.beats} frames were more than 10 ms "
        "late.",
        "",
    )
    if any(figure and figure.late for figure in (report.set_up, report.first_audio, report.response)):
        yield from wrapped(
            "Values taken WHILE LATE say as much of this machine as of the bot: make fewer calls at once.", ""
        )

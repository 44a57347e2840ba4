"""A call that is over, in words."""

from __future__ import annotations

import shutil
import textwrap
import time
from collections.abc import Iterator

from bridge.carrier.outcome import Outcome
from bridge.carrier.report import CallReport
from bridge.cli.output import counted, printable
from bridge.cli.turn_words import turn_figures
from bridge.wire.findings import Finding

_ENDINGS = {
    "caller": "the caller hung up",
    "far end": "the bot closed the socket",
    "stream timeout": "the stream came to its timeout",
    "drop": "the connection was cut",
    "far end too slow": "the bot read too slowly and was dropped",
}
_NAME_WIDTH = 15


def call_lines(report: CallReport) -> Iterator[str]:
    """All that there is to say of one call. Much of it comes from the bot, or from whoever wrote the document."""
    yield from map(printable, _lines(report))


def _lines(report: CallReport) -> Iterator[str]:
    yield _ended(report)
    yield from (f"  {step}" for step in report.steps)
    yield from wrapped(report.error)
    for name, value in _figures(report):
        yield f"  {name + ':':<{_NAME_WIDTH}}{value}"
    yield from finding_lines(report.findings)
    if report.recording:
        yield f"Recording: {report.recording}"


def live_line(outcome: Outcome) -> str:
    """A call that goes on, in one line."""
    if outcome.started is None:
        return outcome.steps[-1] if outcome.steps else "Ringing ..."
    got = f"{outcome.frames_got} commands got: {outcome.audio_got_seconds:.1f} s audio"
    found = f" · {counted(len(outcome.findings), 'finding')}" if outcome.findings else ""
    seconds = time.monotonic() - outcome.started
    return f"{seconds:.0f} s · {outcome.frames_sent} frames sent · {got}{found} · Ctrl-C hangs up"


def finding_lines(findings: list[Finding], indent: str = "  ") -> Iterator[str]:
    """Each finding with its remedy."""
    for finding in findings:
        times = f", {finding.count} times" if finding.count > 1 else ""
        yield f"{indent}{finding.level}: {finding.code} at {finding.first_at / 1000:.2f} s{times}"
        yield from wrapped(f"{finding.text} {finding.remedy}", f"{indent}  ")


def _ended(report: CallReport) -> str:
    if report.error:
        return f"There was no stream: {report.ending}."
    reason = f" ({report.close_code} {report.close_reason}".rstrip() + ")" if report.close_code is not None else ""
    return f"The call lasted {report.seconds:.1f} s; {_ENDINGS.get(report.ending, report.ending)}{reason}."


def _figures(report: CallReport) -> Iterator[tuple[str, str]]:
    if report.error:
        return
    first = f"first audio after {report.first_audio_ms} ms" if report.first_audio_ms is not None else "no audio came"
    yield "set-up", f"{report.connected_ms} ms to the open socket, {first}"
    gaps = f", {counted(report.gaps, 'gap')}" if report.gaps else ""
    yield "frames", f"{report.frames_sent} sent, {report.frames_got} got: {report.audio_got_seconds:.1f} s audio{gaps}"
    played = sum(checkpoint.ended == "played" for checkpoint in report.checkpoints)
    cleared = len(report.checkpoints) - played
    yield (
        "checkpoints",
        f"{played} played, {cleared} cleared; {counted(report.clears, 'clear')}" if played + cleared else "none",
    )
    if report.dtmf:
        yield "digits", f"{report.dtmf} from the bot"
    if report.turns is not None:
        yield from turn_figures(report.turns)
    yield "lateness", f"{report.worst_lateness_ms:g} ms at worst: no figure is better than this"


def wrapped(text: str, indent: str = "  ") -> Iterator[str]:
    """The text in lines that fit the terminal."""
    width = max(40, shutil.get_terminal_size().columns - 1)
    yield from textwrap.wrap(printable(text), width, initial_indent=indent, subsequent_indent=indent)

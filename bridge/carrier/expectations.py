"""What a scenario expects, held against what became of its calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from bridge.carrier.report import CallReport
from bridge.carrier.scenario import Expect
from bridge.wire.level import Level
from bridge.wire.turns import Figure, TurnsView

SEVERITY: Final[dict[Level, int]] = {"info": 0, "warning": 1, "error": 2}


class Check(Struct, kw_only=True):
    """One expectation on one call."""

    name: str
    passed: bool
    text: str
    """What was expected and what was found, as a sentence."""


def judge(expect: Expect, report: CallReport, failure: str) -> list[Check]:
    """All that is to be said of one call; `failure` is why its steps could not be done."""
    return list(_checks(expect, report, failure))


def _checks(expect: Expect, report: CallReport, failure: str) -> Iterator[Check]:
    yield Check(name="call", passed=not report.error, text=report.error or "The stream was opened.")
    if report.error:
        return
    yield Check(name="steps", passed=not failure, text=failure or "Every step was done.")
    yield _close(expect.closes_with, report)
    yield _findings(expect.findings_up_to, report)
    turns = report.turns
    if expect.greeting_within_ms is not None:
        yield _within("greeting", expect.greeting_within_ms, turns.greeting_ms if turns else None)
    if expect.response_within_ms is not None:
        yield _within("response", expect.response_within_ms, _worst(turns.response if turns else None))
    if expect.stops_within_ms is not None:
        yield _within("barge-in stop", expect.stops_within_ms, _stop(turns) if turns else None)
    names = {checkpoint.name for checkpoint in report.checkpoints}
    for name in expect.checkpoints:
        seen = "was" if name in names else "was not"
        yield Check(name=f"checkpoint {name}", passed=name in names, text=f"Checkpoint {name} {seen} reached.")
    if expect.dtmf:
        text = f"The bot sent the digits {report.dtmf or 'none'}; expected were {expect.dtmf}."
        yield Check(name="dtmf", passed=report.dtmf == expect.dtmf, text=text)


def _close(expected: int | None, report: CallReport) -> Check:
    closed = f"The bot closed the socket with {report.close_code}" if report.closed_by == "agent" else ""
    if expected is None:
        text = f"{closed} before the caller had hung up." if closed else "The bot stayed until the caller hung up."
        return Check(name="close", passed=not closed, text=text)
    text = f"{closed or 'The bot did not close the socket'}; expected was {expected}."
    return Check(name="close", passed=bool(closed) and report.close_code == expected, text=text)


def _findings(let_pass: Level, report: CallReport) -> Check:
    worse = [finding for finding in report.findings if SEVERITY[finding.level] > SEVERITY[let_pass]]
    text = " ".join(f"{finding.code}: {finding.text}" for finding in worse)
    return Check(name="findings", passed=not worse, text=text or f"Nothing above {let_pass} was found.")


def _within(name: str, most_ms: int, found_ms: int | None) -> Check:
    if found_ms is None:
        return Check(name=name, passed=False, text=f"There was no {name}; expected was one within {most_ms} ms.")
    text = f"The {name} took {found_ms} ms; expected were {most_ms} ms at most."
    return Check(name=name, passed=found_ms <= most_ms, text=text)


def _worst(figure: Figure | None) -> int | None:
    return figure.worst_ms if figure else None


def _stop(turns: TurnsView) -> int | None:
    """The slowest stop. A bot that stops at once counts, too: here it is known that it was interrupted."""
    agents = [turn for turn in turns.turns if turn.speaker == "agent" and turn.end_ms is not None]
    at_once = [
        agent.end_ms - caller.start_ms
        for caller in turns.turns
        for agent in agents
        if caller.speaker == "caller" and agent.end_ms is not None and agent.start_ms < caller.start_ms < agent.end_ms
    ]
    return _worst(turns.barge_in_stop) or max(at_once, default=None)

"""Many calls at once: begun at a steady rate, each on a 20 ms clock of its own that waits for nothing, and summed up.

What is measured while the emulator itself was late is counted apart: such a figure says as much of this machine as
of the bot.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from msgspec import Struct

from bridge.carrier.call import Call
from bridge.carrier.lateness import Lateness, LatenessView
from bridge.carrier.outcome import Ending, Outcome
from bridge.carrier.plan import CallPlan
from bridge.carrier.report import measure_turns
from bridge.streams.turns.figure import Series
from bridge.wire.level import Level
from bridge.wire.turns import Figure

_MEASURED_SECONDS = 600.0
"""Seconds of calls of which turns are measured, spread evenly: all of them would take longer than the calls."""


class LoadFigure(Struct, kw_only=True):
    """One figure over all calls."""

    values: Figure
    late: int
    """How many of the values were taken while the emulator was late."""


class FindingTotal(Struct, kw_only=True):
    """One code over all calls."""

    code: str
    level: Level
    calls: int
    """Calls on which it was found."""
    count: int


class LoadTotals(Struct, kw_only=True):
    """Where a load is, for one line that is drawn again and again."""

    begun: int
    live: int
    ended: int
    failed: int
    """Of those ended: had no stream, or were ended by the bot."""
    frames_sent: int
    frames_got: int
    lateness: LatenessView


class LoadReport(Struct, kw_only=True):
    """All calls of a load, when it is over."""

    calls: int
    failures: dict[str, int]
    """Why calls had no stream or ended early, as sentences, with how many."""
    set_up: LoadFigure | None
    """From ringing to the open socket."""
    first_audio: LoadFigure | None
    """From `start` to the bot's first audio."""
    response: LoadFigure | None
    """As docs/turns.md defines it, on `measured_calls`."""
    measured_calls: int
    gaps: int
    """Times that the bot's audio ran out within a word."""
    findings: list[FindingTotal]
    lateness: LatenessView


@dataclass(frozen=True, kw_only=True)
class LoadPlan:
    """How many calls, how fast, how long."""

    calls: int
    per_second: float
    seconds: float
    """Length of each call."""
    plan_of: Callable[[int], CallPlan]
    """The plan of each call, by its number; what the load decides in it is replaced."""


@dataclass(slots=True)
class _Values:
    series: Series = field(default_factory=Series)
    late: int = 0

    def add(self, milliseconds: int, *, late: bool) -> None:
        self.series.add(milliseconds)
        self.late += late

    @property
    def figure(self) -> LoadFigure | None:
        return LoadFigure(values=self.series.figure, late=self.late) if self.series.figure else None


class Load:
    """One load, to be run once."""

    def __init__(self, plan: LoadPlan) -> None:
        self._plan = plan
        self._lateness = Lateness()
        self._calls: list[tuple[float, Call]] = []
        self._over = 0
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        """Hang up all calls and begin none."""
        self._stopped.set()
        for _, call in self._calls:
            call.hang_up()

    async def run(self) -> LoadReport:
        """Make the calls, and return when the last is over and measured."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(self._plan.calls):
                await self._until(began + number / self._plan.per_second)
                if self._stopped.is_set():
                    break
                call = Call(self._plan_of(number))
                self._calls.append((time.monotonic(), call))
                group.create_task(self._ring(call), name=f"call {number} of a load")
        return await asyncio.to_thread(self._report)

    def totals(self) -> LoadTotals:
        """Where it is now."""
        outcomes = [call.outcome for _, call in self._calls]
        return LoadTotals(
            begun=len(outcomes),
            live=len(outcomes) - self._over,
            ended=self._over,
            failed=sum(1 for outcome in outcomes if _failure(outcome)),
            frames_sent=sum(outcome.frames_sent for outcome in outcomes),
            frames_got=sum(outcome.frames_got for outcome in outcomes),
            lateness=self._lateness.view,
        )

    def _plan_of(self, number: int) -> CallPlan:
        kept = self._plan.seconds if number % self._measured_every == 0 else 0.0
        plan = self._plan.plan_of(number)
        return replace(plan, seconds=self._plan.seconds, lateness=self._lateness, keep_seconds=kept)

    @property
    def _measured_every(self) -> int:
        return max(1, round(self._plan.calls * self._plan.seconds / _MEASURED_SECONDS))

    async def _until(self, at: float) -> None:
        try:
            async with asyncio.timeout(max(0.0, at - time.monotonic())):
                await self._stopped.wait()
        except TimeoutError:
            return

    async def _ring(self, call: Call) -> None:
        await call.run()
        self._over += 1

    def _report(self) -> LoadReport:
        set_up, first_audio, response = _Values(), _Values(), _Values()
        measured = 0
        for began, call in self._calls:
            outcome = call.outcome
            if outcome.connected_ms is not None:
                self._add(set_up, outcome.connected_ms, began)
            if outcome.started is None:
                continue
            if outcome.first_audio_ms is not None:
                self._add(first_audio, outcome.first_audio_ms, outcome.started)
            if outcome.said:
                measured += 1
                self._add_responses(response, outcome, outcome.started)
        outcomes = [call.outcome for _, call in self._calls]
        return LoadReport(
            calls=len(outcomes),
            failures=dict(Counter(failure for outcome in outcomes if (failure := _failure(outcome)))),
            set_up=set_up.figure,
            first_audio=first_audio.figure,
            response=response.figure,
            measured_calls=measured,
            gaps=sum(outcome.gaps for outcome in outcomes),
            findings=_findings(outcomes),
            lateness=self._lateness.view,
        )

    def _add(self, values: _Values, milliseconds: int, since: float) -> None:
        late = self._lateness.was_late(since, since + milliseconds / 1000)
        values.add(milliseconds, late=late)

    def _add_responses(self, values: _Values, outcome: Outcome, started: float) -> None:
        turns = measure_turns(outcome)
        for turn in turns.turns if turns else []:
            if turn.response_ms is not None:
                self._add(values, turn.response_ms, started + (turn.start_ms - turn.response_ms) / 1000)


def _failure(outcome: Outcome) -> str:
    if outcome.error:
        return outcome.error
    if outcome.ending is Ending.FAR_END:
        return f"The bot closed the socket with {outcome.close_code}."
    return "The bot read too slowly." if outcome.ending is Ending.TOO_SLOW else ""


def _findings(outcomes: list[Outcome]) -> list[FindingTotal]:
    totals: dict[str, FindingTotal] = {}
    for outcome in outcomes:
        for finding in outcome.findings:
            total = totals.setdefault(
                finding.code, FindingTotal(code=finding.code, level=finding.level, calls=0, count=0)
            )
            total.calls += 1
            total.count += finding.count
    return sorted(totals.values(), key=lambda total: (-total.calls, total.code))

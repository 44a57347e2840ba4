"""The results as tables, and beside the goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from tests.bench.relay.contestants import CONTESTANTS, DIRECT, OFFHOOK, PLAIN, REFERENCE, STUCK, WATCHED
from tests.bench.relay.end import Point
from tests.bench.relay.trial import DISTURBED, LATE_US, Seen

TYPICAL = Point("real time", 200)
LIVE = (TYPICAL, Point("real time", 50), Point("real time", 400))
SATURATED = Point("saturated", 100)
_NAME, _CELL, _GOAL = 29, 25, 76

Value = Callable[[Seen], float | None]


@dataclass(frozen=True, slots=True)
class Results:
    """What was seen, by contestant and point, once for each round."""

    seen: dict[tuple[str, Point], list[Seen]]

    def add(self, name: str, point: Point, seen: Seen) -> None:
        """What one round showed."""
        self.seen.setdefault((name, point), []).append(seen)

    def of(self, name: str, point: Point, value: Value) -> float | None:
        """The median over the rounds; None where it was not measured."""
        values = [each for seen in self.seen.get((name, point), ()) if (each := value(seen)) is not None]
        return median(values) if values else None

    def mostly(self, name: str, point: Point, holds: Callable[[Seen], bool]) -> bool:
        """Whether it was so in more than half of the rounds."""
        answers = [holds(seen) for seen in self.seen[name, point]]
        return sum(answers) * 2 > len(answers)

    def mark(self, name: str, point: Point) -> str:
        """Behind a figure: `!` where it is not to be trusted."""
        return " " if self.mostly(name, point, lambda seen: seen.trusted) else "!"

    def points(self) -> list[Point]:
        """Those that were measured at real time, in ascending order."""
        return sorted({point for _, point in self.seen if point.pace == "real time"}, key=lambda point: point.calls)


def lines(results: Results) -> Iterator[str]:
    """Everything that there is to print."""
    live = results.points()
    yield from _table("Processor time of a relayed frame, us (times haproxy's)", (SATURATED, *live), results, _cost)
    yield from _table("A frame's way, p50/p99 us (added to nothing between)", live, results, _latency)
    yield from _memory(results)
    yield f"{'Goals':{_GOAL}}{'at most':>9}{'measured':>10}"
    for goal in GOALS:
        if (measured := goal.measured(results)) is not None:
            mark = results.mark(goal.name, goal.point)
            yield f"{f'{goal.name}: {goal.what}':{_GOAL}}{goal.at_most:9.2f}{measured:10.2f}{mark}"
    yield ""
    yield from _doubts(results)


def _doubts(results: Results) -> Iterator[str]:
    """What is to be known before the figures are believed."""
    if not all(seen.trusted for rounds in results.seen.values() for seen in rounds):
        yield (
            f"! Not to be trusted: the load itself was late (over {LATE_US / 1000:.0f} ms, p99), or other "
            f"programs had the relay's processor (over {DISTURBED * 100:.0f} % of the time)."
        )


Cell = Callable[[Results, str, Point], str]


def _table(title: str, points: tuple[Point, ...] | list[Point], results: Results, cell: Cell) -> Iterator[str]:
    yield title
    heads = (f"{point.calls} calls" if point.pace == "real time" else point.pace for point in points)
    yield " " * _NAME + "".join(f"{head:>{_CELL}}" for head in heads)
    for contestant in CONTESTANTS:
        name = contestant.name
        if any((name, point) in results.seen for point in points):
            yield f"{name:{_NAME}}" + "".join(f"{_marked(results, name, point, cell):>{_CELL}}" for point in points)
    yield ""


def _marked(results: Results, name: str, point: Point, cell: Cell) -> str:
    if (name, point) not in results.seen:
        return ""
    text = cell(results, name, point)
    return text and text + results.mark(name, point)


def _cost(results: Results, name: str, point: Point) -> str:
    own, reference = results.of(name, point, _cpu), results.of(REFERENCE, point, _cpu)
    if own is None:
        return ""
    return f"{own:.1f}" + (f" ({own / reference:.2f})" if reference else "")


def _latency(results: Results, name: str, point: Point) -> str:
    own = [results.of(name, point, each) for each in (_p50, _p99)]
    base = [results.of(DIRECT, point, each) for each in (_p50, _p99)]
    if None in own:
        return "fell behind"
    added = [f"{mine - theirs:.0f}" for mine, theirs in zip(own, base, strict=True) if mine and theirs]
    return "/".join(f"{mine:.0f}" for mine in own) + (f" ({'/'.join(added)})" if added and name != DIRECT else "")


def _memory(results: Results) -> Iterator[str]:
    """Of the first calls that each was asked to carry, before its memory had grown."""
    yield "Memory of a call, KB"
    yield f"{'':{_NAME}}{'idle':>{_CELL}}{'live':>{_CELL}}"
    for contestant in CONTESTANTS:
        first = next((point for name, point in results.seen if name == contestant.name), None)
        idle, live = (results.of(contestant.name, first, value) if first else None for value in (_idle, _live))
        if idle is not None:
            yield f"{contestant.name:{_NAME}}{idle:{_CELL}.1f}{live:{_CELL}.1f}"
    yield ""


def _cpu(seen: Seen) -> float | None:
    return seen.cpu_us


def _p50(seen: Seen) -> float | None:
    return seen.p50_us if seen.carried else None


def _p99(seen: Seen) -> float | None:
    return seen.p99_us if seen.carried else None


def _idle(seen: Seen) -> float | None:
    return seen.idle_kb


def _live(seen: Seen) -> float | None:
    return seen.live_kb


def _longest(seen: Seen) -> float | None:
    return seen.longest_us if seen.carried else None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure should be at most: of itself, or as a multiple of another contestant's."""

    name: str
    what: str
    at_most: float
    point: Point
    value: Value
    beside: str = ""
    unit: float = 1

    def measured(self, results: Results) -> float | None:
        """None where something for it was not measured."""
        own = results.of(self.name, self.point, self.value)
        other = results.of(self.beside, self.point, self.value) if self.beside else self.unit
        return own / other if own is not None and other else None


GOALS = (
    Goal(OFFHOOK, "processor time, saturated, times haproxy's", 1.5, SATURATED, _cpu, REFERENCE),
    Goal(OFFHOOK, "the same, times the plain relay's", 0.33, SATURATED, _cpu, PLAIN),
    Goal(WATCHED, "processor time, saturated, times haproxy's", 2.0, SATURATED, _cpu, REFERENCE),
    Goal(WATCHED, "the same, times the plain relay's", 0.45, SATURATED, _cpu, PLAIN),
    Goal(WATCHED, "processor time, 200 calls, times haproxy's", 1.25, TYPICAL, _cpu, REFERENCE),
    Goal(WATCHED, "p50, 200 calls, times haproxy's", 1.3, TYPICAL, _p50, REFERENCE),
    Goal(WATCHED, "p99, 200 calls, ms", 1, TYPICAL, _p99, unit=1000),
    Goal(WATCHED, "longest way of a frame, 400 calls, ms", 20, LIVE[2], _longest, unit=1000),
    Goal(STUCK, "p99, 200 calls, times that without him", 1.1, TYPICAL, _p99, WATCHED),
    Goal(OFFHOOK, "memory of a call, idle, KB", 10, TYPICAL, _idle),
    Goal(OFFHOOK, "memory of a call, live, KB", 40, TYPICAL, _live),
)

"""`make bench`: what the tap costs a call, beside other relays, interleaved in one run.

Between a carrier and an agent of the bench's own, which send each other 50 frames a second and call, stands in turn:
nothing, haproxy (TCP), a plain relay of the `websockets` library, mitmproxy (reverse), and the bridge. `--quick` is for
a first look: one round, short.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.bench.relay.contestants import CONTESTANTS, Contestant, NotMeasuredError
from tests.bench.relay.end import Point
from tests.bench.relay.load import Load, load
from tests.bench.relay.meters import processors
from tests.bench.relay.table import LIVE, SATURATED, Results, lines
from tests.bench.relay.trial import measure


@dataclass(frozen=True, slots=True)
class Plan:
    """How often, how long, and what; the first point is the one whose memory is told."""

    rounds: int
    seconds: float
    points: tuple[Point, ...]


_NO_ROUND_AFTER = 270.0
"""Seconds after which no round begins."""
FULL = Plan(3, 2.0, (*LIVE, SATURATED))
QUICK = Plan(1, 1.0, (*LIVE[:2], SATURATED))


class Bench:
    """The results so far, and what could not be measured."""

    def __init__(self, load: Load, plan: Plan) -> None:
        self.results = Results({})
        self.remarks: dict[str, None] = {}
        """As sentences, each once."""
        self._load = load
        self._plan = plan

    def rounds(self) -> int:
        """All contestants in turn, again and again; returns how often, as a busy machine may take too long."""
        left = list(CONTESTANTS)
        began = time.monotonic()
        for number in range(self._plan.rounds):
            if time.monotonic() - began > _NO_ROUND_AFTER:
                return number
            for contestant in list(left):
                _tell(f"round {number + 1} of {self._plan.rounds}: {contestant.name} ...")
                try:
                    self._visit(contestant)
                except NotMeasuredError as error:
                    self.remarks[f"{contestant.name}: not measured, {error}."] = None
                    left.remove(contestant)
        return self._plan.rounds

    def _visit(self, contestant: Contestant) -> None:
        with (
            tempfile.TemporaryDirectory(prefix="bench") as folder,
            contestant.start(self._load.agent_port, Path(folder)) as running,
        ):
            for point in filter(contestant.takes, self._plan.points):
                try:
                    seen = measure(running, self._load, point, self._plan.seconds)
                except OSError as error:
                    self.remarks[f"{contestant.name}: {point.calls} calls, {point.pace}: {error}."] = None
                else:
                    self.results.add(contestant.name, point, seen)


def main() -> None:
    """Run, and print the tables."""
    arguments = argparse.ArgumentParser(prog="make bench", description=__doc__.partition("\n")[0] if __doc__ else "")
    arguments.add_argument("--quick", action="store_true", help="one short round, without 400 calls")
    plan = QUICK if arguments.parse_args().quick else FULL
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with load(processors()[0]) as calls:
            bench = Bench(calls, plan)
            rounds = bench.rounds()
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        _tell("")
    head = "One round" if rounds == 1 else f"Medians of {rounds} rounds, interleaved"
    processor = f"the relays have processor {min(processors()[1])} to themselves"
    for line in (f"{head}; {processor}.", "", *lines(bench.results), *bench.remarks):
        sys.stdout.write(line + "\n")


def _tell(progress: str) -> None:
    """On one line that the next takes over, where somebody looks."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\033[K{progress}")
        sys.stderr.flush()


if __name__ == "__main__":
    main()

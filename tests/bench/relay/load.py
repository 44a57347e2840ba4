"""The load: both ends in processes of their own, on processors of their own."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from tests.bench.relay.agent import Agent
from tests.bench.relay.carrier import Carrier
from tests.bench.relay.end import End, Pace, Ran, Run
from tests.bench.relay.meters import on

_SPAWN = multiprocessing.get_context("spawn")
_ANSWER_WITHIN = 30.0
_WARM_UP_NS = 500_000_000
_LEAD_NS = 20_000_000
"""Until the first frame, so that both ends know of it in time."""


@dataclass(slots=True)
class Remote:
    """An end, from outside."""

    pipe: Connection
    pid: int
    _unanswered: int = 0

    def tell(self, name: str, *arguments: Any) -> None:
        """Give it a command."""
        self.pipe.send((name, arguments))
        self._unanswered += 1

    def answer(self) -> Any:
        """Its answer to the oldest command that has none. Raises OSError where the end did."""
        if not self.pipe.poll(_ANSWER_WITHIN):
            raise RuntimeError("an end of the load does not answer")
        answer = self.pipe.recv()
        self._unanswered -= 1
        if isinstance(answer, OSError):
            raise answer
        return answer

    def ask(self, name: str, *arguments: Any) -> Any:
        """Give it a command and wait for the answer; to what was asked before, nobody waits for one any more."""
        while self._unanswered:
            with suppress(OSError):
                self.answer()
        self.tell(name, *arguments)
        return self.answer()


class Load:
    """Calls between a carrier and an agent, through whatever is at the port that the carrier is told."""

    def __init__(self, carrier: Remote, agent: Remote) -> None:
        self._carrier = carrier
        self._agent = agent
        self.agent_port: int = agent.ask("port")
        self.pids = (carrier.pid, agent.pid)

    @contextmanager
    def calls(self, port: int, count: int) -> Iterator[None]:
        """So many calls, until the end of the block. Raises OSError when they are not taken."""
        try:
            self._carrier.ask("connect", port, "/stream", count)
            self._agent.ask("await_calls", count)
            yield
        finally:
            self._carrier.ask("hang_up")
            self._agent.ask("await_end")

    def begin(self, pace: Pace, seconds: float) -> Run:
        """Let both ends speak: half a second to warm up, then for so long."""
        begin = time.monotonic_ns() + _LEAD_NS
        count_from = begin + _WARM_UP_NS
        run = Run(pace, begin, count_from, count_from + round(seconds * 1e9))
        for end in (self._carrier, self._agent):
            end.tell("run", run)
        return run

    def result(self) -> tuple[Ran, Ran]:
        """What the carrier and the agent saw. Raises OSError when what they sent was not read."""
        answers = []
        problem = None
        for end in (self._carrier, self._agent):
            try:
                answers.append(end.answer())
            except OSError as error:
                problem = error
        if problem is not None:
            raise problem
        return answers[0], answers[1]


@contextmanager
def load(processors: set[int]) -> Iterator[Load]:
    """Both ends on these processors, until the end of the block."""
    with _end(Carrier, processors) as carrier, _end(Agent, processors) as agent:
        yield Load(carrier, agent)


@contextmanager
def _end(kind: type[End], processors: set[int]) -> Iterator[Remote]:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=_serve, args=(kind, theirs), name=f"bench {kind.__name__}", daemon=True)
    with on(processors):
        process.start()
    theirs.close()
    try:
        assert process.pid is not None
        yield Remote(ours, process.pid)
    finally:
        process.kill()
        process.join()


def _serve(kind: type[End], commands: Connection) -> None:
    kind(commands).serve()

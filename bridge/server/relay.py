"""Between Plivo's socket and an agent's: who is there, who comes after whom, and who has closed first.

Back-pressure goes from one leg to the other. What becomes of the frames is `traffic`'s business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from websockets.http11 import Request

from bridge.server import traffic
from bridge.server.agent import AgentError, AgentSocket
from bridge.server.dialling import Dialling
from bridge.server.late import LateFrames
from bridge.server.routes import Routes, Way
from bridge.server.traffic import Traffic
from bridge.streams.clock import Moment, moment
from bridge.streams.stream import Stream

_ON_PURPOSE = frozenset((1000, 1001, 1005))
"""Close codes with which an agent ends a call on purpose; with any other it is taken for lost."""
_MOST_UNREAD = 4 * 1024 * 1024
"""Bytes that may wait for an agent while an operator has the caller: minutes of audio."""


class Carrier(traffic.Carrier, Protocol):
    """Plivo's socket, as the relay uses it."""

    def answer_upgrade(self, refusal: int | None = None, why: str = "") -> None:
        """Take the connection, if that was left open; or refuse it with this HTTP status: `why` is for the log."""

    def end(self, by: str, code: int | None, reason: str) -> None:
        """Close the socket for whoever closed first, with 1006 without a close."""

    def pause_reading(self) -> None:
        """Take nothing more for now."""

    def resume_reading(self) -> None:
        """Take what comes again."""


class Relay:
    """One call's relay, from the moment at which it is known which agents it may go to."""

    def __init__(self, carrier: Carrier, request: Request, way: Way, routes: Routes) -> None:
        self._carrier = carrier
        self._way = way
        self._routes = routes
        self._dialling = Dialling(way.agents, request, self)
        self._late = LateFrames()
        self._agent_is_full = self._carrier_is_full = False
        self.carrier_waits = False
        """Whether nothing is taken of Plivo's for now, because the agent does not read."""
        self.traffic = Traffic(carrier, self._dialling, self._late)

    def begin(self) -> None:
        """Dial the agent."""
        self._dialling.begin()

    def begin_with(self, start: list[bytes]) -> None:
        """The frames of the `start` that told which agents there are: for the agent when it is there."""
        self._late.started(start)

    # The carrier's side

    def started(self, stream: Stream) -> None:
        """The socket has said which stream it is."""
        self.traffic.begin(stream)
        stream.agent.expect(self._dialling.view)
        if self.traffic.agent is not None:
            stream.agent.attach(self.traffic.agent, moment(), agent_hears_caller=self._routes.agent_hears_caller)
        elif self._dialling.given_up:
            self._nobody_left(stream)

    def carrier_control(self, frame: bytes) -> bool:
        """A ping or a pong came; whether it was passed on."""
        if self.traffic.agent is None:
            return False
        self.traffic.agent.pass_on(frame)
        return True

    def carrier_full(self, full: bool) -> None:
        """Plivo does not read fast enough, or does again: the agent has to wait."""
        self._carrier_is_full = full
        if self.traffic.agent is not None:
            (self.traffic.agent.pause_reading if full else self.traffic.agent.resume_reading)()

    def watch(self, now: Moment) -> None:
        """Once a second: an operator who has the caller is not to wait for an agent that does not read."""
        self._let_wait()
        agent = self.traffic.agent
        if agent is not None and self._agent_is_full and agent.unread_bytes > _MOST_UNREAD:
            self.give_up_agent(f"left {_MOST_UNREAD // 1024 // 1024} MB unread", now)

    def give_up_agent(self, why: str, now: Moment) -> None:
        """The agent does not read: it is lost."""
        if self.traffic.agent is None:
            return
        if self._carrier.stream is not None:
            text = f"The agent {self.traffic.agent.url} {why}."
            self._carrier.stream.event(now, "agent", "stuck", text, level="error")
        self.traffic.agent.abort()

    def carrier_closed(self, code: int | None, reason: str) -> None:
        """Plivo's socket is gone: with this close code, 1006 without a close."""
        self._dialling.stop()
        agent = self.traffic.agent
        self.traffic.end()
        if agent is not None:
            self._dialling.view.state = "closed"
            if code == 1006:
                agent.abort()
            else:
                agent.start_close(code, reason)

    # The agent's side

    def agent_opened(self, agent: AgentSocket) -> None:
        """It took the connection."""
        if not self._dialling.awaited:
            agent.abort()  # in the same turn in which the call ended
            return
        self._dialling.view.state = "open"
        self._carrier.answer_upgrade()  # what came with the request is among what waits for the agent
        self._dialling.awaited = False
        self.traffic.join(agent)
        if self._carrier_is_full:
            agent.pause_reading()
        stream = self._carrier.stream
        if stream is not None and stream.ledger is not None and stream.alive:
            stream.agent.attach(agent, moment(), agent_hears_caller=self._routes.agent_hears_caller)
            stream.event(moment(), "agent", "connected", f"The agent {agent.url} took the call.")

    def from_agent(self, frame: bytes, at: float) -> None:
        """A data frame of the agent's came, at monotonic seconds."""
        self.traffic.from_agent(frame, at)

    def agent_control(self, frame: bytes) -> bool:
        """A ping or a pong came; whether it was passed on."""
        self._carrier.pass_on(frame)
        return True

    def agent_full(self, full: bool) -> None:
        """The agent does not read fast enough, or does again: Plivo has to wait."""
        self._agent_is_full = full
        self._let_wait()

    def agent_closed(self, agent: AgentSocket, code: int | None, reason: str) -> None:
        """The agent's connection is gone."""
        if agent is not self.traffic.agent:
            return
        now = moment()
        self.traffic.catch_up(now)
        self.traffic.leave()
        self.agent_full(False)
        ended = code is None or code in _ON_PURPOSE
        self._dialling.over(code, reason, failed=not ended)
        words = f" with {code}{f' ({reason})' if reason else ''}" if code is not None else ""
        text = f"The agent closed its socket{words}." if code != 1006 else "The connection to the agent was lost."
        stream = self._carrier.stream
        if stream is not None and stream.alive:
            if stream.microphone.has_caller:
                text += f" {stream.view.operator} keeps the caller."
            stream.event(now, "agent", "closed", text, level="info" if ended else "error", data={"code": code})
        if ended or (not self._dialling.any_left and self._way.when_lost == "hang up"):
            self._when_free(lambda _: self._hang_up(code, reason), now)
        else:
            self._dialling.view.tried.append(agent.url)
            self._when_free(self._find_another, now)

    def _let_wait(self) -> None:
        """Plivo waits for the agent; but not while an operator has the caller, who hears them meanwhile."""
        stream = self._carrier.stream
        waits = self._agent_is_full and not (stream is not None and stream.microphone.has_caller)
        if waits != self.carrier_waits:
            self.carrier_waits = waits
            (self._carrier.pause_reading if waits else self._carrier.resume_reading)()

    # Finding an agent

    def agent_failed(self, url: str, error: AgentError) -> None:
        """An agent did not take the call."""
        stream = self._carrier.stream
        if stream is not None and stream.alive:
            stream.event(moment(), "agent", "failed", f"The agent {url} {error}.", level="error")

    def nobody_took_it(self, failure: AgentError | None) -> None:
        """None is left: refuse the call as the last one did, hang up, or keep the caller."""
        if self._way.when_lost == "hang up":
            status = failure.status if failure and failure.status else 502
            self._carrier.answer_upgrade(status, f"the agent {self._dialling.view.url} {failure}.")
            self._when_free(lambda _: self._hang_up(1011, "the agent is gone"), moment())
            return
        self._carrier.answer_upgrade()
        stream = self._carrier.stream
        if stream is not None and stream.ledger is not None and stream.alive:
            self._nobody_left(stream)

    def _nobody_left(self, stream: Stream) -> None:
        assert stream.ledger is not None
        self._late.forget()
        sound = self._routes.ringing(stream.ledger.queue.format)
        stream.microphone.when_free(partial(stream.agent.ring, sound), moment())

    def _when_free(self, then: Callable[[Moment], None], now: Moment) -> None:
        """Do this to the caller as soon as no operator has them."""
        stream = self._carrier.stream
        if stream is None:
            then(now)
        else:
            stream.microphone.when_free(then, now)

    def _find_another(self, now: Moment) -> None:
        """The agent is lost: try those that are left."""
        if self._carrier.stream is not None:
            self._carrier.stream.agent.detach(now)
        self.begin()

    def _hang_up(self, code: int | None, reason: str) -> None:
        self._dialling.awaited = False
        if self.traffic.agent is not None:
            agent, self.traffic.agent = self.traffic.agent, None
            agent.start_close(code, reason)
        self._carrier.end("agent", code, reason)

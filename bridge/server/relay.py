"""Between Plivo's socket and an agent's: frames pass as the bytes they came as, unless an operator has stepped in.

What passes is read later, together, when somebody looks; so a call that nobody looks at costs little more than its
bytes. Nothing here waits for an operator, and back-pressure goes from one leg to the other.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from websockets.http11 import Request

from bridge.server.agent import AgentError, AgentSocket
from bridge.server.dialling import Dialling
from bridge.server.late import LateFrames
from bridge.server.passed import Passage, Passed
from bridge.server.routes import Routes, Way
from bridge.server.splitter import END_OF_MESSAGE, Messages
from bridge.streams.clock import Moment, moment
from bridge.streams.legs import WINDOW_FRAMES
from bridge.streams.stream import Stream
from bridge.streams.tap import Verdict
from bridge.wire.commands import MAX_COMMAND_BYTES, PlayAudio, read_command
from bridge.wire.fields import FrameError
from bridge.wire.frames import MAX_FRAME_BYTES

_MOST_UNREAD_FRAMES = 32
"""Frames that may have passed one way unread: at so many they are read, whenever the call's turn would be."""
_ON_PURPOSE = frozenset((1000, 1001, 1005))
"""Close codes with which an agent ends a call on purpose; with any other it is taken for lost."""
_RAW_BYTES = 16 * 1024


class Carrier(Protocol):
    """Plivo's socket, as the relay uses it."""

    stream: Stream | None
    open: bool
    exit: Passage
    entrance: Passage

    @property
    def write(self) -> Callable[[bytes], None]:
        """Sends bytes as they are."""

    def read(self, message: bytes, is_text: bool, now: Moment) -> Verdict:
        """Read a message of Plivo's for the stream; what becomes of it on its way to an agent."""

    def answer_upgrade(self, refusal: int | None = None, why: str = "") -> None:
        """Take the connection, if that was left open; or refuse it with this HTTP status: `why` is for the log."""

    def pass_on(self, frame: bytes) -> None:
        """Send a frame as it came."""

    def end(self, by: str, code: int | None, reason: str) -> None:
        """Close the socket for whoever closed first, with 1006 without a close."""

    def broke_protocol(self, what: str) -> None:
        """Close it because of what came."""

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
        self._stream: Stream | None = None
        """Since its `start`."""
        self._agent: AgentSocket | None = None
        self._dialling = Dialling(way.agents, request, self)
        self._late = LateFrames()
        self._from_carrier = Messages(MAX_FRAME_BYTES)
        self._from_agent = Messages(4 * MAX_COMMAND_BYTES)
        self._passed = Passed(self._from_carrier, self._from_agent, self._read_unusual, self._read_enough)
        carrier.exit, carrier.entrance = self._passed.carriers, self._passed.agents
        self._carrier_parts: list[bytes] = []
        self._agent_parts: list[bytes] = []

    def begin(self) -> None:
        """Dial the agent."""
        self._dialling.begin()

    def begin_with(self, start: list[bytes]) -> None:
        """The frames of the `start` that told which agents there are: for the agent when it is there."""
        self._late.started(start)

    # The carrier's side

    def from_carrier(self, frame: bytes, at: float) -> None:
        """A data frame of Plivo's came, at monotonic seconds."""
        if self._agent is not None and self._may_pass(self._agent):
            self._agent.pass_on(frame)
            self._passed.carriers.add(frame, at)
        else:
            self._read_carrier(frame)

    def started(self, stream: Stream) -> None:
        """The socket has said which stream it is."""
        self._stream = stream
        stream.catch_up, stream.read_passed = self.catch_up, self.read_passed
        stream.agent.expect(self._dialling.view)
        if self._agent is not None:
            stream.agent.attach(self._agent, moment(), agent_hears_caller=self._routes.agent_hears_caller)
        elif self._dialling.given_up:
            self._nobody_left(stream)

    def carrier_control(self, frame: bytes) -> bool:
        """A ping or a pong came; whether it was passed on."""
        if self._agent is None:
            return False
        self._agent.pass_on(frame)
        return True

    def carrier_full(self, full: bool) -> None:
        """Plivo does not read fast enough, or does again: the agent has to wait."""
        if self._agent is not None:
            (self._agent.pause_reading if full else self._agent.resume_reading)()

    def carrier_closed(self, code: int | None, reason: str) -> None:
        """Plivo's socket is gone: with this close code, 1006 without a close."""
        self._dialling.stop()
        agent, self._agent = self._agent, None
        if agent is not None:
            self._dialling.view.state = "closed"
            if code == 1006:
                agent.abort()
            else:
                agent.start_close(code, reason)
        self._passed.forget()

    # The agent's side

    def agent_opened(self, agent: AgentSocket) -> None:
        """It took the connection: whatever came before goes to it first."""
        self._agent, self._dialling.awaited = agent, False
        agent.exit, agent.entrance = self._passed.agents, self._passed.carriers
        self._dialling.view.state = "open"
        self._carrier.answer_upgrade()
        for frame in self._late.take():
            agent.pass_on(frame)
        stream = self._carrier.stream
        if stream is not None and stream.ledger is not None and stream.alive:
            stream.agent.attach(agent, moment(), agent_hears_caller=self._routes.agent_hears_caller)
            stream.event(moment(), "agent", "connected", f"The agent {agent.url} took the call.")

    def from_agent(self, frame: bytes, at: float) -> None:
        """A data frame of the agent's came, at monotonic seconds."""
        if self._agent is not None and self._may_pass(self._agent):
            self._carrier.pass_on(frame)
            self._passed.agents.add(frame, at)
        elif self._stream is None or self._stream.agent.tap is None:
            self._carrier.pass_on(frame)  # before `start`: whatever it is, Plivo will know
        else:
            self._read_agent(self._stream, frame)

    def agent_control(self, frame: bytes) -> bool:
        """A ping or a pong came; whether it was passed on."""
        self._carrier.pass_on(frame)
        return True

    def agent_full(self, full: bool) -> None:
        """The agent does not read fast enough, or does again: Plivo has to wait."""
        (self._carrier.pause_reading if full else self._carrier.resume_reading)()

    def agent_closed(self, agent: AgentSocket, code: int | None, reason: str) -> None:
        """The agent's connection is gone."""
        if agent is not self._agent:
            return
        now = moment()
        self.catch_up(now)
        self._agent = None
        self._agent_parts.clear()
        if self._from_agent.unfinished:
            self._from_agent.forget()
            self._carrier.pass_on(END_OF_MESSAGE)  # else nothing else could be sent to Plivo any more
        self._carrier.resume_reading()
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

    # What passed, read

    def _may_pass(self, agent: AgentSocket) -> bool:
        """Whether frames need not be read before they go on; if so, the next ones are not even seen here."""
        stream = self._stream
        if stream is None or stream.agent.tap is None or stream.agent.tap.editing:
            return False
        if self._carrier_parts or self._agent_parts:
            return False  # the beginning of a message waits here for its end
        if agent.open and self._carrier.open:
            most = 1 if stream.audience.listeners else _MOST_UNREAD_FRAMES
            self._passed.open(agent.write, self._carrier.write, most)
        return True

    def catch_up(self, now: Moment) -> None:
        """Read what has passed since this was last asked.

        Whoever steps in, listens or changes a queue asks it first: so only then may frames have to be read before
        they go on, and nobody has to look whether they may pass before the next one comes.
        """
        self._passed.close()
        self.read_passed(now)

    def read_passed(self, now: Moment) -> None:
        """Read what has passed since this was last asked, as somebody wants to see it."""
        self._read(now, newest=WINDOW_FRAMES)

    def _read_enough(self) -> None:
        self._read(moment(), newest=1)

    def _read(self, now: Moment, newest: int) -> None:
        if self._stream is not None and (self._passed.carriers.times or self._passed.agents.times):
            self._passed.read(self._stream, now, newest)

    def _read_unusual(self, is_carriers: bool, frame: bytes, then: Moment) -> None:
        messages = self._from_carrier if is_carriers else self._from_agent
        message = self._whole(messages, frame)
        if message is None or self._stream is None:
            return
        if is_carriers:
            self._carrier.read(message, messages.is_text, then)
        else:
            self._command(self._stream, message, messages.is_text, then, has_passed=True)

    def _read_carrier(self, frame: bytes) -> None:
        """Read a frame before it goes on, or waits for the agent."""
        now = moment()
        self.catch_up(now)
        passing = self._from_carrier.unfinished and not self._carrier_parts
        message = self._whole(self._from_carrier, frame)
        if passing:  # its beginning has passed already
            if message is not None:
                self._carrier.read(message, self._from_carrier.is_text, now)
            self._to_agent([frame])
            return
        self._carrier_parts.append(frame)
        if message is None:
            return
        frames, self._carrier_parts = self._carrier_parts, []
        was_live = self._carrier.stream is not None and self._carrier.stream.ledger is not None
        verdict = self._carrier.read(message, self._from_carrier.is_text, now)
        if not was_live and self._carrier.stream is not None and self._carrier.stream.ledger is not None:
            self._late.started(frames)
            if self._agent is not None:
                self._to_agent(frames)
        elif verdict is True:
            self._to_agent(frames)
        elif isinstance(verdict, str) and self._agent is not None:
            self._agent.send(verdict)

    def _to_agent(self, frames: list[bytes]) -> None:
        if self._agent is not None:
            for frame in frames:
                self._agent.pass_on(frame)
        elif self._dialling.awaited:
            self._late.keep(frames)

    def _read_agent(self, stream: Stream, frame: bytes) -> None:
        now = moment()
        self.catch_up(now)
        passing = self._from_agent.unfinished and not self._agent_parts
        message = self._whole(self._from_agent, frame)
        if passing:
            if message is not None:
                self._command(stream, message, self._from_agent.is_text, now, has_passed=True)
            self._carrier.pass_on(frame)
            return
        self._agent_parts.append(frame)
        if message is None:
            return
        frames, self._agent_parts = self._agent_parts, []
        if self._command(stream, message, self._from_agent.is_text, now, has_passed=False):
            for part in frames:
                self._carrier.pass_on(part)

    def _command(self, stream: Stream, message: bytes, is_text: bool, now: Moment, *, has_passed: bool) -> bool:
        """Read a command of the agent's, of which Plivo may have the beginning already; whether it goes on to it."""
        stream.agent.check(message, is_text, now)
        if not is_text:
            return True
        try:
            command = read_command(message)
        except FrameError:
            return True  # the check has said it; Plivo may say more
        raw = "" if isinstance(command, PlayAudio) else message[:_RAW_BYTES].decode(errors="replace")
        return stream.agent.command(command, now, raw, has_passed=has_passed)

    def _whole(self, messages: Messages, frame: bytes) -> bytes | None:
        try:
            return messages.add(frame)
        except ValueError as error:
            if messages is self._from_carrier:
                self._carrier.broke_protocol(str(error))
            elif self._agent is not None:
                self._agent.broke_protocol(f"the agent broke the protocol: {error}")
            return None

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
        if self._agent is not None:
            agent, self._agent = self._agent, None
            agent.start_close(code, reason)
        self._carrier.end("agent", code, reason)

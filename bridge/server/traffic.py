"""What becomes of each data frame between Plivo and an agent: it passes as the bytes it came as, unless an operator has
stepped in.

What passes is read later, together, when somebody looks; so a call that nobody looks at costs little more than its
bytes. Nothing here waits for an operator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from bridge.server.agent import AgentSocket
from bridge.server.dialling import Dialling
from bridge.server.late import LateFrames
from bridge.server.passed import Passage, Passed
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
_RAW_BYTES = 16 * 1024


class Carrier(Protocol):
    """Plivo's socket, as frames come and go on it."""

    stream: Stream | None
    open: bool
    exit: Passage
    entrance: Passage

    @property
    def write(self) -> Callable[[bytes], None]:
        """Sends bytes as they are."""

    def read(self, message: bytes, is_text: bool, now: Moment) -> Verdict:
        """Read a message of Plivo's for the stream; what becomes of it on its way to an agent."""

    def pass_on(self, frame: bytes) -> None:
        """Send a frame as it came."""

    def broke_protocol(self, what: str) -> None:
        """Close it because of what came."""


class Traffic:
    """The frames of one call. `late` takes the caller's while an agent is awaited."""

    def __init__(self, carrier: Carrier, dialling: Dialling, late: LateFrames) -> None:
        self.agent: AgentSocket | None = None
        """The one that has the call, while there is one."""
        self._carrier = carrier
        self._dialling = dialling
        self._late = late
        self._stream: Stream | None = None
        """Since its `start`."""
        self._from_carrier = Messages(MAX_FRAME_BYTES)
        self._from_agent = Messages(4 * MAX_COMMAND_BYTES)
        self._passed = Passed(self._from_carrier, self._from_agent, self._read_unusual, self._read_enough)
        carrier.exit, carrier.entrance = self._passed.carriers, self._passed.agents
        self._carrier_parts: list[bytes] = []
        self._agent_parts: list[bytes] = []
        self._tail = False
        """Whether the rest of Plivo's message is for nobody: its beginning went to an agent that is gone."""

    def begin(self, stream: Stream) -> None:
        """This is the stream, from its `start` on."""
        self._stream = stream
        stream.catch_up, stream.read_passed = self.catch_up, self.read_passed

    def join(self, agent: AgentSocket) -> None:
        """An agent took the call: whatever came before goes to it first."""
        self.agent = agent
        agent.exit, agent.entrance = self._passed.agents, self._passed.carriers
        for frame in self._late.take():
            agent.pass_on(frame)

    def leave(self) -> None:
        """The agent is gone: of a message of its own that Plivo has the beginning of, there is no more."""
        self.agent = None
        self._tail = self._tail or _has_begun(self._from_carrier, self._carrier_parts)
        has_beginning = _has_begun(self._from_agent, self._agent_parts)
        self._agent_parts.clear()
        self._from_agent.forget()
        if has_beginning:
            self._carrier.pass_on(END_OF_MESSAGE)  # else nothing else could be sent to Plivo any more

    def end(self) -> None:
        """The call is over: what passed and was not read is not read any more."""
        self.agent = None
        self._passed.forget()

    # What comes

    def from_carrier(self, frame: bytes, at: float) -> None:
        """A data frame of Plivo's came, at monotonic seconds."""
        if self.agent is not None and self._may_pass(self.agent):
            self.agent.pass_on(frame)
            self._passed.carriers.add(frame, at)
        else:
            self._read_carrier(frame)

    def from_agent(self, frame: bytes, at: float) -> None:
        """A data frame of the agent's came, at monotonic seconds."""
        if self.agent is not None and self._may_pass(self.agent):
            self._carrier.pass_on(frame)
            self._passed.agents.add(frame, at)
        elif self._stream is None or self._stream.agent.tap is None:
            self._carrier.pass_on(frame)  # before `start`: whatever it is, Plivo will know
            self._whole(self._from_agent, frame)  # it may end when there is more to be known
        else:
            self._read_agent(self._stream, frame)

    # What passed, read

    def _may_pass(self, agent: AgentSocket) -> bool:
        """Whether frames need not be read before they go on; if so, the next ones are not even seen here."""
        stream = self._stream
        if stream is None or stream.agent.tap is None or stream.agent.tap.editing:
            return False
        if self._carrier_parts or self._agent_parts or self._tail:
            return False  # the beginning of a message waits here for its end, or its end is for nobody
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
            try:
                self._passed.read(self._stream, now, newest)
            except Exception:  # they have passed: what fails here is no reason for anybody else to fail
                self._stream.failed(now)

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
        passing = _has_begun(self._from_carrier, self._carrier_parts)
        message = self._whole(self._from_carrier, frame)
        if passing:
            if message is not None:
                self._carrier.read(message, self._from_carrier.is_text, now)
            if not self._tail:
                self._to_agent([frame])
            self._tail = self._tail and message is None
            return
        self._carrier_parts.append(frame)
        if message is None:
            return
        frames, self._carrier_parts = self._carrier_parts, []
        was_live = self._carrier.stream is not None and self._carrier.stream.ledger is not None
        verdict = self._carrier.read(message, self._from_carrier.is_text, now)
        if not was_live and self._carrier.stream is not None and self._carrier.stream.ledger is not None:
            self._late.started(frames)
            if self.agent is not None:
                self._to_agent(frames)
        elif verdict is True:
            self._to_agent(frames)
        elif isinstance(verdict, str) and self.agent is not None:
            self.agent.send(verdict)

    def _to_agent(self, frames: list[bytes]) -> None:
        if self.agent is not None:
            for frame in frames:
                self.agent.pass_on(frame)
        elif self._dialling.awaited:
            self._late.keep(frames)

    def _read_agent(self, stream: Stream, frame: bytes) -> None:
        now = moment()
        self.catch_up(now)
        passing = _has_begun(self._from_agent, self._agent_parts)
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
            # The check has said it, and Plivo may say more; but if it is audio, nobody is to hear it now.
            return not stream.agent.holds_back
        raw = "" if isinstance(command, PlayAudio) else message[:_RAW_BYTES].decode(errors="replace")
        return stream.agent.command(command, now, raw, has_passed=has_passed)

    def _whole(self, messages: Messages, frame: bytes) -> bytes | None:
        try:
            return messages.add(frame)
        except ValueError as error:
            if messages is self._from_carrier:
                self._carrier.broke_protocol(str(error))
            elif self.agent is not None:
                self.agent.broke_protocol(f"the agent broke the protocol: {error}")
            return None


def _has_begun(messages: Messages, kept_back: list[bytes]) -> bool:
    """Whether the beginning of a message has passed, and its end has not come."""
    return messages.unfinished and not kept_back

"""The far end of a stream: the agent behind it, what it sends, and what becomes of the caller when it is gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bridge.streams.check.findings import Findings
from bridge.streams.clock import Moment
from bridge.streams.ledger import AGENT, Clear
from bridge.streams.line import AgentLine
from bridge.streams.ringing import Ringing
from bridge.streams.tap import Tap, Verdict
from bridge.wire.commands import ClearAudio, Command, OtherCommand, PlayAudio, Said, SendDtmf, SetCheckpoint
from bridge.wire.findings import Finding
from bridge.wire.frames import CarrierFrame
from bridge.wire.modes import Mode
from bridge.wire.views import AgentView

if TYPE_CHECKING:
    from bridge.streams.stream import Stream


class AgentSide:
    """The agent's side of one stream; a stream without an agent has it as well, and nothing happens on it."""

    def __init__(self, stream: Stream) -> None:
        self.tap: Tap | None = None
        """What is between Plivo and the agent, while there is an agent."""
        self._stream = stream
        self._findings: Findings | None = None
        self._ringing: Ringing | None = None

    @property
    def there(self) -> bool:
        """Whether an agent is behind the stream, and listens."""
        return self.tap is not None and self.tap.agent.open

    @property
    def holds_back(self) -> bool:
        """Whether what the agent sends is not to be heard as it is."""
        return self.tap is not None and self.tap.holds_back

    def expect(self, view: AgentView) -> None:
        """There is to be an agent behind this stream."""
        self._stream.view.agent, self._stream.view.mode = view, "agent"

    def attach(self, line: AgentLine, now: Moment, *, agent_hears_caller: bool) -> None:
        """There is an agent behind this live stream."""
        stream = self._stream
        assert stream.ledger is not None
        assert stream.line is not None
        if self._findings is None:
            two_way = stream.view.bidirectional is not False
            started = now.mono - (now.utc - (stream.view.started_at or now.utc)).total_seconds()
            self._findings = Findings(stream.ledger.queue.format, bidirectional=two_way, started=started)
        self.tap = Tap(
            stream.view.stream_id,
            stream.ledger,
            stream.audience,
            stream.line,
            line,
            self._findings,
            agent_hears_caller=agent_hears_caller,
        )
        self.tap.sequence = stream.sequence
        stream.microphone.join(self.tap, now)
        stream.changed()

    def detach(self, now: Moment) -> None:
        """There is no agent any more: what it had queued plays on, and nobody whispers to it."""
        self._stream.observe(now)
        if self._stream.ledger is not None:
            self._stream.ledger.disown(now)
        if self._findings is not None:
            self._findings.forget_bot()
        self.tap = None
        self._stream.microphone.drop(now, "the agent is gone")
        self._stream.changed()

    # What it sends

    def has_played(self, payloads: Sequence[bytes], times: Sequence[float], said: Said, now: Moment) -> None:
        """The agent played payloads in the usual form, each at monotonic seconds, and they went on to Plivo."""
        ledger, findings = self._stream.ledger, self._findings
        if ledger is None or findings is None:
            return
        self._stream.view.frames_out += len(payloads)
        if found := findings.plays(payloads, times, said):
            self._tell(found, Moment(times[-1], now.later(times[-1])))
        ledger.queue.play_run(payloads, times, AGENT)

    def check(self, message: bytes, is_text: bool, now: Moment) -> None:
        """Hold a frame of the agent's against what Plivo takes."""
        if self._findings is not None:
            found = self._findings.command(message, now.mono) if is_text else self._findings.binary(now.mono)
            self._tell(found, now)

    def command(self, command: Command, now: Moment, raw: str, *, has_passed: bool) -> bool:
        """The agent asked something of Plivo; whether it goes on to it, of which the beginning may have passed."""
        if self.tap is None:
            return True
        queued = self.tap.queued_ms(now)
        passes = self.tap.command(command, now, has_passed=has_passed)
        held = "" if passes or has_passed else ", which is held back"
        match command:
            case PlayAudio():
                self._stream.view.frames_out += 1
            case SetCheckpoint(name=name):
                self._event(now, "checkpoint", f"The agent set checkpoint {name}{held}.", raw, name=name)
            case ClearAudio():
                text = f"The agent cleared its queue ({queued / 1000:.1f} s){held}."
                self._event(now, "clear", text, raw, queued_ms=queued)
            case SendDtmf(digits=digits):
                if not held:
                    self._stream.dtmf_sent(digits)
                self._event(now, "sendDTMF", f"The agent sent DTMF {digits}{held}.", raw, digits=digits)
            case OtherCommand(event=event):
                text = f"The agent sent {event}, which this version does not know."
                self._stream.problem(now, text, event=event, source="agent", level="info", raw=raw)
        return passes

    # What it is told

    def given(self, frame: CarrierFrame, message: bytes) -> Verdict:
        """What becomes of a frame of Plivo's on its way to the agent."""
        return self.tap.for_agent(frame, message) if self.tap is not None else True

    def played(self, name: str, now: Moment) -> None:
        """Plivo says that it has played up to a checkpoint."""
        if self._findings is not None:
            self._findings.played(name, now.mono)

    def stream_closed(self, by: str, code: int | None, now: Moment) -> None:
        """The carrier's socket is closed: by whom, and with which code."""
        if self._findings is not None:
            self._tell(self._findings.closed(by_bot=by == "agent", code=code, at=now.mono), now)

    def forget(self) -> None:
        """The stream is over: what was found stays in its view."""
        self.tap = self._findings = self._ringing = None

    # While it is gone

    def ring(self, sound: bytes, now: Moment) -> None:
        """Let the caller hear this sound (in the stream's format), over and over, while no operator has stepped in.

        On a one-way stream nobody can be heard, nor step in: it is only kept.
        """
        if self._stream.view.bidirectional is False:
            return
        assert self._stream.ledger is not None
        audio_format = self._stream.ledger.queue.format
        self._ringing = Ringing(sound or audio_format.silence, audio_format, self._stream.control.play)
        self._begin_to_ring(now)

    def step(self, mode: Mode, operator: str, now: Moment) -> Clear | None:
        """An operator steps in, or (empty) nobody is there any more; returns the clear that it needed, if any."""
        if self.tap is not None:
            return self.tap.step(mode, operator, now)
        if operator and self._stream.view.ringing:
            self._stream.view.ringing = False
            return self._stream.control.empty(now, operator)
        return None

    @property
    def at_work(self) -> bool:
        """Whether `tick` has anything to do; where it begins to, the stream is `changed`."""
        return self.tap.editing if self.tap is not None else self._ringing is not None

    def tick(self, now: Moment) -> None:
        """Every 20 ms: what a tap, or a caller who is kept, needs."""
        stream = self._stream
        if self.tap is not None:
            self.tap.tick(now)
        elif self._ringing is not None and not stream.view.operator and stream.line is not None and stream.line.open:
            if not stream.view.ringing:
                self._begin_to_ring(now)
            self._ringing.tick(stream.ledger.queued_ms(now) if stream.ledger is not None else 0, now)

    # Inside

    def _begin_to_ring(self, now: Moment) -> None:
        self._stream.view.ringing = True
        text = "The caller waits for an operator: there is no agent."
        self._stream.event(now, "bridge", "ringing", text, level="warning")

    def _event(self, now: Moment, event: str, text: str, raw: str, **data: object) -> None:
        self._stream.event(now, "agent", event, text, data=data, raw=raw)

    def _tell(self, new: list[Finding], now: Moment) -> None:
        for finding in new:
            data = {"code": finding.code, "remedy": finding.remedy}
            text = f"{finding.text} {finding.remedy}"
            self._stream.event(now, "agent", "finding", text, level=finding.level, data=data)
        if self._findings is not None:
            self._stream.view.findings = self._findings.found

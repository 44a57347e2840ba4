"""The far end of a stream: the agent behind it, what it sends, and what becomes of the caller when it is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.streams.check.findings import Findings
from bridge.streams.clock import Moment
from bridge.streams.ledger import AGENT
from bridge.streams.line import AgentLine
from bridge.streams.ringing import Ringing
from bridge.streams.tap import Tap, Verdict
from bridge.wire.commands import ClearAudio, Command, OtherCommand, PlayAudio, SendDtmf, SetCheckpoint
from bridge.wire.findings import Finding
from bridge.wire.frames import CarrierFrame

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

    def attach(self, line: AgentLine, now: Moment, *, agent_hears_caller: bool) -> None:
        """There is an agent behind this live stream."""
        stream = self._stream
        assert stream.ledger is not None
        assert stream.line is not None
        stream.view.mode = "agent"
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
            agent_hears_caller=agent_hears_caller,
        )
        stream.changed()

    def detach(self, now: Moment) -> None:
        """There is no agent any more: what it had queued plays on, and an operator may speak as without one."""
        self._stream.observe(now)
        if self._stream.ledger is not None:
            self._stream.ledger.disown(now)
        self.tap = None
        self._stream.microphone.drop()
        self._stream.changed()

    # What it sends

    def has_played(self, play: PlayAudio, at: float, now: Moment) -> None:
        """The agent played something in the usual form, at monotonic seconds, and it went on to Plivo."""
        if self._findings is not None and (found := self._findings.play_audio(play, at)):
            self._tell(found, now)
        if self._stream.ledger is not None:
            self._stream.view.frames_out += 1
            self._stream.ledger.queue.play(play.payload, at, AGENT)

    def check(self, message: bytes, is_text: bool, now: Moment) -> None:
        """Hold a frame of the agent's against what Plivo takes."""
        if self._findings is not None:
            found = self._findings.command(message, now.mono) if is_text else self._findings.binary(now.mono)
            self._tell(found, now)

    def command(self, command: Command, now: Moment, raw: str) -> bool:
        """The agent asked something of Plivo; whether it goes on to it."""
        if self.tap is None:
            return True
        match command:
            case PlayAudio():
                self._stream.view.frames_out += 1
            case SetCheckpoint(name=name):
                self._event(now, "checkpoint", f"The agent set checkpoint {name}.", raw, name=name)
            case ClearAudio():
                queued = self._stream.ledger.queued_ms(now) if self._stream.ledger else 0
                self._event(
                    now, "clear", f"The agent cleared the queue ({queued / 1000:.1f} s).", raw, queued_ms=queued
                )
            case SendDtmf(digits=digits):
                self._stream.dtmf_sent(digits)
                self._event(now, "sendDTMF", f"The agent sent DTMF {digits}.", raw, digits=digits)
            case OtherCommand(event=event):
                text = f"The agent sent {event}, which this version does not know."
                self._stream.problem(now, text, event=event, source="agent", level="info", raw=raw)
        return self.tap.command(command, now)

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

    # While it is gone

    def ring(self, sound: bytes, now: Moment) -> None:
        """Let the caller hear this sound (in the stream's format), over and over, until an operator steps in."""
        stream = self._stream
        if stream.ledger is not None and sound:
            self._ringing = Ringing(sound, stream.ledger.queue.format, stream.control.play)
        stream.view.ringing = True
        stream.event(now, "bridge", "ringing", "The caller waits for an operator: there is no agent.", level="warning")

    def hush(self, now: Moment) -> None:
        """Somebody is there for a caller who was kept."""
        if self._stream.view.ringing:
            self._stream.view.ringing = False
            self._stream.control.clear(now, "bridge")

    def tick(self, now: Moment) -> None:
        """Every 20 ms: what a tap, or a caller who is kept, needs."""
        stream = self._stream
        if self.tap is not None:
            self.tap.tick(now)
        elif self._ringing is not None and not stream.view.operator and stream.line is not None and stream.line.open:
            stream.view.ringing = True
            self._ringing.tick(stream.ledger.queued_ms(now) if stream.ledger is not None else 0, now)

    # Inside

    def _event(self, now: Moment, event: str, text: str, raw: str, **data: object) -> None:
        self._stream.event(now, "agent", event, text, data=data, raw=raw)

    def _tell(self, new: list[Finding], now: Moment) -> None:
        for finding in new:
            data = {"code": finding.code, "remedy": finding.remedy}
            text = f"{finding.text} {finding.remedy}"
            self._stream.event(now, "agent", "finding", text, level=finding.level, data=data)
        if self._findings is not None:
            self._stream.view.findings = self._findings.found

"""One stream's life: asked for, connecting, live, ended; what came of it and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from bridge.streams.audience import Audience, Listener
from bridge.streams.clock import Moment
from bridge.streams.events import EventLog
from bridge.streams.findings import Findings
from bridge.streams.health import judge
from bridge.streams.ledger import AGENT, Checkpoint, Clear, Ledger, Settled, settle
from bridge.streams.legs import Leg
from bridge.streams.microphone import Microphone
from bridge.streams.observers import Observers
from bridge.streams.recorder import Recorder, RecordingError
from bridge.streams.ringing import Ringing
from bridge.streams.row import Changed, Row, StreamError
from bridge.streams.tap import AgentLine, Tap, Verdict
from bridge.streams.turns import Turns
from bridge.wire.callbacks import StreamCallback
from bridge.wire.commands import (
    ClearAudio,
    Command,
    PlayAudio,
    SendDtmf,
    SetCheckpoint,
    checkpoint_command,
    clear_audio_command,
    play_audio_command,
    send_dtmf_command,
)
from bridge.wire.findings import Finding
from bridge.wire.frames import CarrierFrame, ClearedAudio, Dtmf, Failure, Media, Other, PlayedStream, Start, Stop
from bridge.wire.link import Event, Level, Meter, Source, StreamView
from bridge.wire.link import Leg as LegName
from bridge.wire.turns import TurnsView

_DIGITS_KEPT = 64


def _nothing(_: Moment) -> None:
    """All that passed has been looked at."""


class Line(Protocol):
    """The carrier's socket, as a stream uses it."""

    @property
    def open(self) -> bool:
        """False once either side has begun to close."""

    def send(self, text: str) -> bool:
        """Send a frame; False when the carrier reads too slowly and it was dropped."""

    def close(self, code: int, reason: str) -> None:
        """Close the socket."""


class Stream(Row):
    """A stream as the bridge takes part in it: its socket, its legs, its ledger, and who hears it."""

    def __init__(self, handle: int, log: EventLog, changed: Changed) -> None:
        super().__init__(handle, log, changed)
        self.ledger: Ledger | None = None
        self.audience = Audience(handle)
        self.on_end: list[Settled] = []
        self.tap: Tap | None = None
        """What is between Plivo and the agent, while there is an agent."""
        self.catch_up: Callable[[Moment], None] = _nothing
        """Reads what has passed since it was last looked at."""
        self.microphone = Microphone(self)
        self.observers: Observers | None = None
        self._ringing: Ringing | None = None
        self._line: Line | None = None
        self._caller: Leg | None = None
        self._far: Leg | None = None
        self._sequence: int | None = None
        self._announced_end = ""
        self._findings: Findings | None = None
        self._started = 0.0
        self._turns_at_end = b""

    def event(self, now: Moment, source: Source, event: str, text: str, **more: Any) -> Event:
        """Log something that happened on this stream, and tell it to a recorder."""
        made = super().event(now, source, event, text, **more)
        if self.observers is not None and self.observers.recorder is not None:
            self.observers.recorder.event(made)
        return made

    # A life

    @property
    def has_socket(self) -> bool:
        """True while the carrier's socket is ours."""
        return self._line is not None

    def connect(self, line: Line, remote: str) -> None:
        """The carrier opened its socket to us."""
        self._line = line
        self.view.remote = remote
        self.view.state = "connecting"
        self.changed()

    def start(self, frame: Start, now: Moment, raw: str) -> None:
        """The socket said which stream it is: live from now on."""
        view = self.view
        view.state = "live"
        view.started_at = now.utc
        view.stream_id, view.call_uuid = frame.stream_id, frame.call_id or view.call_uuid
        view.account_id = frame.account_id
        view.tracks = frame.tracks
        view.content_type, view.sample_rate = frame.format.content_type, frame.format.rate
        view.extra_headers = frame.extra_headers or view.extra_headers
        if "outbound" in frame.tracks:
            view.bidirectional = False
        self._sequence, self._started = frame.sequence, now.mono
        self._caller, self._far = Leg(frame.format, now.mono), Leg(frame.format, now.mono)
        self.ledger = Ledger(frame.format)
        self.observers = Observers(frame.format, now.mono)
        self.event(now, "carrier", "start", f"Stream started: {frame.format.label}.", raw=raw)

    def end(self, now: Moment, reason: str, text: str, *, level: Level = "info") -> None:
        """It is over, for this reason."""
        self.view.state = "ended"
        self.view.end_reason = reason
        self.view.ended_at = now.utc
        self.observe(now)
        self._finish_turns(now)
        self.microphone.drop()
        self.view.listeners, self.view.ringing = 0, False
        self.audience.disperse()
        self._line = self.tap = None
        if self.ledger is not None:
            self.ledger.give_up(now)
        settle(self.on_end, now)
        self.refresh(now)
        self.event(now, "bridge", "ended", text, level=level, data={"reason": reason})
        self._finish_recording(now, text)

    def closed(self, now: Moment, by: str, code: int | None, reason: str) -> None:
        """The carrier's socket is closed: by whom, and the close frame's code (1006: without one) and reason."""
        self.view.closed_by, self.view.close_code, self.view.close_reason = by, code, reason
        if self._findings is not None:
            self._found(self._findings.closed(by_bot=by == "agent", code=code, at=now.mono), now)
        words = f" ({reason})" if reason else ""
        if self._announced_end:
            why = self._announced_end
            level: Level = "error" if why == "dropped" else "info"
            self.end(now, why, f"Stream {why}; the {by} closed the socket with {code}{words}.", level=level)
        elif code == 1006:
            self.end(now, "dropped", "The connection was lost without a close.", level="error")
        else:
            level = "info" if code in (None, 1000, 1001, 1005) else "warning"
            self.end(now, "closed", f"The {by} closed the socket with {code}{words}.", level=level)

    # What the carrier says

    def take(self, frame: CarrierFrame, now: Moment, raw: str) -> bool:
        """A frame came on this stream's socket after its `start`; whether it is meant for an agent as well."""
        if frame.stream_id and frame.stream_id != self.view.stream_id:
            self.problem(now, "A frame for another stream came on this socket and was ignored.", raw=raw)
            return True
        self._follow(frame.sequence)
        match frame:
            case Media():
                self._media(frame, now)
            case Dtmf():
                self.view.dtmf_in = (self.view.dtmf_in + frame.digit)[-_DIGITS_KEPT:]
                data = {"digit": frame.digit}
                self.event(now, "carrier", "dtmf", f"The caller pressed {frame.digit}.", data=data, raw=raw)
            case PlayedStream():
                return self._played(frame, now, raw)
            case ClearedAudio():
                return self._cleared(now, raw)
            case Stop():
                self._announced_end = "stopped"
                self.event(now, "carrier", "stop", "Plivo says that the stream stops.", raw=raw)
            case Failure():
                text = f"Plivo reports {frame.event}: {frame.reason or 'no reason given'}."
                self.problem(now, text, event=frame.event, source="carrier", level="error", raw=raw)
            case Start():
                self.problem(now, "A second start came on this socket and was ignored.", raw=raw)
            case Other():
                text = f"Plivo sent {frame.event}, which this version does not know."
                self.problem(now, text, event=frame.event, source="carrier", level="info", raw=raw)
        return True

    def callback(self, callback: StreamCallback, now: Moment) -> Event | None:
        """A status callback for this stream; None when it repeats an earlier one, which is only counted."""
        if not self.count(callback):
            return None
        self.learn(callback)
        made = self.event(
            now,
            "callback",
            callback.event,
            callback.text,
            level="error" if callback.error else "info",
            data=dict(callback.fields),
        )
        self._callback_state(callback, now)
        return made

    def _media(self, frame: Media, now: Moment) -> None:
        leg, name = (self._far, LegName.AGENT) if frame.track == "outbound" else (self._caller, LegName.CALLER)
        if leg is None or not frame.payload:
            return
        self.view.frames_in += 1
        position = leg.position
        if not leg.add(frame.payload, now.mono):
            self.view.gaps += 1
        self.audience.tell(name, position, frame.payload)
        if self.observers is not None:
            (self.observers.caller if name is LegName.CALLER else self.observers.outbound)(frame.payload, now.mono)

    def _follow(self, sequence: int | None) -> None:
        if sequence is None:
            return
        if self._sequence is not None and sequence != self._sequence + 1:
            self.view.gaps += 1
        self._sequence = sequence
        if self.tap is not None:
            self.tap.sequence = sequence

    def _played(self, frame: PlayedStream, now: Moment, raw: str) -> bool:
        checkpoint = self.ledger.played(frame.name, now) if self.ledger else None
        if self._findings is not None:
            self._findings.played(frame.name, now.mono)
        if checkpoint is None:
            self.problem(now, "A checkpoint was reported as played that was not open here.", raw=raw)
            return True
        if checkpoint.view.held:
            return False  # Plivo returns it at the clear that took it away: the bridge answers it in its time
        took = (now.utc - checkpoint.view.sent_at).total_seconds() * 1000
        text = f"Checkpoint {frame.name} was played after {took:.0f} ms."
        self.event(now, "carrier", "playedStream", text, data={"name": frame.name, "took_ms": round(took)}, raw=raw)
        return checkpoint.view.by == AGENT

    def _cleared(self, now: Moment, raw: str) -> bool:
        clear = self.ledger.cleared(now) if self.ledger else None
        if clear is None:
            self.problem(now, "Plivo acknowledged a clear that was not sent from here.", raw=raw)
            return True
        took = (now.mono - clear.sent_mono) * 1000
        dropped = [checkpoint.view.name for checkpoint in clear.drops if checkpoint.view.cleared]
        words = f", with checkpoints {', '.join(dropped)}" if dropped else ""
        text = f"Queued audio was cleared after {took:.0f} ms{words}."
        self.event(now, "carrier", "clearedAudio", text, data={"took_ms": round(took), "dropped": dropped}, raw=raw)
        return clear.view.by == AGENT

    # What the agent says

    def attach(self, agent: AgentLine, *, agent_hears_caller: bool) -> None:
        """There is an agent behind this live stream."""
        assert self.ledger is not None
        assert self._line is not None
        self.view.mode = "agent"
        if self._findings is None:
            two_way = self.view.bidirectional is not False
            self._findings = Findings(self.ledger.queue.format, bidirectional=two_way, started=self._started)
        self.tap = Tap(
            self.view.stream_id,
            self.ledger,
            self.audience,
            self._line,
            agent,
            agent_hears_caller=agent_hears_caller,
        )
        self.changed()

    def detach(self, now: Moment) -> None:
        """There is no agent any more: what it had queued plays on, and an operator may speak as without one."""
        self.observe(now)
        self.tap = None
        self.microphone.drop()
        self.view.mode = "direct"
        self.changed()

    def check(self, message: bytes, is_text: bool, now: Moment) -> None:
        """Hold a frame of the agent's against what Plivo takes."""
        if self._findings is None:
            return
        new = self._findings.command(message, now.mono) if is_text else self._findings.binary(now.mono)
        self._found(new, now)

    def _found(self, new: list[Finding], now: Moment) -> None:
        for finding in new:
            data = {"code": finding.code, "remedy": finding.remedy}
            self.event(now, "agent", "finding", f"{finding.text} {finding.remedy}", level=finding.level, data=data)
        if self._findings is not None:
            self.view.findings = self._findings.found

    def command(self, command: Command, now: Moment, raw: str) -> bool:
        """The agent asked something of Plivo; whether it goes on to it."""
        if self.tap is None:
            return True
        match command:
            case PlayAudio():
                self.view.frames_out += 1
            case SetCheckpoint(name=name):
                self.event(
                    now, "agent", "checkpoint", f"The agent set checkpoint {name}.", data={"name": name}, raw=raw
                )
            case ClearAudio():
                queued = self.ledger.queued_ms(now) if self.ledger else 0
                text = f"The agent cleared the queue ({queued / 1000:.1f} s)."
                self.event(now, "agent", "clear", text, data={"queued_ms": queued}, raw=raw)
            case SendDtmf(digits=digits):
                self.view.dtmf_out = (self.view.dtmf_out + digits)[-_DIGITS_KEPT:]
                self.event(now, "agent", "sendDTMF", f"The agent sent DTMF {digits}.", data={"digits": digits}, raw=raw)
            case _:
                text = f"The agent sent {command.event}, which this version does not know."
                self.problem(now, text, event=command.event, source="agent", level="info", raw=raw)
        return self.tap.command(command, now)

    def for_agent(self, frame: CarrierFrame, message: bytes) -> Verdict:
        """What becomes of a frame of Plivo's on its way to the agent."""
        return self.tap.for_agent(frame, message) if self.tap is not None else True

    def _callback_state(self, callback: StreamCallback, now: Moment) -> None:
        """The socket decides whether a stream of ours is live; callbacks say why it ended, or what we cannot see."""
        why = {"StopStream": "stopped", "DroppedStream": "dropped"}.get(callback.event)
        if self.view.state == "asked":
            self.view.state = "connecting"
        if why is None:
            return
        if self.view.state == "ended":
            if self.view.end_reason in ("closed", "lost", "expired"):
                self.view.end_reason = why
        elif self.has_socket:
            self._announced_end = why
        else:
            self.end(now, why, callback.text, level="error" if why == "dropped" else "info")

    # What operators do

    def require_playable(self) -> tuple[Line, Ledger]:
        """What commands need. Raises StreamError when the stream cannot take any."""
        if self.view.state == "ended":
            raise StreamError(f"{self.label} has ended: nothing can be sent on it.")
        if self._line is None or self.ledger is None:
            where = "its socket is not here" if self.view.started_at or self.view.callbacks else "it has no socket yet"
            raise StreamError(f"{self.label} cannot take commands: {where}.")
        if self.view.bidirectional is False:
            raise StreamError(f"{self.label} is one-way (bidirectional is false): it can only be listened to.")
        if not self._line.open:
            raise StreamError(f"{self.label} is closing: nothing can be sent on it any more.")
        return self._line, self.ledger

    def play(self, payload: bytes, now: Moment, source: str) -> None:
        """Send audio in the stream's format; `source` is the operator whose it is. Raises StreamError."""
        line, ledger = self.require_playable()
        usable = len(payload) - len(payload) % ledger.queue.format.sample_bytes
        if not usable:
            return
        if not line.send(play_audio_command(payload[:usable], ledger.queue.format)):
            self.problem(now, "Plivo reads too slowly: audio sent to it was dropped.", level="error")
            return
        self.view.frames_out += 1
        ledger.play(payload[:usable], now, source)

    def checkpoint(self, name: str, now: Moment, by: str) -> Checkpoint:
        """Set a checkpoint behind what is queued. Raises StreamError."""
        line, ledger = self.require_playable()
        self._send(line, checkpoint_command(self.view.stream_id, name))
        made = ledger.checkpoint(name, now, by)
        self.event(now, "operator", "checkpoint", f"{by} set checkpoint {name}.", data={"name": name, "operator": by})
        return made

    def clear(self, now: Moment, by: str) -> Clear:
        """Drop what is queued at Plivo. Raises StreamError."""
        line, ledger = self.require_playable()
        self.observe(now)
        queued = ledger.queued_ms(now)
        if self.tap is not None:
            made = self.tap.take_back(now, by)
            self.tap.silence_held()
        else:
            self._send(line, clear_audio_command(self.view.stream_id))
            made = ledger.clear(now, by)
            self.audience.cut()
        text = f"{by} cleared the queue ({queued / 1000:.1f} s)."
        self.event(now, "operator", "clear", text, data={"operator": by, "queued_ms": queued})
        return made

    def send_dtmf(self, digits: str, now: Moment, by: str) -> None:
        """Press digits towards the caller. Raises StreamError, or FrameError for what are no digits."""
        line, _ = self.require_playable()
        command = send_dtmf_command(digits)
        self._send(line, command)
        self.view.dtmf_out = (self.view.dtmf_out + digits.upper())[-_DIGITS_KEPT:]
        text = f"{by} sent DTMF {digits.upper()}."
        self.event(now, "operator", "sendDTMF", text, data={"digits": digits.upper(), "operator": by})

    def hang_up(self, now: Moment, by: str) -> None:
        """Close the stream's socket. Raises StreamError when it has none."""
        if self._line is None:
            raise StreamError(f"{self.label} has {'ended' if not self.alive else 'no socket here to close'}.")
        self.event(now, "operator", "hangup", f"{by} hung up.", data={"operator": by})
        self._line.close(1000, "hung up by an operator")

    def listen(self, operator: str, listener: Listener, now: Moment) -> None:
        """Let an operator hear both legs from now on. Raises StreamError unless the stream is live."""
        if self.view.state != "live":
            state = "has ended" if not self.alive else "is not live yet"
            raise StreamError(f"{self.label} {state}: there is nothing to hear.")
        self.catch_up(now)
        self.audience.join(operator, listener, now.mono)
        self.view.listeners = len(self.audience)
        data = {"operator": operator, "on": True}
        self.event(now, "operator", "listen", f"{operator} listens.", data=data)

    def unlisten(self, operator: str, now: Moment) -> None:
        """Stop letting an operator hear, if it did."""
        if not self.audience.leave(operator):
            return
        self.view.listeners = len(self.audience)
        data = {"operator": operator, "on": False}
        self.event(now, "operator", "listen", f"{operator} listens no more.", data=data)

    def _send(self, line: Line, command: str) -> None:
        if not line.send(command):
            raise StreamError(f"{self.label}: Plivo reads too slowly, the command was not sent.")

    # An agent that is gone

    def ring(self, sound: bytes, now: Moment) -> None:
        """The agent is gone: let the caller hear this sound, over and over, until an operator steps in."""
        if self.ledger is not None and sound:
            self._ringing = Ringing(sound, self.ledger.queue.format, self.play)
        self.view.ringing = True
        self.event(now, "bridge", "ringing", "The caller waits for an operator: there is no agent.", level="warning")

    def hush(self, now: Moment) -> None:
        """Somebody is there for a caller who was kept."""
        if self.view.ringing:
            self.view.ringing = False
            self.clear(now, "bridge")

    def tick(self, now: Moment) -> None:
        """Every 20 ms: what a tap, or a caller who is kept, needs."""
        if self.tap is not None:
            self.tap.tick(now)
        elif self._ringing is not None and not self.view.operator and self._line is not None and self._line.open:
            self.view.ringing = True
            self._ringing.tick(self.ledger.queued_ms(now) if self.ledger is not None else 0, now)

    # What is heard and seen

    def observe(self, now: Moment) -> None:
        """Read what has passed, and let those who follow the stream's sound hear it; also before a queue changes."""
        self.catch_up(now)
        self.play_out(now)
        if self.ledger is None or self.observers is None:
            return
        try:
            self.observers.hear(self.ledger.queue, now.mono)
        except RecordingError as error:
            self.observers.recorder = None
            self.view.recording = ""
            self.event(now, "bridge", "record", str(error), level="error")

    def measure_turns(self, now: Moment) -> None:
        """Measure turns from now on, which must be the stream's start."""
        if self.observers is not None and self.ledger is not None:
            self.observers.turns = Turns(self.ledger.queue.format, now.mono)

    @property
    def turns(self) -> TurnsView | None:
        """The turns up to now, or of the whole stream when it has ended; None where they are not measured."""
        if self._turns_at_end:
            return msgspec.json.decode(self._turns_at_end, type=TurnsView)
        measured = self.observers.turns if self.observers is not None else None
        return measured.report() if measured is not None else None

    def record(self, recorder: Recorder, now: Moment, by: str) -> None:
        """Let a recorder follow the stream from now on."""
        if self.observers is None:
            return
        self.observe(now)
        self.observers.begin(now.mono)
        self.observers.recorder = recorder
        self.view.recording = recorder.name
        self.event(now, "operator", "record", f"{by} records this stream.", data={"operator": by, "on": True})

    def stop_recording(self, now: Moment, by: str) -> None:
        """End the recording. Raises StreamError when there is none."""
        if not self.view.recording:
            raise StreamError(f"{self.label} is not being recorded.")
        self.observe(now)
        self.event(now, "operator", "record", f"{by} ended the recording.", data={"operator": by, "on": False})
        self._finish_recording(now, f"{by} ended the recording.")

    def _finish_recording(self, now: Moment, why: str) -> None:
        recorder = self.observers.recorder if self.observers is not None else None
        if recorder is None or self.observers is None:
            return
        self.observers.recorder = None
        self.view.recording = ""
        self.changed()
        try:
            recorder.finish(now, why)
        except RecordingError as error:
            self.event(now, "bridge", "record", str(error), level="error")

    def _finish_turns(self, now: Moment) -> None:
        turns = self.observers.turns if self.observers is not None else None
        if turns is None or self.observers is None:
            return
        turns.finish(now.mono)
        self._turns_at_end = msgspec.json.encode(turns.report())
        self.observers.turns = None

    def note_take_over(self, on: bool, now: Moment) -> None:
        """An operator took the call from the agent, or handed it back: its turns are not the agent's."""
        if self.observers is not None and self.observers.turns is not None:
            self.observers.turns.take_over(on, now.mono)

    def play_out(self, now: Moment) -> None:
        """Give the listeners what the caller has heard of the far end since the last call, by the playout clock."""
        if self.ledger is not None and self.audience:
            self.audience.play_out(self.ledger.queue, now.mono)

    def silent_for(self, now: Moment) -> float:
        """Seconds since the last media of any track, on a live stream."""
        if self._caller is None or self._far is None or self.view.state != "live":
            return 0.0
        return min(self._caller.silent_for(now.mono), self._far.silent_for(now.mono))

    def refresh(self, now: Moment) -> StreamView:
        """Bring the view's figures up to date and return it."""
        view = self.view
        if self.ledger is not None:
            self._meter(now)
            view.checkpoints = [checkpoint.view for checkpoint in self.ledger.checkpoints]
            view.clears = [clear.view for clear in self.ledger.clears]
        view.health, view.health_text = judge(view, self.silent_for(now))
        return view

    def meter(self, now: Moment) -> Meter:
        """The figures that change all the time."""
        self._meter(now)
        view = self.view
        return Meter(
            view.handle,
            view.frames_in,
            view.frames_out,
            view.gaps,
            view.caller_dbfs,
            view.agent_dbfs,
            view.queued_ms,
        )

    def _meter(self, now: Moment) -> None:
        view = self.view
        self.catch_up(now)
        if self.ledger is None or self._caller is None or self._far is None or not self.alive:
            view.caller_dbfs = view.agent_dbfs = None
            view.queued_ms = 0
            return
        view.caller_dbfs = self._caller.dbfs(now.mono)
        view.agent_dbfs = self.ledger.dbfs(now) if view.frames_out else self._far.dbfs(now.mono)
        view.queued_ms = self.ledger.queued_ms(now)

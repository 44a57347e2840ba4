"""One stream's life: asked for, connecting, live, ended; what came of it and what may be done to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bridge.streams.agent_side import AgentSide
from bridge.streams.audience import Audience
from bridge.streams.clock import Moment
from bridge.streams.control import Control
from bridge.streams.events import EventLog
from bridge.streams.health import judge
from bridge.streams.ledger import AGENT, KEPT, Ledger, Settled, settle
from bridge.streams.legs import Leg
from bridge.streams.line import Line
from bridge.streams.metering import measure
from bridge.streams.microphone import Microphone
from bridge.streams.observers import Observers
from bridge.streams.row import Changed, Row
from bridge.wire.callbacks import StreamCallback
from bridge.wire.events import Event, Source
from bridge.wire.frames import (
    CarrierFrame,
    ClearedAudio,
    Dtmf,
    Failure,
    Media,
    Other,
    PlayedStream,
    Start,
    Stop,
    UsualMedia,
)
from bridge.wire.level import Level
from bridge.wire.link.audio import Leg as LegName
from bridge.wire.views import StreamView

_DIGITS_KEPT = 64


def _nothing(_: Moment) -> None:
    """All that passed has been looked at."""


class Stream(Row):
    """A stream as the bridge takes part in it: its socket, its legs, its ledger, and who hears it."""

    def __init__(self, handle: int, log: EventLog, changed: Changed) -> None:
        super().__init__(handle, log, changed)
        self.line: Line | None = None
        """The carrier's socket, while it is ours."""
        self.ledger: Ledger | None = None
        self.audience = Audience(handle)
        self.agent = AgentSide(self)
        self.control = Control(self)
        self.microphone = Microphone(self)
        self.observers = Observers(self)
        self.on_end: list[Settled] = []
        self.catch_up: Callable[[Moment], None] = _nothing
        """Reads what has passed and was not read; to be asked before anything is changed about what passes."""
        self.read_passed: Callable[[Moment], None] = _nothing
        """The same where nothing is changed."""
        self._caller: Leg | None = None
        self._far: Leg | None = None
        self.sequence: int | None = None
        """Number of Plivo's newest frame."""
        self._announced_end = ""

    def event(self, now: Moment, source: Source, event: str, text: str, **more: Any) -> Event:
        """Log something that happened on this stream, and tell it to a recorder."""
        made = super().event(now, source, event, text, **more)
        self.observers.event(made)
        return made

    # A life

    @property
    def has_socket(self) -> bool:
        """True while the carrier's socket is ours."""
        return self.line is not None

    def connect(self, line: Line, remote: str) -> None:
        """The carrier opened its socket to us."""
        self.line = line
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
        self.sequence = frame.sequence
        self._caller, self._far = Leg(frame.format, now.mono), Leg(frame.format, now.mono)
        self.ledger = Ledger(frame.format)
        self.observers.start(frame.format, now)
        self.event(now, "carrier", "start", f"Stream started: {frame.format.label}.", raw=raw)

    def end(self, now: Moment, reason: str, text: str, *, level: Level = "info") -> None:
        """It is over, for this reason."""
        self.view.state = "ended"
        self.view.end_reason = reason
        self.view.ended_at = now.utc
        self.observe(now)
        self.agent.tap = None
        self.microphone.drop(now, "the stream ended")
        self.view.listeners, self.view.ringing = 0, False
        self.audience.disperse()
        self.line = None
        if self.ledger is not None:
            self.ledger.give_up(now)
        settle(self.on_end, now)
        self.refresh(now)
        self.event(now, "bridge", "ended", text, level=level, data={"reason": reason})
        self.observers.finish(now, text)
        self._forget()

    def _forget(self) -> None:
        """Keep the row alone: thousands of streams that ended are remembered."""
        self.catch_up = self.read_passed = _nothing
        self.agent.forget()
        self.ledger = self._caller = self._far = None

    def closed(self, now: Moment, by: str, code: int | None, reason: str) -> None:
        """The carrier's socket is closed: by whom, and the close frame's code (1006: without one) and reason."""
        self.view.closed_by, self.view.close_code, self.view.close_reason = by, code, reason
        self.agent.stream_closed(by, code, now)
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
                self._hear(frame.track, frame.payload, now.mono)
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

    def take_media(self, frame: UsualMedia, at: float) -> None:
        """What `take` does, for the frame that comes all the time: media came at monotonic seconds."""
        self._follow(frame.sequenceNumber)
        self._hear(frame.media.track, frame.media.payload, at)

    def take_run(self, times: Sequence[float], newest: Sequence[UsualMedia]) -> bool:
        """The same for media that came one after another, each at its time; only the newest of them were read.

        False, and nothing is done, when somebody has to hear all of them, or when they are not the caller's alone and
        in order.
        """
        last = newest[-1].sequenceNumber
        if (
            (self.followed and len(newest) < len(times))
            or self._caller is None
            or self._far is None
            or self._far.position  # with two tracks, those that were not read may be of either
            or self.sequence is None
            or last != self.sequence + len(times)
            or any(frame.media.track == "outbound" or not frame.media.payload for frame in newest)
        ):
            return False
        self._follow_to(last)
        self._add(self._caller, LegName.CALLER, times, [frame.media.payload for frame in newest])
        return True

    @property
    def followed(self) -> bool:
        """Whether somebody has to hear all of the sound."""
        return bool(self.audience.listeners) or self.observers.active

    def _hear(self, track: str, payload: bytes, at: float) -> None:
        leg, name = (self._far, LegName.AGENT) if track == "outbound" else (self._caller, LegName.CALLER)
        if leg is not None and payload:
            self._add(leg, name, (at,), (payload,))

    def _add(self, leg: Leg, name: LegName, times: Sequence[float], newest: Sequence[bytes]) -> None:
        position = leg.position
        self.view.frames_in += len(times)
        self.view.gaps += leg.add(times, newest)
        if not self.followed:
            return
        observe = self.observers.caller if name is LegName.CALLER else self.observers.outbound
        for at, payload in zip(times, newest, strict=True):
            self.audience.tell(name, position, payload)
            position += len(payload) // leg.format.sample_bytes
            observe(payload, at)

    def _follow(self, sequence: int | None) -> None:
        if sequence is None:
            return
        if self.sequence is not None and sequence != self.sequence + 1:
            self.view.gaps += 1
        self._follow_to(sequence)

    def _follow_to(self, sequence: int) -> None:
        self.sequence = sequence
        if self.agent.tap is not None:
            self.agent.tap.sequence = sequence

    def _played(self, frame: PlayedStream, now: Moment, raw: str) -> bool:
        checkpoint = self.ledger.played(frame.name, now) if self.ledger else None
        self.agent.played(frame.name, now)
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

    # What is heard and seen

    def observe(self, now: Moment) -> None:
        """Read what has passed, and let those who follow the stream's sound hear it; also before a queue changes."""
        self.catch_up(now)
        self.play_out(now)
        self.observers.hear(now)

    def play_out(self, now: Moment) -> None:
        """Give the listeners what the caller has heard of the far end since the last call, by the playout clock."""
        if self.ledger is not None and self.audience.listeners:
            self.audience.play_out(self.ledger.queue, now.mono)

    def dtmf_sent(self, digits: str) -> None:
        """Digits were sent towards the caller."""
        self.view.dtmf_out = (self.view.dtmf_out + digits)[-_DIGITS_KEPT:]
        self.changed()

    def silent_for(self, now: Moment) -> float:
        """Seconds since the last media of any track, on a live stream."""
        if self._caller is None or self._far is None or self.view.state != "live":
            return 0.0
        return min(self._caller.silent_for(now.mono), self._far.silent_for(now.mono))

    def refresh(self, now: Moment) -> StreamView:
        """Bring the view up to date and return it."""
        self.count_passed(now)
        measure((self,), now)
        return self._judged(now)

    def judged(self, now: Moment) -> StreamView:
        """The view with all up to date but the levels, which cost most."""
        self.count_passed(now)
        return self._judged(now)

    def count_passed(self, now: Moment) -> None:
        """Bring the view's frames, gaps and queue up to date."""
        self.read_passed(now)
        self.view.queued_ms = self.ledger.queued_ms(now) if self.ledger is not None and self.alive else 0

    def _judged(self, now: Moment) -> StreamView:
        view = self.view
        if self.ledger is not None:
            view.checkpoints = [checkpoint.view for checkpoint in self.ledger.checkpoints[-KEPT:]]
            view.clears = [clear.view for clear in self.ledger.clears[-KEPT:]]
        view.health, view.health_text = judge(view, self.silent_for(now))
        return view

    def lately(self, now: Moment) -> tuple[bytes, bytes]:
        """The sound of both legs in the last 100 ms, as the caller heard the far end; nothing before the start."""
        if self.ledger is None or self._caller is None or self._far is None:
            return b"", b""
        far = self.ledger.lately(now) if self.view.frames_out else self._far.lately(now.mono)
        return self._caller.lately(now.mono), far

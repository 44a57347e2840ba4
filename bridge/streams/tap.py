"""Between Plivo and an agent: what each of them is given while an operator steps in, and what the agent is told.

In `agent` mode everything passes as it comes, and is only followed. While the agent is not to be heard as it is
(`talk`, `takeover`), what it sends goes into a playback queue of the bridge's own, which runs on the same clock as
Plivo's: its checkpoints are answered when they would have been played, its clears at once. So no bot ever waits in
vain. Rows of the table in `bridge.wire.modes.Mode` are what this class does.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from operator import attrgetter

from bridge.audio.codec import decode, encode
from bridge.streams.audience import Audience
from bridge.streams.check.findings import Findings
from bridge.streams.clock import Moment
from bridge.streams.ledger import AGENT, Checkpoint, Clear, Ledger
from bridge.streams.line import AgentLine, Line
from bridge.streams.playback import Mark, PlaybackQueue, laid_out
from bridge.streams.voices import Voices
from bridge.wire.commands import (
    ClearAudio,
    Command,
    PlayAudio,
    SendDtmf,
    SetCheckpoint,
    checkpoint_command,
    clear_audio_command,
    play_audio_command,
)
from bridge.wire.formats import AudioFormat
from bridge.wire.frames import (
    CarrierFrame,
    ClearedAudio,
    Media,
    PlayedStream,
    cleared_audio_frame,
    media_frame,
    played_stream_frame,
)
from bridge.wire.link.audio import Leg
from bridge.wire.modes import Mode

Verdict = bool | str
"""Of something on its way: True, it passes as it is; False, it does not; a text goes in its place."""

_LEAD_MS = 40
"""Silence before the first piece of a mix, so that Plivo never runs out between two of them."""
_MOST_MIXED_S = 1.0
"""Seconds of a mix that are sent at once: of more, the queues have forgotten the sound."""
_MOST_MARKS = 1_000
"""Checkpoints that are to be answered here; of more than that the oldest is answered before its time."""
_REST_BYTES = 16_000
"""What is given back to Plivo goes in pieces of this size."""


class Tap:
    """The tap of one live stream with an agent behind it."""

    def __init__(
        self,
        stream_id: str,
        ledger: Ledger,
        audience: Audience,
        carrier: Line,
        agent: AgentLine,
        findings: Findings,
        *,
        agent_hears_caller: bool,
    ) -> None:
        self.mode: Mode = "agent"
        self.operator = ""
        """Who has stepped in."""
        self.sequence: int | None = None
        """Number of Plivo's newest frame; frames of the bridge's own carry it, as all numbers to come are Plivo's."""
        self._stream_id = stream_id
        self._ledger = ledger
        self._format: AudioFormat = ledger.queue.format
        self._audience = audience
        self._carrier = carrier
        self.agent = agent
        self._findings = findings
        self._agent_hears_caller = agent_hears_caller
        self._voices = Voices(self._format)
        self._links: set[str] = set()
        self._held: PlaybackQueue | None = None
        """Takes what the agent sends, while it is not to be heard as it is."""
        self._marks: dict[Mark, Checkpoint] = {}
        """Checkpoints that are answered here, in their time."""
        self._mixed_until = 0.0

    @property
    def editing(self) -> bool:
        """Whether frames have to be read before they go on; else they may pass as bytes."""
        return bool(self._marks or self._ledger.operators_wait) or self.mode != "agent"

    @property
    def holds_back(self) -> bool:
        """Whether the agent is not to be heard as it is."""
        return self._held is not None

    # What comes along

    def for_agent(self, frame: CarrierFrame, message: bytes) -> Verdict:
        """What becomes of a frame of Plivo's that the agent may see."""
        if not isinstance(frame, Media) or frame.track == "outbound":
            return True
        if self.mode == "takeover" and not self._agent_hears_caller:
            silence = self._format.silence * (len(frame.payload) // self._format.sample_bytes)
            return _with_payload(frame, message, silence)
        if self.mode == "whisper":
            caller = decode(frame.payload, self._format)
            whispered = self._voices.take(len(caller))
            if whispered is not None:
                return _with_payload(frame, message, encode(caller + whispered, self._format))
        return True

    def command(self, command: Command, now: Moment, *, has_passed: bool = False) -> bool:
        """Follow what the agent asks of Plivo, or carry it out here; whether it goes on to Plivo.

        With `has_passed` Plivo has the beginning of it already.
        """
        held = None if has_passed else self._held
        match command:
            case PlayAudio():
                queue = self._ledger.queue if held is None else held
                queue.play(command.payload, now.mono, AGENT)
            case SetCheckpoint():
                checkpoint = self._ledger.checkpoint(command.name, now, AGENT, held)
                if held is not None:
                    self._marks[checkpoint.mark] = checkpoint
                    if len(self._marks) > _MOST_MARKS:
                        self._answer(next(iter(self._marks)), now)
            case ClearAudio():
                self._clear_held(now)
                if held is None:
                    self._ledger.clear(now, AGENT)
                    self._audience.cut()
                else:
                    cleared = ClearedAudio(stream_id=self._stream_id, sequence=self.sequence)
                    self.agent.send(cleared_audio_frame(cleared))
            case SendDtmf():
                return self.mode != "takeover"
            case _:
                return True
        if has_passed and self.mode == "takeover":
            self._take_back(now, self.operator)
        return held is None

    def queued_ms(self, now: Moment) -> int:
        """Milliseconds that the agent has queued, as it reckons itself."""
        return self._ledger.queued_ms(now) if self._held is None else round(self._held.queued(now.mono) * 1000)

    # Operators

    def step(self, mode: Mode, operator: str, now: Moment) -> Clear | None:
        """Go into a mode; returns the clear that was sent to Plivo, if one was needed."""
        clear = None
        if mode == "takeover" or (mode == "talk" and self._held is None and self._ledger.pending(now)):
            clear, rest = self._take_back(now, operator)
            self._held = self._held or rest
        elif mode == "talk":
            self._held = self._held or PlaybackQueue(self._format)
        elif self._held is not None:
            self._give_back(self._held, now)
        self.mode, self.operator = mode, operator
        self._mixed_until = now.mono
        return clear

    def come_late(self, mode: Mode, operator: str, links: Iterable[str], now: Moment) -> None:
        """The agent has come to a caller whom an operator has already: it is held from the beginning."""
        self.mode, self.operator = mode, operator
        self._links.update(links)
        self._held = PlaybackQueue(self._format)
        self._mixed_until = now.mono

    def hold(self, link: str) -> None:
        """An operator may speak on this link."""
        self._links.add(link)

    def let_go(self, link: str) -> None:
        """No more."""
        self._links.discard(link)
        self._voices.forget(link)

    def speak(self, link: str, payload: bytes, now: Moment) -> None:
        """A piece of an operator's voice came, in the stream's format; half a sample at its end is left out."""
        payload = self._format.whole(payload)
        if not payload:
            return
        if self.mode == "takeover" and len(self._links) == 1:
            if not self._ledger.is_behind(now):
                self._play(payload, now, self.operator)  # a voice alone needs no mix, and no delay
        else:
            self._voices.add(link, payload)

    def take_back(self, now: Moment, by: str) -> Clear:
        """Have Plivo drop what it has queued, so that the caller hears no more of it; the agent's checkpoints count."""
        if self._held is None:
            self._findings.emptied(now.mono)
        else:
            self._held.mute()
        return self._take_back(now, by)[0]

    def tick(self, now: Moment) -> None:
        """Every 20 ms: answer the agent's checkpoints that are due, and send the next piece of a mix."""
        if self._marks:
            self._answer_due(now)
        if self.mode == "talk" or (self.mode == "takeover" and len(self._links) > 1):
            self._mix(now)
        else:
            self._mixed_until = now.mono

    # Inside

    def _answer_due(self, now: Moment) -> None:
        if self._held is not None:
            self._held.due(now.mono)
        self._forget_cleared()
        for mark in sorted((mark for mark in self._marks if mark.due <= now.mono), key=attrgetter("due")):
            self._answer(mark, now)

    def _answer(self, mark: Mark, now: Moment) -> None:
        self._ledger.answered(self._marks.pop(mark), now)
        self._findings.played(mark.name, now.mono)
        played = PlayedStream(stream_id=self._stream_id, sequence=self.sequence, name=mark.name)
        self.agent.send(played_stream_frame(played))

    def _forget_cleared(self) -> None:
        """Plivo has acknowledged a clear that the agent sent before anybody stepped in: it waits for none of these."""
        self._marks = {mark: checkpoint for mark, checkpoint in self._marks.items() if checkpoint.open}

    def _clear_held(self, now: Moment) -> None:
        if self._held is not None:
            self._held.clear(now.mono)
        for checkpoint in self._marks.values():
            self._ledger.dropped(checkpoint, now)
        self._marks.clear()

    def _take_back(self, now: Moment, by: str) -> tuple[Clear, PlaybackQueue]:
        """Clear Plivo's queue; returns what was in it, too. Checkpoints of the agent's in it are answered here."""
        rest, marks = self._ledger.set_aside(now)
        self._marks |= marks
        self._carrier.send(clear_audio_command(self._stream_id))
        self._audience.cut()
        return self._ledger.clear(now, by), rest

    def _give_back(self, held: PlaybackQueue, now: Moment) -> None:
        self._held = None
        if self.mode == "takeover":
            self._findings.emptied(now.mono)
            return
        self._forget_cleared()
        may_cross = any(clear.open for clear in self._ledger.clears)  # Plivo's answer to the first of that name
        for audio, marks in held.rest(self._mixed_until):
            for at in range(0, len(audio), _REST_BYTES):
                self._play(audio[at : at + _REST_BYTES], now, AGENT)
            for mark in marks:
                if mark not in self._marks or may_cross:
                    continue
                if self._carrier.send(checkpoint_command(self._stream_id, mark.name)):
                    self._ledger.requeue(self._marks.pop(mark), now)

    def _mix(self, now: Moment) -> None:
        rate = self._format.rate
        since = max(self._mixed_until, now.mono - _MOST_MIXED_S)
        count = round((now.mono - since) * rate)
        self._mixed_until = since + count / rate
        heard = self._held.heard(since, self._mixed_until) if self._held is not None and self.mode == "talk" else []
        said = [piece for piece in heard if piece.source == AGENT]
        voices = self._voices.take(count)
        if not said and voices is None:
            return
        agent = decode(laid_out(said, since, 0, count, self._format), self._format)
        for piece in said:
            position = round(piece.start * rate)
            self._audience.tell_only(self.operator, Leg.AGENT, position, piece.payload)
        mix = agent if voices is None else agent + voices
        lead = b"" if self._ledger.queued_ms(now) else self._format.silence * (rate * _LEAD_MS // 1000)
        self._play(lead + encode(mix, self._format), now, AGENT if voices is None else self.operator)

    def _play(self, payload: bytes, now: Moment, source: str) -> None:
        if self._carrier.send(play_audio_command(payload, self._format)):
            self._ledger.play(payload, now, source)


def _with_payload(frame: Media, message: bytes, payload: bytes) -> str:
    """The same frame with other audio in it, every other byte of it as it came where that is possible."""
    before, after = (base64.b64encode(audio) for audio in (frame.payload, payload))
    if before and message.count(before) == 1:
        return message.replace(before, after).decode(errors="replace")
    frame.payload = payload
    return media_frame(frame)

"""Between Plivo and an agent: what each of them is given while an operator steps in, and what the agent is told.

In `agent` mode everything passes as it comes, and is only followed. While the agent is not to be heard as it is
(`talk`, `takeover`), what it sends goes into a playback queue of the bridge's own, which runs on the same clock as
Plivo's: its checkpoints are answered when they would have been played, its clears at once. So no bot ever waits in
vain. Rows of the table in `bridge.wire.link.Mode` are what this class does.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from operator import attrgetter

from bridge.audio.codec import decode, encode
from bridge.streams.audience import Audience
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
from bridge.wire.link import Leg, Mode

Verdict = bool | str
"""Of something on its way: True, it passes as it is; False, it does not; a text goes in its place."""

_LEAD_MS = 40
"""Silence before the first piece of a mix, so that Plivo never runs out between two of them."""
_HELD: frozenset[Mode] = frozenset(("talk", "takeover"))
_MOST_QUEUES = 8
_REST_BYTES = 16_000
"""What is given back to Plivo goes in pieces of this size."""


@dataclass(eq=False)
class _Held:
    """What the agent sent while it was not to be heard as it is, or what was taken back from Plivo."""

    queue: PlaybackQueue
    marks: dict[Mark, Checkpoint] = field(default_factory=dict)

    def over(self, now: float) -> bool:
        return not self.marks and not self.queue.queued(now)


class Tap:
    """The tap of one live stream with an agent behind it."""

    def __init__(
        self,
        stream_id: str,
        ledger: Ledger,
        audience: Audience,
        carrier: Line,
        agent: AgentLine,
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
        self._agent = agent
        self._agent_hears_caller = agent_hears_caller
        self._voices = Voices(self._format)
        self._links: set[str] = set()
        self._held: list[_Held] = []
        """The last one takes what the agent sends, while it is held."""
        self._mixed_until = 0.0

    @property
    def editing(self) -> bool:
        """Whether frames have to be read before they go on; else they may pass as bytes."""
        return bool(self._held or self._ledger.operators_wait) or self.mode != "agent"

    @property
    def holds(self) -> bool:
        """Whether the agent is not heard as it is."""
        return self.mode in _HELD

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

    def command(self, command: Command, now: Moment) -> bool:
        """Follow what the agent asks of Plivo, or carry it out here; whether it goes on to Plivo."""
        held = self._held[-1] if self.holds else None
        match command:
            case PlayAudio():
                queue = held.queue if held else self._ledger.queue
                queue.play(command.payload, now.mono, AGENT)
            case SetCheckpoint():
                checkpoint = self._ledger.checkpoint(command.name, now, AGENT, held.queue if held else None)
                if held:
                    held.marks[checkpoint.mark] = checkpoint
            case ClearAudio():
                self._clear_held(now)
                if held is None:
                    self._ledger.clear(now, AGENT)
                    self._audience.cut()
                else:
                    cleared = ClearedAudio(stream_id=self._stream_id, sequence=self.sequence)
                    self._agent.send(cleared_audio_frame(cleared))
            case SendDtmf():
                return self.mode != "takeover"
            case _:
                return True
        return held is None

    # Operators

    def step(self, mode: Mode, operator: str, now: Moment) -> Clear | None:
        """Go into a mode; returns the clear that was sent to Plivo, if one was needed."""
        clear = None
        if mode == "takeover" or (mode == "talk" and not self.holds and self._ledger.pending(now)):
            clear = self.take_back(now, operator)
        elif mode == "talk" and not self.holds:
            self._held.append(_Held(PlaybackQueue(self._format)))
        elif mode not in _HELD and self.holds:
            self._give_back(now)
        self.mode, self.operator = mode, operator
        self._mixed_until = now.mono
        return clear

    def hold(self, link: str) -> None:
        """An operator may speak on this link."""
        self._links.add(link)

    def let_go(self, link: str) -> None:
        """No more."""
        self._links.discard(link)
        self._voices.forget(link)

    def speak(self, link: str, payload: bytes, now: Moment) -> None:
        """A piece of an operator's voice came, in the stream's format."""
        if self.mode == "takeover" and len(self._links) == 1:
            self._play(payload, now, self.operator)  # a voice alone needs no mix, and no delay
        else:
            self._voices.add(link, payload)

    def take_back(self, now: Moment, by: str) -> Clear:
        """Have Plivo drop what it has queued; the agent's part of it is held here, so that its checkpoints count."""
        rest, checkpoints = self._ledger.set_aside(now)
        if not self.holds:
            self._held.append(_Held(rest, checkpoints))
            del self._held[:-_MOST_QUEUES]
        self._carrier.send(clear_audio_command(self._stream_id))
        self._audience.cut()
        return self._ledger.clear(now, by)

    def silence_held(self) -> None:
        """What is held of the agent is not to be heard any more; its checkpoints still count."""
        for held in self._held:
            held.queue.mute()

    def tick(self, now: Moment) -> None:
        """Every 20 ms: answer the agent's checkpoints that are due, and send the next piece of a mix."""
        for held in self._held:
            held.queue.due(now.mono)
            for mark in sorted((mark for mark in held.marks if mark.due <= now.mono), key=attrgetter("due")):
                self._ledger.answered(held.marks.pop(mark), now)
                played = PlayedStream(stream_id=self._stream_id, sequence=self.sequence, name=mark.name)
                self._agent.send(played_stream_frame(played))
        last = self._held[-1:] if self.holds else []
        self._held = [held for held in self._held[: len(self._held) - len(last)] if not held.over(now.mono)] + last
        if self.mode == "talk" or (self.mode == "takeover" and len(self._links) > 1):
            self._mix(now)

    # Inside

    def _clear_held(self, now: Moment) -> None:
        for held in self._held:
            held.queue.clear(now.mono)
            for checkpoint in held.marks.values():
                self._ledger.dropped(checkpoint, now)
            held.marks.clear()

    def _give_back(self, now: Moment) -> None:
        held = self._held[-1]
        if self.mode == "takeover":
            held.queue.mute()
            return
        self._held.pop()
        for audio, marks in held.queue.rest(now.mono):
            for at in range(0, len(audio), _REST_BYTES):
                self._play(audio[at : at + _REST_BYTES], now, AGENT)
            for mark in marks:
                checkpoint = held.marks.pop(mark, None)
                if checkpoint is not None and self._carrier.send(checkpoint_command(self._stream_id, mark.name)):
                    self._ledger.requeue(checkpoint, now)

    def _mix(self, now: Moment) -> None:
        rate = self._format.rate
        count = round((now.mono - self._mixed_until) * rate)
        since, self._mixed_until = self._mixed_until, self._mixed_until + count / rate
        said = [piece for piece in self._held[-1].queue.heard(since, self._mixed_until) if piece.source == AGENT]
        voices = self._voices.take(count)
        if self.mode == "takeover":
            said = []
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
        return message.replace(before, after).decode()
    frame.payload = payload
    return media_frame(frame)

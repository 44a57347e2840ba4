"""What operators do to a stream, apart from speaking: what they send on it, and whether they hear it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.streams.audience import Listener, person
from bridge.streams.clock import Moment
from bridge.streams.ledger import Checkpoint, Clear, Ledger
from bridge.streams.line import Line
from bridge.streams.row import StreamError
from bridge.wire.commands import checkpoint_command, clear_audio_command, play_audio_command, send_dtmf_command

if TYPE_CHECKING:
    from bridge.streams.stream import Stream


class Control:
    """The commands of one stream. All raise StreamError, with a sentence, for what it cannot take."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def require_playable(self) -> tuple[Line, Ledger]:
        """What commands need. Raises StreamError when the stream cannot take any."""
        stream = self._stream
        if stream.view.state == "ended":
            raise StreamError(f"{stream.label} has ended: nothing can be sent on it.")
        if stream.line is None or stream.ledger is None:
            where = (
                "its socket is not here" if stream.view.started_at or stream.view.callbacks else "it has no socket yet"
            )
            raise StreamError(f"{stream.label} cannot take commands: {where}.")
        if stream.view.bidirectional is False:
            raise StreamError(f"{stream.label} is one-way (bidirectional is false): it can only be listened to.")
        if not stream.line.open:
            raise StreamError(f"{stream.label} is closing: nothing can be sent on it any more.")
        return stream.line, stream.ledger

    def play(self, payload: bytes, now: Moment, source: str) -> None:
        """Send audio in the stream's format; `source` is the operator whose it is. Raises StreamError."""
        stream = self._stream
        line, ledger = self.require_playable()
        payload = ledger.queue.format.whole(payload)
        if not payload:
            return
        if not line.send(play_audio_command(payload, ledger.queue.format)):
            stream.problem(now, "Plivo reads too slowly: audio sent to it was dropped.", level="error")
            return
        stream.view.frames_out += 1
        ledger.play(payload, now, source)

    def checkpoint(self, name: str, now: Moment, by: str) -> Checkpoint:
        """Set a checkpoint behind what is queued. Raises StreamError."""
        stream = self._stream
        line, ledger = self.require_playable()
        stream.catch_up(now)
        self._send(line, checkpoint_command(stream.view.stream_id, name))
        made = ledger.checkpoint(name, now, by)
        stream.event(now, "operator", "checkpoint", f"{by} set checkpoint {name}.", data={"name": name, "operator": by})
        return made

    def clear(self, now: Moment, by: str) -> Clear:
        """Drop what is queued at Plivo. Raises StreamError."""
        stream = self._stream
        _, ledger = self.require_playable()
        stream.observe(now)
        queued = ledger.queued_ms(now)
        tap = stream.agent.tap
        made = tap.take_back(now, by) if tap is not None else self.empty(now, by)
        text = f"{by} cleared the queue ({queued / 1000:.1f} s)."
        stream.event(now, "operator", "clear", text, data={"operator": by, "queued_ms": queued})
        return made

    def empty(self, now: Moment, by: str) -> Clear:
        """Drop what is queued at Plivo, where there is no agent, without a word of it. Raises StreamError."""
        line, ledger = self.require_playable()
        self._send(line, clear_audio_command(self._stream.view.stream_id))
        self._stream.audience.cut()
        return ledger.clear(now, by)

    def send_dtmf(self, digits: str, now: Moment, by: str) -> None:
        """Press digits towards the caller. Raises StreamError, or FrameError for what are no digits."""
        stream = self._stream
        line, _ = self.require_playable()
        command = send_dtmf_command(digits)
        self._send(line, command)
        stream.dtmf_sent(digits.upper())
        text = f"{by} sent DTMF {digits.upper()}."
        stream.event(now, "operator", "sendDTMF", text, data={"digits": digits.upper(), "operator": by})

    def hang_up(self, now: Moment, by: str) -> None:
        """Close the stream's socket. Raises StreamError when it has none."""
        stream = self._stream
        if stream.line is None:
            raise StreamError(f"{stream.label} has {'ended' if not stream.alive else 'no socket here to close'}.")
        stream.event(now, "operator", "hangup", f"{by} hung up.", data={"operator": by})
        stream.line.close(1000, "hung up by an operator")

    def listen(self, link: str, listener: Listener, now: Moment) -> None:
        """Let an operator hear both legs on this link from now on. Raises StreamError unless the stream is live."""
        stream = self._stream
        if stream.view.state != "live":
            state = "has ended" if not stream.alive else "is not live yet"
            raise StreamError(f"{stream.label} {state}: there is nothing to hear.")
        stream.catch_up(now)
        stream.audience.join(link, listener, now.mono)
        self._tell_listening(person(link), True, now)

    def unlisten(self, link: str, now: Moment) -> None:
        """Stop letting an operator hear on this link, if it did."""
        if self._stream.audience.leave(link):
            self._stream.catch_up(now)
            self._tell_listening(person(link), False, now)

    def _tell_listening(self, who: str, on: bool, now: Moment) -> None:
        stream = self._stream
        stream.view.listeners = len(stream.audience.listeners)
        text = f"{who} listens." if on else f"{who} listens no more."
        stream.event(now, "operator", "listen", text, data={"operator": who, "on": on})

    def _send(self, line: Line, command: str) -> None:
        if not line.send(command):
            raise StreamError(f"{self._stream.label}: Plivo reads too slowly, the command was not sent.")

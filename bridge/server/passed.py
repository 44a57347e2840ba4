"""What has passed between Plivo and an agent: kept as it came, and read later, together, as of when it came."""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Callable, Iterator

from bridge.server.alike import MediaAlike, PlayAlike
from bridge.server.splitter import WHOLE_TEXT, Messages, payload
from bridge.streams.clock import Moment
from bridge.streams.stream import Stream
from bridge.wire.commands import Said, said_of, usual_play
from bridge.wire.frames import UsualMedia, usual_media

Unusual = Callable[[bool, bytes, Moment], None]
"""Reads a frame that is no piece of audio, or a part of a message; whether it is the carrier's, and when it came."""


class Passage:
    """From one socket to the other, and what passed that way and was not read."""

    __slots__ = ("frames", "full", "most", "open", "times", "write")

    def __init__(self, full: Callable[[], None]) -> None:
        self.open = False
        """Whether whole messages may pass as they come, and be read later; False: that is to be seen."""
        self.write: Callable[[bytes], None]
        """Where they go, while it is open."""
        self.most = 0
        """How many are kept unread; `full` is called then."""
        self.full = full
        self.forget()

    def forget(self) -> None:
        """Nothing has passed."""
        self.frames: list[bytes] = []
        self.times = array("d")
        """When each frame passed, in monotonic seconds."""

    def add(self, frame: bytes, at: float) -> None:
        """A frame has passed, at monotonic seconds."""
        self.frames.append(frame)
        self.times.append(at)
        if len(self.times) >= self.most:
            self.full()

    def take(self) -> tuple[list[bytes], array[float]]:
        """What passed since the last time."""
        taken = self.frames, self.times
        self.forget()
        return taken


class Passed:
    """What passed on one call. The messages of either side go on where a frame that passed left off."""

    def __init__(
        self, from_carrier: Messages, from_agent: Messages, unusual: Unusual, full: Callable[[], None]
    ) -> None:
        self.carriers, self.agents = Passage(full), Passage(full)
        self._from_carrier, self._from_agent = from_carrier, from_agent
        self._unusual = unusual
        self._media, self._plays = MediaAlike(), PlayAlike()
        self._said: Said = (None, None, "")
        """What the last piece of the agent's said of itself."""

    def open(self, to_agent: Callable[[bytes], None], to_carrier: Callable[[bytes], None], most: int) -> None:
        """Let frames pass, and keep so many of each side unread."""
        self.carriers.write, self.agents.write = to_agent, to_carrier
        self.carriers.most = self.agents.most = most
        self.carriers.open = self.agents.open = True

    def close(self) -> None:
        """Let nothing pass that was not looked at."""
        self.carriers.open = self.agents.open = False

    def forget(self) -> None:
        """Read nothing of it."""
        self.carriers.forget()
        self.agents.forget()

    def read(self, stream: Stream, now: Moment, newest: int) -> None:
        """Tell the stream what passed since the last time.

        Of the caller's usual pieces only so many of the newest are read, if nobody follows them.
        """
        (media, came), (plays, went) = self.carriers.take(), self.agents.take()
        if self._from_carrier.unfinished or self._from_agent.unfinished or stream.view.state != "live":
            self._read_each(stream, media, came, plays, went, now)
            return
        payloads = self._plays.payloads(plays)
        if len(payloads) != len(plays) or not self._skip(stream, media, came, newest):
            self._read_each(stream, media, came, plays, went, now)
        elif payloads:
            stream.agent.has_played(payloads, went, self._said, now)

    def _skip(self, stream: Stream, frames: list[bytes], came: array[float], newest: int) -> bool:
        """Tell the newest media alone, and count those before; False when all have to be read."""
        if not frames:
            return True
        before = 0 if stream.followed else max(0, len(frames) - newest)
        if before and not self._media.are(frames):
            return False
        heard = [media for frame in frames[before:] if (media := _own_media(stream, payload(frame))) is not None]
        return len(heard) == len(frames) - before and stream.take_run(came, heard)

    def _read_each(
        self,
        stream: Stream,
        media: list[bytes],
        came: array[float],
        plays: list[bytes],
        went: array[float],
        now: Moment,
    ) -> None:
        """Frame by frame, in the order in which they passed."""
        for at, is_carriers, frame in heapq.merge(_each(media, came, True), _each(plays, went, False)):
            if is_carriers and (heard := self._heard(stream, frame)) is not None:
                stream.take_media(heard, at)
            elif not is_carriers and (audio := self._audio(frame)) is not None:
                stream.agent.has_played((audio,), (at,), self._said, now)
            else:
                self._unusual(is_carriers, frame, Moment(at, now.later(at)))

    def _heard(self, stream: Stream, frame: bytes) -> UsualMedia | None:
        if frame[0] != WHOLE_TEXT or self._from_carrier.unfinished or stream.view.state != "live":
            return None
        message = payload(frame)
        media = _own_media(stream, message)
        if media is not None:
            self._media.learn(frame, message)
        return media

    def _audio(self, frame: bytes) -> bytes | None:
        if frame[0] != WHOLE_TEXT or self._from_agent.unfinished:
            return None
        play = usual_play(payload(frame))
        if play is None:
            return None
        self._said = said_of(play)
        self._plays.learn(frame, play.media.payload)
        return play.media.payload


def _each(frames: list[bytes], times: array[float], is_carriers: bool) -> Iterator[tuple[float, bool, bytes]]:
    for at, frame in zip(times, frames, strict=True):
        yield at, is_carriers, frame


def _own_media(stream: Stream, message: bytes) -> UsualMedia | None:
    """Media in the usual form, of this stream."""
    media = usual_media(message)
    return media if media is not None and media.streamId == stream.view.stream_id else None

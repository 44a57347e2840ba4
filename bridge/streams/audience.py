"""Who hears a stream: operators who are given both legs as the caller and the far end hear each other."""

from __future__ import annotations

from collections.abc import Callable

from bridge.streams.playback import PlaybackQueue
from bridge.wire.link.audio import Audio, Leg

Listener = Callable[[Audio, str], None]
"""Takes a piece of a leg, and whose it is: an operator, `agent`, or empty."""


def person(link: str) -> str:
    """Whose link it is: the second and every other one of a person has a number behind the name (`anna#2`)."""
    return link.partition("#")[0]


class Audience:
    """The listeners of one stream. Nothing is decoded or copied, and nothing at all is done while nobody listens."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.listeners: dict[str, Listener] = {}
        """By the link that each hears on."""
        self._heard_until = 0.0

    def join(self, operator: str, listener: Listener, now: float) -> None:
        """Hear both legs from now (monotonic seconds) on."""
        if not self.listeners:
            self._heard_until = now
        self.listeners[operator] = listener

    def leave(self, operator: str) -> bool:
        """Hear no more; False for an operator who did not."""
        return self.listeners.pop(operator, None) is not None

    def disperse(self) -> None:
        """The stream is over."""
        self.listeners.clear()

    def tell(self, leg: Leg, position: int, payload: bytes, source: str = "") -> None:
        """Give a piece of a leg to everybody; an empty one says that what is held of this leg was cleared."""
        if self.listeners:
            audio = Audio(leg, self._handle, position, payload)
            for listener in self.listeners.values():
                listener(audio, source)

    def tell_only(self, operator: str, leg: Leg, position: int, payload: bytes) -> None:
        """Give a piece to one person alone: who speaks hears the others, and not the mix with their own voice."""
        audio = Audio(leg, self._handle, position, payload)
        for link, listener in self.listeners.items():
            if person(link) == operator:
                listener(audio, "")

    def play_out(self, queue: PlaybackQueue, now: float) -> None:
        """Give what the caller has heard of the far end since the last call, by the playout clock."""
        since, self._heard_until = self._heard_until, now
        for piece in queue.heard(since, now):
            self.tell(Leg.AGENT, round(piece.start * queue.format.rate), piece.payload, piece.source)

    def cut(self) -> None:
        """What was queued of the far end was cleared: nobody is to hear more of it than the caller does."""
        self.tell(Leg.AGENT, 0, b"")

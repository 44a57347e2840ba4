"""The filter language of the stream list and the event log.

Words match any field, `code:word` one field, `!` in front inverts a term; several terms must all match. Case does
not matter. Each operator is a small class with its code, its line of help and what it looks at; the help screen is
made from `STREAM_TERMS` and `EVENT_TERMS`. Nothing that can be typed is an error: what is no operator is a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Generic, TypeVar

from bridge.wire.events import Event
from bridge.wire.views import StreamView

Item = TypeVar("Item", StreamView, Event)


class Term(Generic[Item]):
    """One term of a filter: it matches an item when its word is part of one of the item's texts."""

    code: ClassVar[str] = ""
    """What stands before the colon; empty for a plain word."""
    help: ClassVar[str]
    """One line for the help screen."""

    def __init__(self, word: str) -> None:
        self.word = word.lower()

    def texts(self, item: Item) -> Iterable[str]:
        """What this term looks at."""
        raise NotImplementedError

    def match(self, item: Item) -> bool:
        """Whether the word is in one of the texts."""
        return any(self.word in text.lower() for text in self.texts(item))


class StreamWord(Term[StreamView]):
    """A plain word, in the stream list."""

    help = "any field of the stream"

    def texts(self, item: StreamView) -> Iterable[str]:
        """Every text that the list or the detail shows."""
        yield from (item.stream_id, item.call_uuid, item.from_, item.to, item.state, item.end_reason)
        yield from (item.content_type, item.health_text, item.service_url, item.remote, item.operator)
        yield from (f"{name}={value}" for name, value in item.extra_headers.items())
        yield from (checkpoint.name for checkpoint in item.checkpoints)


class StreamState(Term[StreamView]):
    """`state:live`."""

    code, help = "state", "asked, connecting, live, ended, or how it ended: stopped, dropped, lost ..."

    def texts(self, item: StreamView) -> Iterable[str]:
        """The state and the reason of the end."""
        return item.state, item.end_reason


class StreamFrom(Term[StreamView]):
    """`from:+49`."""

    code, help = "from", "the calling number"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The caller."""
        return (item.from_,)


class StreamTo(Term[StreamView]):
    """`to:+1415`."""

    code, help = "to", "the called number"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The callee."""
        return (item.to,)


class StreamId(Term[StreamView]):
    """`id:3f2a`."""

    code, help = "id", "the StreamID"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The StreamID."""
        return (item.stream_id,)


class StreamCall(Term[StreamView]):
    """`call:9c1d`."""

    code, help = "call", "the CallUUID"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The CallUUID."""
        return (item.call_uuid,)


class StreamMode(Term[StreamView]):
    """`mode:takeover`."""

    code, help = "mode", "direct, agent, whisper, talk, takeover, or ringing"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The mode, and whether it rings."""
        return (item.mode, "ringing") if item.ringing else (item.mode,)


class StreamOperator(Term[StreamView]):
    """`operator:anna`."""

    code, help = "operator", "who has stepped in"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The operator."""
        return (item.operator,)


class StreamFormat(Term[StreamView]):
    """`format:mulaw`."""

    code, help = "format", "the content type: mulaw, l16, rate=16000 ..."

    def texts(self, item: StreamView) -> Iterable[str]:
        """The content type with its rate."""
        return (f"{item.content_type};rate={item.sample_rate}",)


class StreamHealth(Term[StreamView]):
    """`health:error`."""

    code, help = "health", "good, info, warning or error, or a word of the reason"

    def texts(self, item: StreamView) -> Iterable[str]:
        """The level and its sentence; what is well has neither."""
        return (item.health, item.health_text) if item.health_text else ("good",)


class EventWord(Term[Event]):
    """A plain word, in the event log."""

    help = "any field of the event"

    def texts(self, item: Event) -> Iterable[str]:
        """Everything on the line, and both ids."""
        return (f"{item.source} {item.event} {item.text} {item.stream_id} {item.call_uuid}",)


class EventName(Term[Event]):
    """`event:played`."""

    code, help = "event", "the event's name: StartStream, playedStream, clear ..."

    def texts(self, item: Event) -> Iterable[str]:
        """The name."""
        return (item.event,)


class EventSource(Term[Event]):
    """`source:callback`."""

    code, help = "source", "callback, carrier, agent, operator or bridge"

    def texts(self, item: Event) -> Iterable[str]:
        """Who it comes from."""
        return (item.source,)


class EventLevel(Term[Event]):
    """`level:error`."""

    code, help = "level", "info, warning or error"

    def texts(self, item: Event) -> Iterable[str]:
        """How bad it is."""
        return (item.level,)


class EventStream(Term[Event]):
    """`id:3f2a`."""

    code, help = "id", "the StreamID"

    def texts(self, item: Event) -> Iterable[str]:
        """The StreamID."""
        return (item.stream_id,)


class EventCall(Term[Event]):
    """`call:9c1d`."""

    code, help = "call", "the CallUUID"

    def texts(self, item: Event) -> Iterable[str]:
        """The CallUUID."""
        return (item.call_uuid,)


STREAM_TERMS: Sequence[type[Term[StreamView]]] = (
    StreamWord,
    StreamState,
    StreamFrom,
    StreamTo,
    StreamId,
    StreamCall,
    StreamMode,
    StreamOperator,
    StreamFormat,
    StreamHealth,
)
"""The operators of the stream list; the first is a plain word."""

EVENT_TERMS: Sequence[type[Term[Event]]] = (EventWord, EventName, EventSource, EventLevel, EventStream, EventCall)
"""The operators of the event log; the first is a plain word."""


class Filter(Generic[Item]):
    """A filter as typed, over the operators given; an empty one matches everything."""

    def __init__(self, text: str, terms: Sequence[type[Term[Item]]]) -> None:
        self.text = text.strip()
        self._terms: list[tuple[Term[Item], bool]] = [
            _parse(word, terms) for word in self.text.split() if _is_complete(word, terms)
        ]

    def match(self, item: Item) -> bool:
        """Whether every term matches the item, or does not where it is inverted."""
        return all(term.match(item) is not inverted for term, inverted in self._terms)


def _parse(word: str, terms: Sequence[type[Term[Item]]]) -> tuple[Term[Item], bool]:
    inverted = word.startswith("!")
    word = word.removeprefix("!")
    code, _, rest = word.partition(":")
    for kind in terms[1:]:
        if rest and kind.code == code.lower():
            return kind(rest), inverted
    return terms[0](word), inverted


def _is_complete(word: str, terms: Sequence[type[Term[Item]]]) -> bool:
    """False for `!` and `state:` on their way to more: the list must not go empty between two keys."""
    word = word.removeprefix("!").lower()
    return bool(word) and word not in {f"{kind.code}:" for kind in terms[1:]}

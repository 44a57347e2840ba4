"""Who has the microphone of a stream: one person at a time, on one link or several, in one mode."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bridge.streams.audience import person
from bridge.streams.clock import Moment
from bridge.streams.ledger import Clear
from bridge.streams.row import StreamError
from bridge.wire.link import Mode, SteppedIn

if TYPE_CHECKING:
    from bridge.streams.stream import Stream

_STEPPED_IN: dict[Mode, str] = {
    "direct": "is on the air",
    "whisper": "whispers to the agent",
    "talk": "talks with the caller and the agent",
    "takeover": "has taken over from the agent",
}
_STEPPED_OUT: dict[Mode, str] = {
    "direct": "is off the air",
    "whisper": "whispers no more",
    "talk": "talks no more",
    "takeover": "has handed back to the agent",
}


class Microphone:
    """The microphone of one stream; `link` is always the name of an operator's link."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._links: set[str] = set()

    def __contains__(self, link: str) -> bool:
        return link in self._links

    def take(self, link: str, mode: SteppedIn | None, now: Moment, *, seize: bool = False) -> Clear | None:
        """Step in, or change the mode; returns the clear that it needed, if any.

        `mode` None: as the person's other links have it, else `talk`. Raises StreamError: another person has it, or
        it cannot be done on this stream.
        """
        stream, view, who = self._stream, self._stream.view, person(link)
        stream.control.require_playable()
        chosen = self._possible(mode, who)
        if view.operator not in ("", who):
            if not seize:
                raise StreamError(f"{view.operator} has the microphone of this stream: only one person can.")
            self._end(now, f" ({who} took the microphone)")
        if stream.agent.tap is None and self._links and link not in self._links:
            raise StreamError(f"{who} is talking on this stream already.")
        self._links.add(link)
        if stream.agent.tap is not None:
            stream.agent.tap.hold(link)
        if (view.operator, view.mode) == (who, chosen):
            return None
        stream.observe(now)
        before = view.mode if view.operator else ""
        clear = stream.agent.tap.step(chosen, who, now) if stream.agent.tap is not None else None
        stream.agent.hush(now)
        view.operator, view.mode, view.mode_since = who, chosen, now.utc
        stream.observers.note_take_over(chosen == "takeover", now)
        data = {"operator": who, "on": True, "mode": chosen, "before": before}
        stream.event(now, "operator", _event(chosen), f"{who} {_STEPPED_IN[chosen]}.", data=data)
        return clear

    def give_back(self, link: str, now: Moment, *, seize: bool = False) -> None:
        """Let go of the microphone; on a link that holds none: for all links of that person.

        The call is the agent's again when no link holds it. Raises StreamError when another person has it, unless
        `seize`.
        """
        who, holder = person(link), self._stream.view.operator
        if not holder:
            return
        if holder != who and not seize:
            raise StreamError(f"{holder} has the microphone of this stream.")
        if link in self._links:
            self._forget(link)
            if self._links:
                return
        self._end(now, "" if holder == who else f" ({who} ended it)")

    def lose(self, link: str, now: Moment) -> None:
        """A link is gone: it holds no microphone any more."""
        if link in self._links:
            self.give_back(link, now)

    def speak(self, link: str, payload: bytes, now: Moment) -> None:
        """A piece of somebody's voice came, in the stream's format; one who has no microphone is not heard."""
        if link not in self._links:
            return
        if self._stream.agent.tap is not None:
            self._stream.agent.tap.speak(link, payload, now)
        else:
            self._stream.control.play(payload, now, person(link))

    def drop(self) -> None:
        """Nobody has it any more, and nothing is said about it."""
        for link in list(self._links):
            self._forget(link)
        view = self._stream.view
        view.operator, view.mode_since = "", None
        view.mode = "agent" if self._stream.agent.tap is not None else "direct"

    def _possible(self, wanted: SteppedIn | None, who: str) -> Mode:
        stream = self._stream
        if stream.agent.tap is not None:
            return wanted or (stream.view.mode if stream.view.operator == who else "talk")
        if wanted == "whisper" or (wanted == "takeover" and stream.view.agent is None):
            raise StreamError(f"{stream.label} has no agent behind it: there is only talking to the caller.")
        return "direct"

    def _end(self, now: Moment, why: str) -> None:
        stream, view = self._stream, self._stream.view
        who, mode = view.operator, view.mode
        seconds = (now.utc - (view.mode_since or now.utc)).total_seconds()
        stream.observe(now)
        if stream.agent.tap is not None:
            stream.agent.tap.step("agent", "", now)
        self.drop()
        stream.observers.note_take_over(False, now)
        data = {"operator": who, "on": False, "mode": mode, "seconds": round(seconds, 1)}
        stream.event(
            now, "operator", _event(mode), f"{who} {_STEPPED_OUT[mode]} after {seconds:.0f} s{why}.", data=data
        )

    def _forget(self, link: str) -> None:
        self._links.discard(link)
        if self._stream.agent.tap is not None:
            self._stream.agent.tap.let_go(link)


def _event(mode: Mode) -> str:
    """The name of the event: without an agent, who steps in talks."""
    return "talk" if mode == "direct" else mode

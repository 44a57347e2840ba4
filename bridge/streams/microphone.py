"""Who has the microphone of a stream: one person at a time, on one link or several, in one mode."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bridge.streams.audience import person
from bridge.streams.clock import Moment
from bridge.streams.intervention import Told, begun, ended
from bridge.streams.ledger import Clear
from bridge.streams.row import StreamError
from bridge.wire.modes import Mode, SteppedIn

if TYPE_CHECKING:
    from bridge.streams.stream import Stream
    from bridge.streams.tap import Tap


class Microphone:
    """The microphone of one stream; `link` is always the name of an operator's link."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._links: dict[str, SteppedIn | None] = {}
        """The mode that each link asked for, the newest last; None: as the others have it."""
        self._put_off: Callable[[Moment], None] | None = None

    def __contains__(self, link: str) -> bool:
        return link in self._links

    @property
    def has_caller(self) -> bool:
        """Whether the caller hears an operator."""
        return self._stream.view.operator != "" and self._stream.view.mode != "whisper"

    def take(self, link: str, mode: SteppedIn | None, now: Moment, *, seize: bool = False) -> Clear | None:
        """Step in, or change the mode; returns the clear that it needed, if any.

        `mode` None: as the person's other links have it, else `talk`. Raises StreamError: another person has it, or
        it cannot be done on this stream.
        """
        stream, holder, who = self._stream, self._stream.view.operator, person(link)
        stream.control.require_playable()
        chosen = self._possible(mode, who)
        seized = holder not in ("", who)
        if seized and not seize:
            raise StreamError(f"{holder} has the microphone of this stream: only one person can.")
        if not seized and stream.agent.tap is None and self._links and link not in self._links:
            raise StreamError(f"{who} is talking on this stream already.")
        if seized:
            self._forget(*self._links)
        clear = self._turn(who, chosen, now, f"{who} took the microphone" if seized else "")
        self._links.pop(link, None)
        self._links[link] = mode
        if stream.agent.tap is not None:
            stream.agent.tap.hold(link)
        return clear

    def give_back(self, link: str, now: Moment, *, seize: bool = False) -> None:
        """Let go of the microphone; on a link that holds none: for all links of that person.

        The call is the agent's again when no link holds it; the links that are left have it as they stepped in.
        Raises StreamError when another person has it, unless `seize`.
        """
        who, holder = person(link), self._stream.view.operator
        if not holder:
            return
        if holder != who and not seize:
            raise StreamError(f"{holder} has the microphone of this stream.")
        self._let_go(link, now, "" if holder == who else f"{who} ended it")

    def lose(self, link: str, now: Moment) -> None:
        """A link is gone: it holds no microphone any more."""
        if link in self._links:
            self._let_go(link, now, "the link ended")

    def drop(self, now: Moment, why: str = "") -> None:
        """Nobody has it any more: for this reason, where it is not the holder's wish."""
        self._forget(*self._links)
        self._turn("", "direct" if self._stream.view.agent is None else "agent", now, why)

    def speak(self, link: str, payload: bytes, now: Moment) -> None:
        """A piece of somebody's voice came, in the stream's format; one who has no microphone is not heard."""
        if link not in self._links:
            return
        if self._stream.agent.tap is not None:
            self._stream.agent.tap.speak(link, payload, now)
        elif self._stream.ledger is None or not self._stream.ledger.is_behind(now):
            self._stream.control.play(payload, now, person(link))

    # What becomes of the caller

    def when_free(self, then: Callable[[Moment], None], now: Moment) -> None:
        """Do this to the caller: at once, or as soon as an operator whom they hear lets go of them."""
        if self.has_caller:
            self._put_off = then
        else:
            then(now)

    def join(self, tap: Tap, now: Moment) -> None:
        """An agent has come; an operator who has the caller keeps them."""
        view = self._stream.view
        if view.operator:
            tap.come_late(view.mode, view.operator, self._links, now)

    # Inside

    def _possible(self, wanted: SteppedIn | None, who: str) -> Mode:
        stream, view = self._stream, self._stream.view
        if view.agent is None and wanted in ("whisper", "takeover"):
            raise StreamError(f"{stream.label} has no agent behind it: there is only talking to the caller.")
        if view.agent is None:
            return "direct"
        mode = wanted or (view.mode if view.operator == who else "talk")
        if mode == "whisper" and not stream.agent.there:
            raise StreamError(f"The agent of {stream.label} is not there: there is nobody to whisper to.")
        return mode

    def _let_go(self, link: str, now: Moment, why: str) -> None:
        if link in self._links and len(self._links) > 1:
            self._forget(link)
            view = self._stream.view
            left = next((mode for mode in reversed(self._links.values()) if mode), view.mode)
            self._turn(view.operator, left, now, why)
        else:
            self.drop(now, why)

    def _turn(self, who: str, mode: Mode, now: Moment, why: str = "") -> Clear | None:
        """From one person and mode to another, or to nobody: the one place where an intervention begins and ends."""
        stream, view = self._stream, self._stream.view
        if (view.operator, view.mode) == (who, mode):
            return None
        stream.observe(now)
        clear = stream.agent.step(mode, who, now)
        if view.operator:
            handed_back = view.mode == "takeover" and not who and not why and stream.agent.there
            self._tell(ended(view, now, why, handed_back=handed_back), now)
        view.operator, view.mode, view.mode_since = who, mode, now.utc if who else None
        stream.observers.note_take_over(mode == "takeover", now)
        if who:
            self._tell(begun(view, with_agent=stream.agent.there), now)
        if self._put_off is not None and not self.has_caller:
            then, self._put_off = self._put_off, None
            if stream.alive:
                then(now)
        return clear

    def _tell(self, told: Told, now: Moment) -> None:
        self._stream.event(now, "operator", told.event, told.text, data=told.data)

    def _forget(self, *links: str) -> None:
        for link in links:
            del self._links[link]
            if self._stream.agent.tap is not None:
                self._stream.agent.tap.let_go(link)

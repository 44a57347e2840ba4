"""What the operator's microphone does to the stream in hand: what is wanted, what the bridge granted, and mute."""

from __future__ import annotations

from collections.abc import Callable

from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView


class Step:
    """Stepped out at first. `on_air` is called with True when the operator goes on the air, with False when off it."""

    def __init__(self, on_air: Callable[[bool], None]) -> None:
        self._told = on_air
        self._told_on_air = False
        self._holder = self._taken_by = ""
        self._muted = False
        self.wanted: SteppedIn | None = None
        self.seize = False
        """Whether to take the microphone from whoever has it."""
        self.mode: SteppedIn | None = None
        """Who hears the operator, as far as the bridge granted it; another link of the same person may change it."""
        self._granted: SteppedIn | None = None
        """What it granted to this link: so it will be again when the other one has let go."""
        self.must_give_back = False
        """What the bridge granted is wanted no more, and it has to be told."""
        self.taken_over_ms: float | None = None
        """How long the takeover took, until Plivo acknowledged that the agent is heard no more."""
        self.muted_because = ""
        """Why the operator went off the air without wanting to, until the next wish; that somebody took the microphone,
        only as long as they have it."""

    @property
    def on_air(self) -> bool:
        """What the microphone hears goes into the call."""
        return self.mode is not None and not self._muted

    @property
    def must_ask(self) -> bool:
        """The bridge has yet to grant what is wanted."""
        return self.wanted not in {None, self.mode}

    def step_in(self, mode: SteppedIn, *, seize: bool) -> None:
        """Step in, or from one mode into another, with an open microphone."""
        self.wanted, self.seize = mode, seize
        self.unmute()

    def step_out(self) -> None:
        """Let go; nothing is said any more from this moment on."""
        self.must_give_back = self.must_give_back or self.mode is not None
        self.wanted = self.mode = self._granted = None
        self._settle()

    def mute(self, because: str = "") -> None:
        """Say nothing any more, from this moment on; `because` of something that the operator did not do.

        A call that was taken over stays so: the agent does not get it back by a muted microphone.
        """
        if self.on_air:
            self.muted_because = because
        if self._granted == "takeover":
            self._muted = True
            self._settle()
        else:
            self.step_out()

    def unmute(self) -> None:
        """Speak again."""
        self._muted = False
        self.muted_because = self._taken_by = ""
        self._settle()

    def grant(self, asked: SteppedIn, stream: StreamView, took_ms: float | None) -> None:
        """The bridge let the operator in as `asked`; `stream` is as it is since then."""
        if self.wanted is None:
            self.must_give_back = True
            return
        self.mode, self._holder, self._granted = _mode_of(stream), stream.operator, asked
        self.taken_over_ms = took_ms if self.mode == "takeover" else None
        if self.wanted == asked:
            self.wanted = self.mode
        self._settle()

    def deny(self) -> None:
        """The bridge refused what is wanted: it stays as it was."""
        self.wanted = self.mode

    def follow(self, stream: StreamView) -> None:
        """Somebody, maybe this person at another link, may have changed who holds the microphone, or the mode."""
        if self.mode is None:
            if stream.operator != self._taken_by:
                self._forget_taker()
        elif stream.operator != self._holder:
            self.lose(f"{stream.operator} has the microphone now" if stream.operator else "the call was handed back")
            self._taken_by = stream.operator
        elif not self.must_ask:
            self.wanted = self.mode = _mode_of(stream)

    def lose(self, because: str) -> None:
        """The bridge has no step of this operator any more."""
        self._forget_taker()
        if self.mode is not None:
            self.muted_because = because
        self.wanted = self.mode = self._granted = None
        self.must_give_back = False
        self._settle()

    def _forget_taker(self) -> None:
        if self._taken_by:
            self._taken_by = self.muted_because = ""

    def _settle(self) -> None:
        if self.on_air is not self._told_on_air:
            self._told_on_air = self.on_air
            self._told(self.on_air)


def _mode_of(stream: StreamView) -> SteppedIn:
    """On a stream without an agent, whoever steps in talks."""
    return stream.mode if stream.mode in ("whisper", "takeover") else "talk"

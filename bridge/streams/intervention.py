"""The events of an intervention: who, what, when, for how long; one begins and one ends it, whatever ends it."""

from __future__ import annotations

from typing import Any, NamedTuple

from bridge.streams.clock import Moment
from bridge.wire.modes import Mode
from bridge.wire.views import StreamView

_BEGUN: dict[Mode, str] = {
    "direct": "is on the air",
    "whisper": "whispers to the agent",
    "talk": "talks with the caller and the agent",
    "takeover": "has taken over from the agent",
}
_BEGUN_WITHOUT_AGENT: dict[Mode, str] = {"talk": "talks with the caller", "takeover": "has taken the call"}
_ENDED: dict[Mode, str] = {
    "direct": " is off the air",
    "whisper": " whispers no more",
    "talk": " talks no more",
    "takeover": "'s takeover ended",
}


class Told(NamedTuple):
    """An event's name, its sentence and its fields."""

    event: str
    text: str
    data: dict[str, Any]


def begun(view: StreamView, *, with_agent: bool) -> Told:
    """Its operator has stepped into a stream, in its mode."""
    words = _BEGUN[view.mode] if with_agent else _BEGUN_WITHOUT_AGENT.get(view.mode, _BEGUN[view.mode])
    data = {"operator": view.operator, "on": True, "mode": view.mode}
    return Told(_event(view.mode), f"{view.operator} {words}.", data)


def ended(view: StreamView, now: Moment, why: str, *, handed_back: bool) -> Told:
    """The stream is as its operator left it; `why` is empty where that was their wish."""
    seconds = (now.utc - (view.mode_since or now.utc)).total_seconds()
    words = " has handed back to the agent" if handed_back else _ENDED[view.mode]
    data = {"operator": view.operator, "on": False, "mode": view.mode, "seconds": round(seconds, 1)}
    reason = f" ({why})" if why else ""
    return Told(_event(view.mode), f"{view.operator}{words} after {seconds:.0f} s{reason}.", data)


def _event(mode: Mode) -> str:
    """The name of the event: without an agent, who steps in talks."""
    return "talk" if mode == "direct" else mode

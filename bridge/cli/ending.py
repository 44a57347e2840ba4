"""How listening or a step has ended: after a takeover the bridge knows whose the call is now."""

from __future__ import annotations

from bridge.cli.mode_words import OVER
from bridge.operator.ask import ask
from bridge.operator.client import Address, OperatorLink, user_name
from bridge.wire.link.answers import Streams
from bridge.wire.link.requests import ListStreams
from bridge.wire.modes import SteppedIn
from bridge.wire.views import StreamView


async def ending(address: Address, stream_id: str, mode: SteppedIn | None) -> str:
    """That in words; the operator has let go. Raises LinkError when the bridge has to be asked and does not answer."""
    if mode != "takeover":
        return OVER[mode]
    async with OperatorLink(address, user_name()) as link:
        answer = await ask(link, ListStreams())
    assert isinstance(answer, Streams)
    view = next((view for view in answer.streams if view.stream_id == stream_id), None)
    if view is None or view.operator:
        return OVER[mode]
    return "Handed back" if is_agents(view) else f"{OVER[mode]}: nobody talks to the caller"


def is_agents(view: StreamView) -> bool:
    """Whether an agent has the call."""
    return view.mode == "agent" and view.agent is not None and view.agent.state == "open"

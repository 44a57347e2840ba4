"""What happens between two sockets in an order that no real ones can be made to keep."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from websockets.http11 import Request

from bridge.server.passed import Passage
from bridge.server.relay import Relay
from bridge.server.routes import Routes, Way


class Socket:
    """Either side's socket, and what was asked of it."""

    url = "ws://127.0.0.1:9/"
    stream = None
    unread_bytes = 0

    def __init__(self) -> None:
        self.open = True
        self.asked: list[str] = []
        self.exit = self.entrance = Passage(lambda: None)
        self.write: Callable[[bytes], None] = lambda frame: None

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_: self.asked.append(name)


@pytest.fixture
def carrier() -> Socket:
    return Socket()


@pytest.fixture
async def relay(carrier: Socket) -> Relay:
    return Relay(carrier, Request("/stream", {}), Way((Socket.url,), "hang up"), Routes([]))


async def test_an_agent_that_opens_when_the_call_is_just_over_is_let_go(relay: Relay) -> None:
    agent = Socket()
    relay.begin()
    relay.carrier_closed(1000, "")
    relay.agent_opened(agent)
    assert agent.asked == ["abort"]
    assert relay.traffic.agent is None


async def test_an_agent_that_comes_while_plivo_does_not_read_has_to_wait(relay: Relay) -> None:
    agent = Socket()
    relay.begin()
    relay.carrier_full(True)
    relay.agent_opened(agent)
    assert "pause_reading" in agent.asked
    relay.carrier_full(False)
    assert agent.asked[-1] == "resume_reading"

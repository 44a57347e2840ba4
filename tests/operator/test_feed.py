from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from bridge.operator import feed as feed_module
from bridge.operator.client import Address, LinkError, RefusedError
from bridge.operator.feed import Feed
from bridge.operator.store import Store
from bridge.wire.link.answers import Done, Failed
from bridge.wire.link.requests import Clear, Subscribe
from tests.operator.fake_bridge import NOW, TOKEN, FakeBridge, a_stream, an_event, fake_bridge


@pytest.fixture
async def bridge() -> AsyncIterator[FakeBridge]:
    async with fake_bridge() as bridge:
        yield bridge


@pytest.fixture
async def feed(bridge: FakeBridge, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Feed]:
    monkeypatch.setattr(feed_module, "FIRST_WAIT", 0.02)
    bridge.streams = [a_stream(1)]
    bridge.events = [an_event(1), an_event(2)]
    feed = Feed(bridge.address, Store(), "test")
    await feed.open()
    yield feed
    await feed.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - the feed has nothing to wait for but what it shows
            await asyncio.sleep(0.005)


async def test_the_store_is_fed(bridge: FakeBridge, feed: Feed) -> None:
    store = feed.store
    await until(lambda: store.log.last_id == 2)
    assert set(store.streams) == {1}
    await bridge.push(streams=[a_stream(2)], events=[an_event(3)])
    await until(lambda: store.log.last_id == 3)
    assert set(store.streams) == {1, 2}
    assert feed.state.connected


async def test_a_request_is_answered_or_refused(bridge: FakeBridge, feed: Feed) -> None:
    bridge.answers[Clear] = Done(id=0, text="Cleared.")
    assert await feed.request(Clear(stream_id="a")) == Done(id=2, text="Cleared.")
    bridge.answers[Clear] = Failed(id=0, error="The stream has ended.")
    with pytest.raises(RefusedError, match="The stream has ended"):
        await feed.request(Clear(stream_id="a"))


async def test_a_lost_link_comes_back_with_the_events_between(bridge: FakeBridge, feed: Feed) -> None:
    store = feed.store
    await until(lambda: store.log.last_id == 2)
    port = bridge.port
    await bridge.close()
    await until(lambda: not feed.state.connected)
    assert set(store.streams) == {1}, "the last picture stays"
    with pytest.raises(LinkError, match="no link"):
        await feed.request(Clear(stream_id="a"))
    await until(lambda: "No bridge answers" in feed.state.problem)
    bridge.asked.clear()
    bridge.events.append(an_event(3))
    bridge.streams = [a_stream(4)]
    await bridge.open(port)
    await until(lambda: store.log.last_id == 3)
    assert feed.state.connected
    assert set(store.streams) == {4}
    assert [message.events_after for message in bridge.asked if isinstance(message, Subscribe)] == [2]


async def test_a_bridge_with_a_new_journal_is_followed_from_its_first_event(bridge: FakeBridge, feed: Feed) -> None:
    store = feed.store
    await until(lambda: store.log.last_id == 2)
    port = bridge.port
    await bridge.close()
    await until(lambda: not feed.state.connected)
    bridge.events = [an_event(1, at=NOW)]
    await bridge.open(port)
    await until(lambda: store.log.last_id == 1)
    assert store.log.events == bridge.events


async def test_an_unexpected_end_of_following_is_shown(bridge: FakeBridge, feed: Feed) -> None:
    def broken(_: object) -> None:
        raise ZeroDivisionError("broken")

    feed.store.apply = broken
    await bridge.push(streams=[a_stream(2)])
    await until(lambda: not feed.state.connected)
    assert "ZeroDivisionError" in feed.state.problem
    assert "start offhook again" in feed.state.problem
    assert feed.state.retry_at is None


async def test_open_requests_fail_when_the_link_is_lost(bridge: FakeBridge, feed: Feed) -> None:
    bridge.held.add(Clear)
    request = asyncio.create_task(feed.request(Clear(stream_id="a")), name="clear")
    await bridge.was_asked(Clear)
    await bridge.close()
    with pytest.raises(LinkError, match="lost"):
        await request
    await bridge.open()


async def test_no_bridge_is_an_error_at_once() -> None:
    feed = Feed(Address("ws://127.0.0.1:1", TOKEN), Store())
    with pytest.raises(LinkError, match="No bridge answers"):
        await feed.open()

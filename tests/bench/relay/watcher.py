"""An operator beside the calls: sees all streams and, if asked, listens to them. A process of its own."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path

from bridge.operator.client import Address, OperatorLink
from bridge.wire.link.answers import Streams
from bridge.wire.link.requests import Listen, ListStreams, Subscribe
from tests.bench.relay.meters import on, processors

_SPAWN = multiprocessing.get_context("spawn")
_READY_WITHIN = 20.0


@contextmanager
def watching(control: str, token: Path, listen_to: int = 0) -> Iterator[int]:
    """An operator on the bridge, until the end of the block; his process.

    `listen_to` is how many streams he listens to before the block begins.
    """
    ours, theirs = _SPAWN.Pipe()
    address = Address(control, token.read_text().strip())
    process = _SPAWN.Process(target=_watch, args=(address, listen_to, theirs), name="bench operator", daemon=True)
    with on(processors()[0]):
        process.start()
    theirs.close()
    try:
        if not ours.poll(_READY_WITHIN):
            raise TimeoutError("the operator's link was not ready in time")
        ours.recv()
        assert process.pid is not None
        yield process.pid
    finally:
        process.kill()
        process.join()


def _watch(address: Address, listen_to: int, ready: Connection) -> None:
    asyncio.run(_follow(address, listen_to, ready))


async def _follow(address: Address, listen_to: int, ready: Connection) -> None:
    async with OperatorLink(address, "bench") as link:
        seeing = asyncio.create_task(_see(link), name="what is pushed")
        await link.request(Subscribe())
        if listen_to:
            await _listen(link, listen_to)
        ready.send(None)
        await seeing


async def _see(link: OperatorLink) -> None:
    async for _ in link.pushes():
        pass


async def _listen(link: OperatorLink, count: int) -> None:
    answer = await link.request(ListStreams())
    assert isinstance(answer, Streams)
    for stream in answer.streams[:count]:
        await link.request(Listen(stream_id=stream.stream_id))

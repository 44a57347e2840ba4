"""The demo as an operator sees it: calls that a bot answers, and calls that nobody does."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.carrier.demo import BOT_LINE
from bridge.operator.client import OperatorLink
from bridge.operator.home import local_address
from bridge.wire.link.answers import Changes
from bridge.wire.link.requests import StepIn, StepOut, Subscribe
from bridge.wire.views import StreamView


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a demo that is on."""
    command = [sys.executable, "-m", "bridge", "demo-world", str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield tmp_path
            process.communicate(timeout=20)
        finally:
            process.kill()


async def until_live(link: OperatorLink, to: str) -> StreamView:
    async for push in link.pushes():
        if isinstance(push, Changes):
            for stream in push.streams:
                if stream.to == to and stream.state == "live" and stream.checkpoints:
                    return stream
    raise AssertionError("the link was closed")


async def test_a_call_on_the_bots_line_is_taken_over_and_handed_back(world: Path) -> None:
    async with asyncio.timeout(20), OperatorLink(local_address(world), "anna") as link:
        await link.request(Subscribe())
        stream = await until_live(link, BOT_LINE)
        assert (stream.mode, stream.agent and stream.agent.state) == ("agent", "open")
        taken = await link.request(StepIn(stream_id=stream.stream_id, mode="takeover"))
        assert taken.stream.mode == "takeover"
        back = await link.request(StepOut(stream_id=stream.stream_id))
        assert back.stream.mode == "agent"

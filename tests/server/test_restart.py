"""A bridge that was killed: what it acknowledged is there, and what was live is shown as lost."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from bridge.operator.client import Address
from bridge.server.run import BridgeError
from tests.server.rig import bridge_process, running


async def test_after_kill_9_everything_acknowledged_is_there_and_live_streams_are_lost(tmp_path: Path) -> None:
    async with bridge_process(tmp_path) as (process, rig), rig.watcher() as watcher, rig.carrier():
        await watcher.state("s-1", "live")
        for number in range(50):
            fields = {"StreamID": "s-1", "CallUUID": "c-1", "Event": "PlayedStream", "Name": f"n-{number}"}
            assert (await rig.post("/status", **fields))[0] == 200
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with running(tmp_path) as rig, rig.watcher() as watcher:
        lost = await watcher.state("s-1", "ended")
        assert (lost.end_reason, lost.health) == ("lost", "error")
        kept = {event.data.get("Name") for event in watcher.events if event.source == "callback"}
        assert kept == {f"n-{number}" for number in range(50)}
        ids = [event.id for event in watcher.events]
        assert ids == sorted(set(ids))


async def test_a_stopped_bridge_leaves_nothing_behind_but_its_journal_and_token(tmp_path: Path) -> None:
    async with bridge_process(tmp_path) as (process, _):
        assert (tmp_path / "bridge.json").exists()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 10) == 0
    assert not (tmp_path / "bridge.json").exists()


async def test_the_token_stays_over_restarts(tmp_path: Path) -> None:
    async with running(tmp_path) as first:
        pass
    async with running(tmp_path) as second:
        assert second.address == Address(second.ready.control, first.token)


async def test_a_second_bridge_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    async with running(tmp_path):
        with pytest.raises(BridgeError, match="Another bridge uses"):
            async with running(tmp_path):
                pass


async def test_a_port_that_is_taken_is_said_in_a_sentence(tmp_path: Path) -> None:
    async with running(tmp_path / "one") as one:
        taken = one.ready.public.removeprefix("http://")
        with pytest.raises(BridgeError, match=f"Cannot listen on {taken} for Plivo"):
            async with running(tmp_path / "two", listen=taken):
                pass
        taken = one.ready.control.removeprefix("ws://")
        with pytest.raises(BridgeError, match=f"Cannot listen on {taken} for operators"):
            async with running(tmp_path / "two", control=taken):
                pass

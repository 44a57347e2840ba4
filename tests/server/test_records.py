"""What is acknowledged is on disk, also when the disk fails for a while."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bridge.wire.link.requests import ListEvents, ListStreams
from tests.server.rig import Rig, Watcher, failing_journal, running

PLAYED = {"StreamID": "s-1", "CallUUID": "c-1", "Event": "PlayedStream", "Name": "a", "Timestamp": "1"}
STOPPED = {"StreamID": "s-1", "CallUUID": "c-1", "Event": "StopStream", "Timestamp": "2"}


async def until_acknowledged(rig: Rig, **fields: str) -> None:
    async with asyncio.timeout(5):
        while (await rig.post("/status", **fields))[0] != 200:
            pass


async def test_a_callback_that_could_not_be_written_is_kept_before_its_repetition_is_acknowledged(
    rig: Rig, watcher: Watcher
) -> None:
    with failing_journal(rig.data):
        assert [(await rig.post("/status", **fields))[0] for fields in (PLAYED, STOPPED)] == [503, 503]
        await watcher.event("cannot be written")
    await until_acknowledged(rig, **PLAYED)
    kept = await watcher.link.request(ListEvents(stream_id="s-1"))
    assert [event.event for event in kept.events] == ["PlayedStream", "StopStream", "ended"]


async def test_rows_that_could_not_be_written_are_written_later(tmp_path: Path) -> None:
    async with running(tmp_path) as rig, rig.watcher() as watcher:
        with failing_journal(rig.data):
            assert (await rig.post("/status", **STOPPED))[0] == 503
        await until_acknowledged(rig, StreamID="s-2", Event="StopStream")
    async with running(tmp_path) as rig, rig.watcher() as watcher:
        rows = (await watcher.link.request(ListStreams(all=True))).streams
        assert [(row.stream_id, row.end_reason) for row in rows] == [("s-1", "stopped"), ("s-2", "stopped")]
